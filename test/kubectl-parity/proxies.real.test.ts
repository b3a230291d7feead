import { base64Fixture } from '../cluster/local-server.ts'
import type { ParityCase } from './parity-case.ts'
import { paritySuite } from './suite.ts'
import type { World } from './world.ts'

/** What HTTPS_PROXY and NO_PROXY say to servers elsewhere is in test/cluster/proxy.test.ts: nothing here is elsewhere. */
const through =
  (change: (url: string) => string = (url) => url, more: object = {}) =>
  ({ proxy }: World): object => ({ 'proxy-url': change(proxy), ...more })
/** An API server with a name that the HTTPS proxy does not have. */
const securely =
  (change: (url: string) => string = (url) => url, more: object = {}) =>
  ({ api, secureProxy }: World): object => ({ 'proxy-url': change(secureProxy), server: api.replace('127.0.0.1', 'api.example.com'), ...more })
const byName = (url: string): string => url.replace('127.0.0.1', 'localhost')
const NAMED = { tls: { certificate: 'server-elsewhere' } } as const
const UNVERIFIED = { 'insecure-skip-tls-verify': true, 'certificate-authority-data': undefined }
const asUser = (user: string) => through((url) => url.replace('//', `//${user}@`))

const CASES: readonly ParityCase[] = [
  { name: 'proxy-url', cluster: through(), outcome: 'answered' },
  { name: 'proxy-url and a name for TLS', cluster: through(undefined, { 'tls-server-name': 'localhost' }), outcome: 'answered' },
  { name: 'proxy-url to a server by its name', cluster: (world) => ({ ...through()(world), server: world.api.replace('127.0.0.1', 'localhost') }), outcome: 'answered' },
  { name: 'proxy-url to a name that only the proxy knows', cluster: (world) => ({ ...through(undefined, { 'tls-server-name': 'localhost' })(world), server: world.api.replace('127.0.0.1', 'api.example.com') }), outcome: 'answered' },
  { name: 'proxy-url with a user', cluster: asUser('me:pw'), outcome: 'answered' },
  { name: 'proxy-url with a user of odd letters', cluster: asUser('m%40e:p%3Aw'), outcome: 'answered' },
  { name: 'proxy-url with a user without a password', cluster: asUser('me'), outcome: 'answered' },
  { name: 'proxy-url that is empty', cluster: { 'proxy-url': '' }, outcome: 'answered' },
  { name: 'proxy-url without a scheme', cluster: through((url) => url.replace('http://', '')), outcome: 'refused' },
  { name: 'proxy-url with another scheme', cluster: through((url) => url.replace('http', 'ftp')), outcome: 'refused' },
  { name: 'proxy-url and --server', cluster: through(), args: ({ elsewhere }) => ['--server', elsewhere], outcome: 'answered' },
  { name: 'proxy-url before NO_PROXY', cluster: through(), env: { NO_PROXY: '*' }, outcome: 'answered' },
  { name: 'proxy-url told to a plugin', cluster: through(), plugin: `echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"t"}}'`, user: ({ home }) => ({ exec: { apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never', provideClusterInfo: true, command: `${home}/login` } }), outcome: 'answered' },
  { name: 'an HTTPS proxy, by its name', ...NAMED, cluster: securely(byName), outcome: 'answered' },
  { name: 'an HTTPS proxy, by its address', ...NAMED, cluster: securely(), outcome: 'answered' },
  { name: 'an HTTPS proxy with a user', ...NAMED, cluster: securely((url) => byName(url).replace('//', '//me:pw@')), outcome: 'answered' },
  { name: 'an HTTPS proxy with the certificate of the server behind it', ...NAMED, proxyCertificate: 'server-elsewhere', cluster: securely(byName), outcome: 'server certificate' },
  { name: 'an HTTPS proxy of another name, unverified', ...NAMED, proxyCertificate: 'server-elsewhere', cluster: securely(byName, UNVERIFIED), outcome: 'answered' },
  { name: 'an HTTPS proxy, with a client certificate', ...NAMED, cluster: securely(byName), user: { 'client-certificate-data': base64Fixture('client.pem'), 'client-key-data': base64Fixture('client.key') }, outcome: 'answered' },
  { name: 'HTTPS_PROXY and a loopback address', env: ({ proxy }) => ({ HTTPS_PROXY: proxy }), outcome: 'answered' },
  { name: 'HTTPS_PROXY and localhost', cluster: ({ api }) => ({ server: api.replace('127.0.0.1', 'localhost') }), env: ({ proxy }) => ({ HTTPS_PROXY: proxy }), outcome: 'answered' },
  { name: 'HTTPS_PROXY and a name that only the proxy knows', cluster: ({ api }) => ({ server: api.replace('127.0.0.1', 'api.example.com'), 'tls-server-name': 'localhost' }), env: ({ proxy }) => ({ HTTPS_PROXY: proxy }), outcome: 'answered' },
  { name: 'https_proxy without a scheme', cluster: ({ api }) => ({ server: api.replace('127.0.0.1', 'api.example.com'), 'tls-server-name': 'localhost' }), env: ({ proxy }) => ({ https_proxy: proxy.replace('http://', '') }), outcome: 'answered' },
  { name: 'HTTP_PROXY is not for HTTPS', env: ({ proxy }) => ({ HTTP_PROXY: proxy }), outcome: 'answered' },
]

paritySuite('proxies', CASES)
