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
      after:
        '                id-token: |-\n                  new.id.token\n                refresh-token: >-\n                  new-refresh',
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
    { name: 'of nobody', text: 'users: []' },
  ])('but not $name', async ({ text }) => {
    expect(await replaceTokens(text, 'u', { 'refresh-token': 'new' })).toBeUndefined()
  })
})
