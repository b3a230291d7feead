import { describe, expect, it } from 'vitest'
import { replaceTokens } from '../../shared/cluster/connection/kubeconfig-edit.ts'

const TOKENS = { 'id-token': 'new.id.token', 'refresh-token': 'new-refresh' }

/** A kubeconfig as people have them: comments, odd spacing, other users; `fields` is the provider's config, indented. */
function block(fields: string): string {
  return `# mine; do not touch
apiVersion: v1
current-context:   "a"   # here
users:
- name: other
  user: {auth-provider: {name: oidc, config: {id-token: old.id.token, refresh-token: old-refresh}}}
-   name: 'jane'
    user:
        auth-provider:
            config:
${fields}
            name: oidc
clusters: []
extra: [1,  2,
  3]
`
}

describe("a user's tokens are replaced in place", () => {
  const cases: { name: string; before: string; after: string }[] = [
    {
      name: 'plain',
      before: '                id-token: old.id.token   # short-lived\n                refresh-token: old-refresh',
      after: '                id-token: new.id.token   # short-lived\n                refresh-token: new-refresh',
    },
    {
      name: 'quoted',
      before: `                id-token: "old"\n                "refresh-token":   'it''s old'`,
      after: `                id-token: "new.id.token"\n                "refresh-token":   "new-refresh"`,
    },
    {
      name: 'over several lines',
      before: '                id-token: |-\n                  old\n                refresh-token: >-\n                  old\n                  one',
      after: '                id-token: new.id.token\n                refresh-token: new-refresh',
    },
    {
      name: 'in block scalars that keep line breaks',
      before: '                id-token: | # short-lived\n                  old\n\n                refresh-token: !!str >+2\n\n                  old\n                # end',
      after: '                id-token: new.id.token # short-lived\n                refresh-token: !!str new-refresh\n                # end',
    },
    {
      name: 'in flow',
      before: '                {client-id: c, refresh-token: old, id-token: old}',
      after: '                {client-id: c, refresh-token: new-refresh, id-token: new.id.token}',
    },
    {
      name: 'without an ID token',
      before: '                client-id: c\n                refresh-token: old',
      after: '                id-token: new.id.token\n                client-id: c\n                refresh-token: new-refresh',
    },
    {
      name: 'without an ID token, in flow',
      before: '                {refresh-token: old}',
      after: '                {"id-token": "new.id.token", refresh-token: new-refresh}',
    },
    {
      name: 'with an empty ID token',
      before: '                id-token:\n                refresh-token: old',
      after: '                id-token: new.id.token\n                refresh-token: new-refresh',
    },
  ]
  it.each(cases)('$name', async ({ before, after }) => {
    expect(await replaceTokens(block(before), 'jane', TOKENS)).toBe(block(after))
  })

  it.each(cases)('with CRLF: $name', async ({ before, after }) => {
    const crlf = (text: string): string => text.replaceAll('\n', '\r\n')
    // A block scalar's own line keeps its end as the editor writes it.
    const changed = await replaceTokens(crlf(block(before)), 'jane', TOKENS)
    expect(changed?.replaceAll('\r\n', '\n')).toBe(block(after))
  })

  // go-yaml v2 lets a merge key replace what stands before it, and keys after it replace what it brings.
  it.each([
    {
      name: 'at the end',
      before: 'id-token: dead\n                <<: *m # mine',
      after: 'id-token: dead\n                <<: *m # mine\n                refresh-token: new-refresh\n                id-token: new.id.token',
    },
    {
      name: 'before other keys',
      before: '<<: *m\n                client-id: c',
      after: '<<: *m\n                refresh-token: new-refresh\n                id-token: new.id.token\n                client-id: c',
    },
    {
      name: 'with a list',
      before: '<<: [*n, *m]\n                client-id: c',
      after: '<<: [*n, *m]\n                refresh-token: new-refresh\n                id-token: new.id.token\n                client-id: c',
    },
    {
      name: 'with a merge key of its own',
      before: '<<: *o',
      after: '<<: *o\n                refresh-token: new-refresh\n                id-token: new.id.token',
    },
    {
      name: 'in flow',
      before: '{<<: *m}',
      after: '{<<: *m, "refresh-token": "new-refresh", "id-token": "new.id.token"}',
    },
    {
      name: 'before the tokens',
      before: '<<: *m\n                id-token: old\n                refresh-token: old',
      after: '<<: *m\n                id-token: new.id.token\n                refresh-token: new-refresh',
    },
    {
      name: 'without tokens',
      before: 'id-token: old\n                refresh-token: old\n                <<: *n',
      after: 'id-token: new.id.token\n                refresh-token: new-refresh\n                <<: *n',
    },
  ])('beside a merge key $name', async ({ before, after }) => {
    const more = 'm: &m {id-token: old, refresh-token: old}\nn: &n {client-secret: s}\no: &o {<<: *m}\n'
    const text = (config: string): string => more + block(`                ${config}`)
    const changed = await replaceTokens(text(before), 'jane', TOKENS)
    expect(changed).toBe(text(after))
    const again = { 'id-token': 'newer.id.token', 'refresh-token': 'newer-refresh' }
    expect(await replaceTokens(changed!, 'jane', again)).toBe(text(after.replace(/new(?=[.-])/g, 'newer')))
  })

  it('in JSON, whatever its spacing', async () => {
    const json = (id: string, refresh: string): string =>
      `{ "users" : [ {"user":{"auth-provider":{"config":{"id-token":"${id}",\n\t"refresh-token" : "${refresh}"}}},"name":"jane"} ],\n"x":1 }\n`
    expect(await replaceTokens(json('a', 'b'), 'jane', TOKENS)).toBe(json('new.id.token', 'new-refresh'))
  })

  it('in the first document alone', async () => {
    const text = `${block('                refresh-token: old')}---\n]] no YAML\nrefresh-token: old\n`
    const changed = await replaceTokens(text, 'jane', { 'refresh-token': 'new-refresh' })
    expect(changed).toBe(text.replace('refresh-token: old\n            name', 'refresh-token: new-refresh\n            name'))
  })

  it.each(['1234567', 'true', 'a: b', 'x #y', '*star', 'ż', ''])('in quotes, if it must be: %j', async (token) => {
    const text = 'users: [{name: u, user: {auth-provider: {config: {refresh-token: old}}}}]'
    const changed = await replaceTokens(text, 'u', { 'refresh-token': token })
    expect(changed).toBe(text.replace('old', JSON.stringify(token)))
  })

  it.each([
    { name: 'shared by an alias', text: 'x: &x old\nusers: [{name: u, user: {auth-provider: {config: {refresh-token: *x}}}}]' },
    { name: 'what others are an alias of', text: 'users: [{name: u, user: {auth-provider: {config: {refresh-token: &x old, b: *x}}}}]' },
    { name: 'of a shared user', text: 'x: &x {auth-provider: {config: {refresh-token: old}}}\nusers: [{name: u, user: *x}]' },
    { name: 'of a user that a merge key replaces', text: 'x: &x {auth-provider: {config: {refresh-token: old}}}\nusers: [{name: u, user: {auth-provider: {config: {refresh-token: a}}, <<: *x}}]' },
    { name: 'after a merge key without an alias', text: 'users: [{name: u, user: {auth-provider: {config: {<<: {refresh-token: old}}}}}]' },
    { name: 'of nobody', text: 'users: []' },
  ])('but not $name', async ({ text }) => {
    expect(await replaceTokens(text, 'u', { 'refresh-token': 'new' })).toBeUndefined()
  })
})
