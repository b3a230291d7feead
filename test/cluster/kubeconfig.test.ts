import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ClusterError } from '../../shared/cluster/errors.ts'
import { loadKubeconfig } from '../../shared/cluster/connection/kubeconfig.ts'
import { folderWith, rejectionOf } from './local-server.ts'

const MINIMAL = `
apiVersion: v1
kind: Config
current-context: a
contexts: [{name: a, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "https://c:6443"}}]
users: [{name: u, user: {token: x}}]
`

describe('which kubeconfig is read', () => {
  it('the one asked for, before KUBECONFIG', async () => {
    const folder = await folderWith({ asked: 'current-context: asked', other: 'current-context: other' })
    const kubeconfig = await loadKubeconfig(join(folder, 'asked'), { KUBECONFIG: join(folder, 'other') })
    expect(kubeconfig.currentContext).toBe('asked')
  })

  it('those of KUBECONFIG, before the one at home', async () => {
    const folder = await folderWith({ listed: 'current-context: listed' })
    await mkdir(join(folder, '.kube'))
    const kubeconfig = await loadKubeconfig(undefined, { KUBECONFIG: join(folder, 'listed'), HOME: folder })
    expect(kubeconfig.files).toEqual([join(folder, 'listed')])
  })

  it('the one at home', async () => {
    const home = await folderWith()
    await mkdir(join(home, '.kube'))
    await writeFile(join(home, '.kube', 'config'), MINIMAL)
    expect((await loadKubeconfig(undefined, { HOME: home })).currentContext).toBe('a')
  })

  it('none if there is none', async () => {
    const kubeconfig = await loadKubeconfig(undefined, { HOME: await folderWith() })
    expect(kubeconfig).toMatchObject({ files: [], currentContext: undefined })
  })

  it('an empty KUBECONFIG is like none', async () => {
    expect((await loadKubeconfig(undefined, { KUBECONFIG: '', HOME: await folderWith() })).missingFiles).toEqual([])
  })
})

describe('a list of kubeconfigs', () => {
  async function load(files: Record<string, string>, names = Object.keys(files)) {
    const folder = await folderWith(files)
    return loadKubeconfig(undefined, { KUBECONFIG: names.map((name) => name && join(folder, name)).join(delimiter) })
  }
  const cluster = (name: string, server: string) => `clusters: [{name: ${name}, cluster: {server: "${server}"}}]`

  it('has the entries of all', async () => {
    const { clusters } = await load({ one: cluster('a', 'https://a'), two: cluster('b', 'https://b') })
    expect([...clusters.keys()].sort()).toEqual(['a', 'b'])
  })

  it('takes the first entry of a name, whole', async () => {
    const { clusters } = await load({
      one: cluster('a', 'https://one'),
      two: 'clusters: [{name: a, cluster: {server: "https://two", proxy-url: "http://p"}}]',
    })
    expect(clusters.get('a')).toMatchObject({ server: 'https://one', proxyUrl: undefined })
  })

  it('takes the first current-context that is not empty', async () => {
    const { currentContext } = await load({
      one: 'current-context: ""',
      two: 'current-context: b',
      three: 'current-context: c',
    })
    expect(currentContext).toBe('b')
  })

  it('passes over missing files, empty names and empty files', async () => {
    const { clusters, missingFiles } = await load({ empty: '', two: cluster('b', 'https://b') }, [
      'gone',
      '',
      'empty',
      'two',
    ])
    expect([...clusters.keys()]).toEqual(['b'])
    expect(missingFiles).toHaveLength(1)
  })

  it('fails on a broken file at any position', async () => {
    const error = await rejectionOf(load({ one: MINIMAL, two: 'users: {}' }))
    expect(error).toMatchObject({ kind: 'config', message: expect.stringContaining('two') as string })
  })
})

describe('what is in a kubeconfig', () => {
  async function parse(text: string) {
    const folder = await folderWith({ config: text })
    return { folder, kubeconfig: await loadKubeconfig(join(folder, 'config'), {}) }
  }

  it.each(['certificate-authority', 'client-certificate', 'client-key', 'tokenFile'])(
    'a relative %s is meant from its folder',
    async (key) => {
      const text = `clusters: [{name: c, cluster: {${key}: sub/x}}]\nusers: [{name: u, user: {${key}: sub/x}}]`
      const { folder, kubeconfig } = await parse(text)
      const entries: object = { ...kubeconfig.clusters.get('c'), ...kubeconfig.users.get('u') }
      expect(Object.values(entries)).toContain(join(folder, 'sub', 'x'))
    },
  )

  it.each([
    { command: './bin/login', expected: (folder: string) => join(folder, 'bin/login') },
    { command: 'bin/login', expected: (folder: string) => join(folder, 'bin/login') },
    { command: '/bin/login', expected: () => '/bin/login' },
    { command: 'login', expected: () => 'login' },
  ])('the plugin $command', async ({ command, expected }) => {
    const { folder, kubeconfig } = await parse(`users: [{name: u, user: {exec: {command: ${command}}}}]`)
    expect(kubeconfig.users.get('u')!.exec!.command).toBe(expected(folder))
  })

  it.each([
    { name: 'JSON', text: '{"current-context": "a"}' },
    { name: 'a YAML flow mapping', text: '{current-context: a}' },
    { name: 'unknown fields', text: 'current-context: a\npreferences: {}\nextensions: []\nfuture: true' },
    { name: 'null lists', text: 'current-context: a\nusers: null\nclusters:\ncontexts: []' },
    { name: 'anchors and merges', text: 'x: &x {current-context: a}\n<<: *x' },
    { name: 'followed by what is no YAML', text: 'current-context: a\n---\n}{ no YAML: [\n' },
    { name: 'ended, and followed by text', text: 'current-context: a\n...\nwritten by a script: {\n' },
    { name: 'begun after comments and directives', text: '# mine\n%YAML 1.1\n---\ncurrent-context: a\n---\n]' },
    { name: 'begun on the marker line', text: '--- {current-context: a}\n--- ]' },
    { name: 'unknown tags', text: 'current-context: !mine a\nusers: !list [!user {name: !<tag:x> u}]' },
    { name: 'binary', text: 'current-context: !!binary YQ==' },
    { name: 'an entry without a name', text: 'current-context: a\nusers: [{user: {}}]' },
    { name: 'a second document', text: 'current-context: a\n---\ncurrent-context: b' },
    { name: 'with a slash after a backslash outside of double quotes', text: `current-context: a # "\\/"\nother: 'a\\/'\nmore: "\\\\/"` },
    { name: 'a user without fields', text: 'current-context: a\nusers: [{name: u}]' },
  ])('may be $name', async ({ text }) => {
    expect((await parse(text)).kubeconfig.currentContext).toBe('a')
  })

  it.each([
    { name: 'UTF-8 with a byte order mark', encode: (text: string) => Buffer.from(`\uFEFF${text}`) },
    { name: 'UTF-16, little-endian', encode: (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le') },
    { name: 'UTF-16, big-endian', encode: (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le').swap16() },
  ])('may be in $name', async ({ encode }) => {
    for (const text of ['current-context: zażółć', '{"current-context": "zażółć"}']) {
      const folder = await folderWith()
      await writeFile(join(folder, 'config'), encode(text))
      expect((await loadKubeconfig(join(folder, 'config'), {})).currentContext).toBe('zażółć')
    }
  })

  it.each(['true', 'yes', 'Yes', 'on', 'ON', 'y'])('may say %s for true', async (word) => {
    const { kubeconfig } = await parse(`clusters: [{name: c, cluster: {insecure-skip-tls-verify: ${word}}}]`)
    expect(kubeconfig.clusters.get('c')!.insecureSkipTlsVerify).toBe(true)
  })

  it.each(['_1', '0b12', '0o8', '1e', '._5', '1:30', '2026-01-01'])('has the text %s, which looks like a number', async (text) => {
    expect((await parse(`users: [{name: u, user: {token: ${text}}}]`)).kubeconfig.users.get('u')!.token).toBe(text)
  })

  it('hands numbers on to credential plugins as YAML 1.1 counts them', async () => {
    const extension = '[1_000, 017, 0o17, -0x1F, 0b11, 1.5_0, 08]'
    const { kubeconfig } = await parse(
      `clusters: [{name: c, cluster: {extensions: [{name: client.authentication.k8s.io/exec, extension: ${extension}}]}}]`,
    )
    expect(kubeconfig.clusters.get('c')!.execConfig).toEqual([1000, 15, 15, -31, 3, 1.5, 8])
  })

  it.each([
    { name: 'nothing', text: '' },
    { name: 'only comments', text: '# none yet\n\n' },
  ])('$name is an empty kubeconfig', async ({ text }) => {
    expect((await parse(text)).kubeconfig).toMatchObject({ currentContext: undefined, contexts: new Map() })
  })

  it.each([
    { name: 'bad YAML', text: 'a: 1\nb: [1\nc', problem: /not valid YAML on line 3: / },
    { name: 'a text', text: 'hello', problem: /its content must be a mapping/ },
    { name: 'a list', text: '- a', problem: /its content must be a mapping/ },
    { name: 'another kind', text: 'kind: Pod', problem: /its kind is "Pod", not "Config"/ },
    { name: 'a mapping of users', text: 'users: {u: {}}', problem: /users must be a list/ },
    { name: 'a user that is a text', text: 'users: [jane]', problem: /users\[0\] must be a mapping/ },
    { name: 'another apiVersion', text: 'apiVersion: v2\nkind: Config', problem: /its apiVersion is "v2", not "v1"/ },
    {
      name: 'a password that is a boolean of YAML 1.1',
      text: 'users: [{name: u, user: {username: a, password: no}}]',
      problem: /users\[0\]\.user\.password must be a string; put it in quotes/,
    },
    { name: 'two users without a name', text: 'users: [{user: {}}, {name: ""}]', problem: /two entries named ""/ },
    {
      name: 'two users of one name',
      text: 'users: [{name: u}, {name: u}]',
      problem: /users has two entries named "u"/,
    },
    { name: 'two contexts of one name', text: 'contexts: [{name: u}, {name: u}]', problem: /contexts has two entries/ },
    {
      name: 'a token that is a number',
      text: 'users: [{name: u, user: {token: 12}}]',
      problem: /users\[0\]\.user\.token must be a string; put it in quotes/,
    },
    ...['1_000', '0b11', '-0B1', '017', '0x_1F', '1.5_0', '1_e3', '.5'].map((number) => ({
      name: `a token that YAML 1.1 reads as a number, ${number},`,
      text: `users: [{name: u, user: {token: ${number}}}]`,
      problem: /users\[0\]\.user\.token must be a string; put it in quotes/,
    })),
    {
      name: 'an escape that YAML 1.1 does not have',
      text: 'users:\n- name: u\n  user: {token: "a\\/b"}',
      problem: /not valid YAML on line 3: unknown escape sequence/,
    },
    {
      name: 'the same escape in JSON, which kubectl reads as YAML,',
      text: '{"users":[{"name":"u","user":{"token":"a\\/b"}}]}',
      problem: /not valid YAML on line 1: unknown escape sequence/,
    },
    {
      name: 'a flag that is a text',
      text: 'clusters: [{name: c, cluster: {insecure-skip-tls-verify: "yes"}}]',
      problem: /clusters\[0\]\.cluster\.insecure-skip-tls-verify must be true or false/,
    },
    {
      name: 'data that is not base64',
      text: 'clusters: [{name: c, cluster: {certificate-authority-data: "!!!!"}}]',
      problem: /certificate-authority-data is not valid base64/,
    },
    {
      name: 'data that is cut off',
      text: 'users: [{name: u, user: {client-key-data: LS0tL}}]',
      problem: /client-key-data is not valid base64/,
    },
    {
      name: 'arguments that are numbers',
      text: 'users: [{name: u, user: {exec: {command: x, args: [1]}}}]',
      problem: /users\[0\]\.user\.exec\.args\[0\] must be a string/,
    },
  ])('$name is an error that says where', async ({ text, problem }) => {
    const folder = await folderWith({ config: text })
    const file = join(folder, 'config')
    const error = await rejectionOf(loadKubeconfig(file, {}))
    expect(error).toBeInstanceOf(ClusterError)
    expect(error).toMatchObject({ kind: 'config' })
    expect((error as Error).message).toContain(`The kubeconfig ${file} can't be used: `)
    expect((error as Error).message).toMatch(problem)
  })
})

describe('a file that cannot be read', () => {
  it('is missing', async () => {
    const error = await rejectionOf(loadKubeconfig('/nonexistent/config', {}))
    expect(error).toMatchObject({
      kind: 'config',
      message: 'The kubeconfig /nonexistent/config does not exist.',
      remedy: { kind: 'chooseKubeconfig' },
    })
  })

  it('is a folder', async () => {
    const folder = await folderWith()
    expect(await rejectionOf(loadKubeconfig(folder, {}))).toMatchObject({
      kind: 'config',
      message: `The kubeconfig ${folder} can't be read: it is a folder; name a file.`,
    })
  })

  it('leads in a circle', async () => {
    const file = join(await folderWith(), 'config')
    await symlink(file, file)
    expect(await rejectionOf(loadKubeconfig(file, {}))).toMatchObject({
      kind: 'config',
      message: `The kubeconfig ${file} can't be read: ELOOP.`,
    })
  })
})
