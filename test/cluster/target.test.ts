import { describe, expect, it } from 'vitest'
import { errorText } from '../../kubectl-plugin/output/advice.ts'
import { parseKubeconfig } from '../../shared/cluster/connection/kubeconfig-file.ts'
import { mergeKubeconfigs } from '../../shared/cluster/connection/kubeconfig.ts'
import { findInCluster, type InCluster } from '../../shared/cluster/connection/in-cluster.ts'
import { resolveTarget, type ConnectionTarget } from '../../shared/cluster/connection/target.ts'
import type { ConnectionSettings } from '../../shared/cluster/connection/connection-settings.ts'
import { folderWith, rejectionOf } from './local-server.ts'

const KUBECONFIG = `
current-context: dev
contexts:
- {name: dev, context: {cluster: east, user: jane, namespace: team-a}}
- {name: dev2, context: {cluster: east, user: jane, namespace: team-b}}
- {name: admin, context: {cluster: east, user: root, namespace: kube-system}}
- {name: bare, context: {cluster: west}}
- {name: dangling, context: {cluster: gone, user: jane}}
- {name: nobody, context: {cluster: east, user: gone}}
- {name: nowhere, context: {user: jane}}
clusters:
- {name: east, cluster: {server: "https://east:6443", tls-server-name: api.east, certificate-authority: /ca.pem}}
- {name: west, cluster: {server: "https://west"}}
- {name: hollow, cluster: {}}
- {name: odd, cluster: {server: "ftp://x"}}
- {name: plain, cluster: {server: "127.0.0.1:8080"}}
- {name: secure, cluster: {server: "10.0.0.1:6443", insecure-skip-tls-verify: true}}
users:
- {name: jane, user: {token: jane-token}}
- {name: root, user: {username: root, password: x}}
`
const POD: InCluster = await inPod()

async function inPod(): Promise<InCluster> {
  const { cluster, user } = { cluster: { server: 'https://10.0.0.1:443' }, user: { tokenFile: '/sa/token' } }
  const kubeconfig = await parseKubeconfig(
    JSON.stringify({ clusters: [{ name: 'x', cluster }], users: [{ name: 'x', user }] }),
    '',
  )
  return { cluster: kubeconfig.clusters.get('x')!, user: kubeconfig.users.get('x')!, namespace: 'pod-namespace' }
}

async function resolve(
  settings: ConnectionSettings = {},
  text = KUBECONFIG,
  pod?: InCluster,
): Promise<ConnectionTarget> {
  return resolveTarget(settings, await parseKubeconfig(text, '/kc'), () => pod)
}

describe('which server, as whom', () => {
  const cases: { name: string; settings?: ConnectionSettings; text?: string; pod?: InCluster; expected: object }[] = [
    {
      name: 'the current context',
      expected: { contextName: 'dev', namespace: 'team-a', cluster: { name: 'east' }, user: { name: 'jane' } },
    },
    { name: '--context', settings: { context: 'admin' }, expected: { contextName: 'admin', user: { name: 'root' } } },
    { name: '--user', settings: { user: 'root' }, expected: { cluster: { name: 'east' }, user: { name: 'root' } } },
    {
      name: '--cluster',
      settings: { cluster: 'west' },
      expected: { cluster: { name: 'west' }, user: { name: 'jane' } },
    },
    { name: '--namespace', settings: { namespace: 'x' }, expected: { namespace: 'x' } },
    {
      name: 'a context without user and namespace',
      settings: { context: 'bare' },
      expected: { namespace: 'default', user: { name: '' } },
    },
    {
      name: '--server keeps the authority, and drops the TLS name',
      settings: { server: 'https://other' },
      expected: { cluster: { server: 'https://other', certificateAuthority: '/ca.pem', tlsServerName: undefined } },
    },
    {
      name: '--server with --tls-server-name',
      settings: { server: 'https://other', tlsServerName: 'n' },
      expected: { cluster: { tlsServerName: 'n' } },
    },
    {
      name: '--insecure-skip-tls-verify replaces the authority',
      settings: { insecureSkipTlsVerify: true },
      expected: { cluster: { insecureSkipTlsVerify: true, certificateAuthority: undefined } },
    },
    {
      name: '--certificate-authority replaces the lack of one',
      settings: { cluster: 'secure', certificateAuthority: '/other.pem' },
      expected: { cluster: { insecureSkipTlsVerify: false, certificateAuthority: '/other.pem' } },
    },
    {
      name: '--token replaces a password',
      settings: { context: 'admin', token: 't' },
      expected: { user: { token: 't', username: undefined, password: undefined } },
    },
    {
      name: '--server without a kubeconfig',
      settings: { server: 'https://x' },
      text: '',
      expected: { contextName: null },
    },
    {
      name: 'the Pod around, where there is no kubeconfig',
      text: '',
      pod: POD,
      expected: {
        contextName: null,
        namespace: 'pod-namespace',
        user: { tokenFile: '/sa/token' },
        knownNamespaces: ['pod-namespace'],
      },
    },
    { name: 'the kubeconfig, also in a Pod', pod: POD, expected: { contextName: 'dev', namespace: 'team-a' } },
    {
      name: "the Pod's namespace, where the context has none",
      settings: { context: 'bare' },
      pod: POD,
      expected: { namespace: 'pod-namespace', cluster: { name: 'west' } },
    },
    {
      name: '--token, where the user of the context is not there',
      settings: { context: 'nobody', token: 'typed' },
      expected: { user: { name: '', token: 'typed' } },
    },
    {
      name: 'namespaces of contexts with the same cluster and user',
      settings: { namespace: 'x' },
      expected: { knownNamespaces: ['x', 'team-a', 'team-b'] },
    },
  ]
  it.each(cases)('$name', async ({ settings, text, pod, expected }) => {
    expect(await resolve(settings, text, pod)).toMatchObject(expected)
  })

  it.each([
    { cluster: 'plain', url: 'http://127.0.0.1:8080/' },
    { cluster: 'secure', url: 'http://10.0.0.1:6443/' },
  ])('a server without a scheme: $url', async ({ cluster, url }) => {
    expect((await resolve({ cluster })).server.href).toBe(url)
  })
})

describe('what is wrong', () => {
  const cases: { name: string; settings?: ConnectionSettings; text?: string; message: string | RegExp }[] = [
    {
      name: 'a context that is not there',
      settings: { context: 'prod' },
      message:
        'There is no context "prod" in /kc. ' +
        'Choose one with --context: dev, dev2, admin, bare, dangling, nobody, nowhere.',
    },
    {
      name: 'a current-context that is not there',
      text: 'current-context: prod\ncontexts: [{name: dev, context: {cluster: c}}]',
      message: 'There is no context "prod" (the current-context) in /kc. Choose one with --context: dev.',
    },
    {
      name: 'no current-context',
      text: 'contexts: [{name: dev, context: {cluster: c}}]',
      message: 'No current context is set in /kc. Choose one with --context: dev.',
    },
    { name: 'an empty kubeconfig', text: '', message: 'There is no context in /kc. Choose a kubeconfig with --kubeconfig or KUBECONFIG, or a server with --server.' },
    {
      name: 'a context without a cluster',
      settings: { context: 'nowhere' },
      message: 'The context "nowhere" in /kc does not name a cluster. Fix the context, or choose a cluster with --cluster.',
    },
    {
      name: 'a context whose cluster is not there',
      settings: { context: 'dangling' },
      message:
        'The context "dangling" in /kc refers to the cluster "gone", which does not exist. ' +
        'Fix the context, or choose a cluster with --cluster.',
    },
    {
      name: 'a context whose user is not there',
      settings: { context: 'nobody' },
      message: /refers to the user "gone", which does not exist\. Fix the context, or choose a user with --user\.$/,
    },
    {
      name: '--cluster that is not there',
      settings: { cluster: 'x' },
      message: 'There is no cluster "x" in /kc. Choose one with --cluster: east, west, hollow, odd, plain, secure.',
    },
    { name: '--user that is not there', settings: { user: 'x' }, message: 'There is no user "x" in /kc. Choose one with --user: jane, root.' },
    { name: 'a cluster without a server', settings: { cluster: 'hollow' }, message: 'The cluster "hollow" in /kc has no server. Fix the cluster, or choose a server with --server.' },
    { name: 'a server that is no URL', settings: { cluster: 'odd' }, message: /is not a URL: "ftp:\/\/x"/ },
    { name: '--server that is no URL', settings: { server: 'https://' }, message: /is not a URL/ },
    {
      name: 'an authority and no verification',
      settings: { insecureSkipTlsVerify: true, certificateAuthority: 'x' },
      message: /Use only one of --insecure-skip-tls-verify and --certificate-authority\.$/,
    },
  ]
  it.each(cases)('$name', async ({ settings, text, message }) => {
    const error = await rejectionOf(resolve(settings, text))
    expect(error).toMatchObject({ kind: 'config' })
    if (typeof message === 'string') expect(errorText(error)).toBe(message)
    else expect(errorText(error)).toMatch(message)
  })
})

describe('no kubeconfig', () => {
  it.each([
    {
      name: 'at all',
      missingFiles: [],
      message:
        'No kubeconfig was found: KUBECONFIG is not set, ~/.kube/config does not exist, and this process does not run in a Pod. ' +
        'Choose a kubeconfig with --kubeconfig or KUBECONFIG, or a server with --server, or try the sandbox: kubectl leader sandbox',
    },
    {
      name: 'where KUBECONFIG says',
      missingFiles: ['/gone'],
      message:
        'No kubeconfig was found: KUBECONFIG names /gone, which does not exist. ' +
        'Choose a kubeconfig with --kubeconfig or KUBECONFIG, or a server with --server, or try the sandbox: kubectl leader sandbox',
    },
  ])('$name', async ({ missingFiles, message }) => {
    const resolved = async () => resolveTarget({}, mergeKubeconfigs([], missingFiles), () => undefined)
    expect(errorText(await rejectionOf(resolved()))).toBe(message)
  })
})

describe('in a Pod', () => {
  const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' }

  it('server, authority, token and namespace are where Kubernetes puts them', async () => {
    const folder = await folderWith({ token: 't', 'ca.crt': 'x', namespace: 'team-a\n' })
    expect(findInCluster(env, folder)).toMatchObject({
      cluster: { server: 'https://10.0.0.1:443', certificateAuthority: `${folder}/ca.crt` },
      user: { tokenFile: `${folder}/token` },
      namespace: 'team-a',
    })
  })

  it('an IPv6 address is put in brackets', async () => {
    const folder = await folderWith({ token: 't' })
    const found = findInCluster({ ...env, KUBERNETES_SERVICE_HOST: 'fd00::1' }, folder)
    expect(found).toMatchObject({ cluster: { server: 'https://[fd00::1]:443' }, namespace: 'default' })
  })

  it('POD_NAMESPACE goes before the file', async () => {
    const folder = await folderWith({ token: 't', namespace: 'team-a' })
    expect(findInCluster({ ...env, POD_NAMESPACE: 'team-b' }, folder)?.namespace).toBe('team-b')
  })

  it.each([
    { name: 'no service', env: {}, files: { token: 't' } },
    { name: 'no token', env, files: {} },
  ])('it is not, with $name', async ({ env, files }) => {
    expect(findInCluster(env, await folderWith(files))).toBeUndefined()
  })
})
