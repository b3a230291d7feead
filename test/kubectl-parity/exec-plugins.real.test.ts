import { base64Fixture, failure, fixture, kubeconfigText, readFixture } from '../cluster/local-server.ts'
import type { ParityCase } from './parity-case.ts'
import { paritySuite } from './suite.ts'
import { noLeases, type World } from './world.ts'

const V1 = 'client.authentication.k8s.io/v1'
const V1BETA1 = 'client.authentication.k8s.io/v1beta1'

/** A script's line that prints a credential. */
const prints = (status: object | null, more: object = {}): string =>
  `cat <<'EOF'\n${JSON.stringify({ kind: 'ExecCredential', apiVersion: V1, status, ...more })}\nEOF`
const TOKEN = prints({ token: 'from-plugin' })

/** A script's line that prints a credential as YAML. */
const printsYaml = (status: string, more = ''): string =>
  `cat <<'EOF'\napiVersion: ${V1}\nkind: ExecCredential\nstatus:\n  ${status}\n${more}\nEOF`

/** A user entry for ~/login. */
const exec =
  (more: object = {}, beside: object = {}) =>
  ({ home }: World): object => ({
    ...beside,
    exec: { apiVersion: V1, interactiveMode: 'IfAvailable', command: `${home}/login`, ...more },
  })

const CERTIFICATE = {
  clientCertificateData: readFixture('client.pem').toString(),
  clientKeyData: readFixture('client.key').toString(),
}

const CASES: readonly ParityCase[] = [
  { name: 'v1', plugin: TOKEN, user: exec(), outcome: 'answered' },
  { name: 'v1beta1', plugin: prints({ token: 'old' }, { apiVersion: V1BETA1 }), user: exec({ apiVersion: V1BETA1 }), outcome: 'answered' },
  { name: 'v1beta1 without interactiveMode', plugin: prints({ token: 'old' }, { apiVersion: V1BETA1 }), user: exec({ apiVersion: V1BETA1, interactiveMode: undefined }), outcome: 'answered' },
  { name: 'v1 without interactiveMode', plugin: TOKEN, user: exec({ interactiveMode: undefined }), outcome: 'refused' },
  { name: 'v1alpha1', plugin: TOKEN, user: exec({ apiVersion: 'client.authentication.k8s.io/v1alpha1' }), outcome: 'refused' },
  { name: 'no apiVersion', plugin: TOKEN, user: exec({ apiVersion: undefined }), outcome: 'refused' },
  { name: 'no command', plugin: TOKEN, user: exec({ command: '' }), outcome: 'refused' },
  { name: 'interactiveMode Never', plugin: TOKEN, user: exec({ interactiveMode: 'Never' }), outcome: 'answered' },
  { name: 'interactiveMode Always without a terminal', plugin: TOKEN, user: exec({ interactiveMode: 'Always' }), outcome: 'no credentials' },
  { name: 'interactiveMode that there is not', plugin: TOKEN, user: exec({ interactiveMode: 'Sometimes' }), outcome: 'refused' },
  { name: 'arguments', plugin: TOKEN, user: exec({ args: ['get-token', '--cluster', 'a b', ''] }), outcome: 'answered' },
  { name: 'a variable', plugin: TOKEN, user: exec({ env: [{ name: 'PROBE', value: 'x=y' }] }), outcome: 'answered' },
  { name: 'a variable of the surroundings', plugin: TOKEN, user: exec(), env: { PROBE: 'outside' }, outcome: 'answered' },
  { name: 'a variable before that of the surroundings', plugin: TOKEN, user: exec({ env: [{ name: 'PROBE', value: 'inside' }] }), env: { PROBE: 'outside' }, outcome: 'answered' },
  { name: 'a variable given twice', plugin: TOKEN, user: exec({ env: [{ name: 'PROBE', value: '1' }, { name: 'PROBE', value: '2' }] }), outcome: 'answered' },
  { name: 'a variable without a name', plugin: TOKEN, user: exec({ env: [{ value: 'x' }] }), outcome: 'refused' },
  { name: 'KUBERNETES_EXEC_INFO of the kubeconfig', plugin: TOKEN, user: exec({ env: [{ name: 'KUBERNETES_EXEC_INFO', value: '{}' }] }), outcome: 'answered' },
  { name: 'a command on the PATH', plugin: TOKEN, user: exec({ command: 'login' }), env: ({ home }) => ({ PATH: `${home}:/usr/bin:/bin` }), outcome: 'answered' },
  { name: 'a command on the PATH, and another PATH for it', plugin: TOKEN, user: exec({ command: 'login', env: [{ name: 'PATH', value: '/usr/bin:/bin' }] }), env: ({ home }) => ({ PATH: `${home}:/usr/bin:/bin` }), outcome: 'answered' },
  { name: 'a command on its own PATH alone', plugin: TOKEN, user: ({ home }) => ({ exec: { apiVersion: V1, interactiveMode: 'Never', command: 'login', env: [{ name: 'PATH', value: `${home}:/usr/bin:/bin` }] } }), env: { PATH: '/no/such/folder' }, outcome: 'no credentials' },
  { name: 'a command in the working directory, which is on the PATH', plugin: TOKEN, user: exec({ command: 'login' }), env: { PATH: '.:/usr/bin:/bin' }, outcome: 'no credentials' },
  { name: 'a command in the working directory, and an empty entry on the PATH', plugin: TOKEN, user: exec({ command: 'login' }), env: { PATH: ':/usr/bin:/bin' }, outcome: 'no credentials' },
  { name: 'a command on the PATH before the working directory', plugin: TOKEN, user: exec({ command: 'login' }), env: ({ home }) => ({ PATH: `${home}:.:/usr/bin:/bin` }), outcome: 'answered' },
  { name: 'a command that is not executable on the PATH', files: { login: '#!/bin/sh\n' }, user: exec({ command: 'login' }), env: ({ home }) => ({ PATH: home }), outcome: 'no credentials' },
  { name: 'a command, and no PATH', plugin: TOKEN, user: exec({ command: 'login' }), env: { PATH: '' }, outcome: 'no credentials' },
  {
    name: 'a command beside a kubeconfig in the working directory',
    plugin: TOKEN,
    config: null,
    files: ({ api }) => ({ config: kubeconfigText({ server: api, 'certificate-authority-data': base64Fixture('authority.pem') }, { exec: { apiVersion: V1, interactiveMode: 'Never', command: './login' } }) }),
    env: { KUBECONFIG: 'config' },
    outcome: 'answered',
  },
  { name: 'a command beside the kubeconfig', plugin: TOKEN, user: exec({ command: '../login' }), outcome: 'answered' },
  { name: 'a command that is not installed', user: exec({ command: 'no-such-login', installHint: 'Get it elsewhere.' }), outcome: 'no credentials' },
  { name: 'a path that is not there', user: exec(), outcome: 'no credentials' },
  { name: 'a file that is not executable', files: { login: '#!/bin/sh\n' }, user: exec(), outcome: 'no credentials' },
  { name: 'provideClusterInfo', plugin: TOKEN, user: exec({ provideClusterInfo: true }), outcome: 'answered' },
  { name: 'provideClusterInfo with an authority in a file', plugin: TOKEN, cluster: { 'certificate-authority-data': undefined, 'certificate-authority': fixture('authority.pem') }, user: exec({ provideClusterInfo: true }), outcome: 'answered' },
  { name: 'provideClusterInfo with a name for TLS', plugin: TOKEN, cluster: { 'tls-server-name': 'localhost' }, user: exec({ provideClusterInfo: true }), outcome: 'answered' },
  { name: 'provideClusterInfo with a name for TLS of a flag', plugin: TOKEN, args: ['--tls-server-name', 'localhost'], user: exec({ provideClusterInfo: true }), outcome: 'answered' },
  { name: 'provideClusterInfo without checks', plugin: TOKEN, cluster: { 'certificate-authority-data': undefined, 'insecure-skip-tls-verify': true }, user: exec({ provideClusterInfo: true }), outcome: 'answered' },
  { name: 'provideClusterInfo with a path in the server', plugin: TOKEN, cluster: ({ api }) => ({ server: `${api}/base/` }), user: exec({ provideClusterInfo: true }), outcome: 'answered' },
  { name: 'provideClusterInfo with --server', plugin: TOKEN, args: ({ elsewhere }) => ['--server', elsewhere], user: exec({ provideClusterInfo: true }), outcome: 'answered' },
  { name: 'provideClusterInfo with disable-compression', plugin: TOKEN, cluster: { 'disable-compression': true }, user: exec({ provideClusterInfo: true }), outcome: 'answered' },
  {
    name: 'provideClusterInfo with what the cluster says to plugins',
    plugin: TOKEN,
    cluster: { extensions: [{ name: 'other', extension: { a: 1 } }, { name: 'client.authentication.k8s.io/exec', extension: { audience: 'x', list: [1, 'a', null] } }] },
    user: exec({ provideClusterInfo: true }),
    outcome: 'answered',
  },
  { name: 'a certificate', plugin: prints(CERTIFICATE), user: exec(), outcome: 'answered' },
  { name: 'a certificate and a token', plugin: prints({ ...CERTIFICATE, token: 'abc' }), user: exec(), outcome: 'answered' },
  { name: 'half a pair', plugin: prints({ clientCertificateData: CERTIFICATE.clientCertificateData }), user: exec(), outcome: 'no credentials' },
  { name: 'a certificate with the key of another', plugin: prints({ ...CERTIFICATE, clientKeyData: readFixture('client-other.key').toString() }), user: exec(), outcome: 'no credentials' },
  { name: 'a token that has not run out', plugin: prints({ token: 'abc', expirationTimestamp: '2126-01-01T00:00:00Z' }), user: exec(), outcome: 'answered' },
  { name: 'a token that has run out already', plugin: prints({ token: 'abc', expirationTimestamp: '2020-01-01T00:00:00Z' }), user: exec(), outcome: 'answered' },
  { name: 'an end that is no time', plugin: prints({ token: 'abc', expirationTimestamp: 'soon' }), user: exec(), outcome: 'no credentials' },
  { name: 'YAML', plugin: `printf 'apiVersion: ${V1}\\nkind: ExecCredential\\nstatus:\\n  token: in-yaml\\n'`, user: exec(), outcome: 'answered' },
  { name: 'YAML with a token that looks like a date', plugin: printsYaml('token: 2026-01-01'), user: exec(), outcome: 'answered' },
  { name: 'YAML with a token that looks like a number', plugin: printsYaml('token: 123'), user: exec(), outcome: 'no credentials' },
  { name: 'YAML with a token that looks like a number, and a certificate', plugin: printsYaml(`{token: 123, clientCertificateData: ${JSON.stringify(CERTIFICATE.clientCertificateData)}, clientKeyData: ${JSON.stringify(CERTIFICATE.clientKeyData)}}`), user: exec(), outcome: 'no credentials' },
  { name: 'YAML with a second document', plugin: printsYaml('token: in-yaml', '---\nother: document'), user: exec(), outcome: 'answered' },
  { name: 'YAML with a key given twice', plugin: printsYaml('token: a\n  token: b'), user: exec(), outcome: 'answered' },
  { name: 'YAML with an unknown tag', plugin: printsYaml('token: !x abc'), user: exec(), outcome: 'answered' },
  { name: 'YAML with an end', plugin: printsYaml('token: abc\n  expirationTimestamp: 2126-01-01T00:00:00Z'), user: exec(), outcome: 'answered' },
  { name: 'YAML with an end that is a date alone', plugin: printsYaml('token: abc\n  expirationTimestamp: 2126-01-01'), user: exec(), outcome: 'no credentials' },
  { name: 'YAML that starts as JSON does', plugin: `echo '{apiVersion: ${V1}, kind: ExecCredential, status: {token: abc}}'`, user: exec(), outcome: 'no credentials' },
  { name: 'JSON with more after it', plugin: `${TOKEN}\necho more`, user: exec(), outcome: 'no credentials' },
  { name: 'JSON with a key given twice', plugin: `echo '{"kind":"ExecCredential","apiVersion":"${V1}","status":{"token":"a","token":"b"}}'`, user: exec(), outcome: 'answered' },
  { name: 'a token that is a number', plugin: prints({ token: 123 }), user: exec(), outcome: 'no credentials' },
  { name: 'a certificate, and a token that is a number', plugin: prints({ ...CERTIFICATE, token: 123 }), user: exec(), outcome: 'no credentials' },
  { name: 'a token, and a certificate that is a list', plugin: prints({ token: 'abc', clientCertificateData: [] }), user: exec(), outcome: 'no credentials' },
  { name: 'a token, and no more than null', plugin: prints({ token: 'abc', clientCertificateData: null, clientKeyData: null, expirationTimestamp: null }), user: exec(), outcome: 'answered' },
  { name: 'a token, and an empty certificate', plugin: prints({ token: 'abc', clientCertificateData: '', clientKeyData: '' }), user: exec(), outcome: 'answered' },
  { name: 'a status that is a list', plugin: `echo '{"kind":"ExecCredential","apiVersion":"${V1}","status":["a"]}'`, user: exec(), outcome: 'no credentials' },
  { name: 'no kind', plugin: prints({ token: 'abc' }, { kind: undefined }), user: exec(), outcome: 'answered' },
  { name: 'an empty kind', plugin: prints({ token: 'abc' }, { kind: '' }), user: exec(), outcome: 'answered' },
  { name: 'a kind that is null', plugin: prints({ token: 'abc' }, { kind: null }), user: exec(), outcome: 'answered' },
  { name: 'a kind that is a number', plugin: prints({ token: 'abc' }, { kind: 1 }), user: exec(), outcome: 'no credentials' },
  { name: 'no apiVersion in what it prints', plugin: prints({ token: 'abc' }, { apiVersion: undefined }), user: exec(), outcome: 'no credentials' },
  { name: 'neither kind nor apiVersion', plugin: prints({ token: 'abc' }, { kind: undefined, apiVersion: undefined }), user: exec(), outcome: 'no credentials' },
  ...['2126-01-01T00:00:00+02:00', '2126-01-01T00:00:00.5Z', '2126-01-01T00:00:00.123456789-00:30', '2128-02-29T00:00:00Z', '0001-01-01T00:00:00Z'].map(
    (end): ParityCase => ({ name: `an end: ${end}`, plugin: prints({ token: 'abc', expirationTimestamp: end }), user: exec(), outcome: 'answered' }),
  ),
  ...[
    ...[4_000_000_000, '', '2126-01-01', '2126-01-01T00:00:00', '2126-01-01T00:00Z', '2126-01-01 00:00:00Z', '2126-01-01t00:00:00z'],
    ...['Tue, 01 Jan 2126 00:00:00 GMT', '2126-02-30T00:00:00Z', '2126-01-01T24:00:00Z', '2126-01-01T00:00:60Z', '2126-01-01T00:00:00+0200', ' 2126-01-01T00:00:00Z', []],
  ].map((end): ParityCase => ({ name: `an end that is no time: ${JSON.stringify(end)}`, plugin: prints({ token: 'abc', expirationTimestamp: end }), user: exec(), outcome: 'no credentials' })),
  { name: 'a NUL in an argument', plugin: TOKEN, user: exec({ args: ['a\0b'] }), outcome: 'no credentials' },
  { name: 'a NUL in a variable', plugin: TOKEN, user: exec({ env: [{ name: 'PROBE', value: 'a\0b' }] }), outcome: 'no credentials' },
  { name: 'a NUL in the name of a variable', plugin: TOKEN, user: exec({ env: [{ name: 'PRO\0BE', value: 'a' }] }), outcome: 'no credentials' },
  { name: 'a NUL in the command', plugin: TOKEN, user: exec({ command: 'log\0in' }), outcome: 'no credentials' },
  { name: 'a NUL in the path of the command', plugin: TOKEN, user: exec({ command: '/log\0in' }), outcome: 'no credentials' },
  { name: 'a token in any script', plugin: prints({ token: 'zażółć' }), user: exec(), outcome: 'answered' },
  { name: 'an unknown field', plugin: prints({ token: 'abc', colour: 'red' }), user: exec(), outcome: 'answered' },
  { name: 'another version than asked for', plugin: prints({ token: 'abc' }, { apiVersion: V1BETA1 }), user: exec(), outcome: 'no credentials' },
  { name: 'another kind', plugin: prints({ token: 'abc' }, { kind: 'Pod' }), user: exec(), outcome: 'no credentials' },
  { name: 'no status', plugin: prints(null), user: exec(), outcome: 'no credentials' },
  { name: 'an empty token', plugin: prints({ token: '' }), user: exec(), outcome: 'no credentials' },
  { name: 'nothing', plugin: 'true', user: exec(), outcome: 'no credentials' },
  { name: 'a page', plugin: `echo '<html>'`, user: exec(), outcome: 'no credentials' },
  { name: 'words on stderr', plugin: `echo 'open the browser' >&2\n${TOKEN}`, user: exec(), outcome: 'answered' },
  { name: 'failure', plugin: 'echo no >&2; exit 3', user: exec(), outcome: 'no credentials' },
  { name: 'death', plugin: 'kill -9 $$', user: exec(), outcome: 'no credentials' },
  { name: 'slow', plugin: `sleep 1\n${TOKEN}`, user: exec(), outcome: 'answered' },
  { name: 'slower than the request timeout', plugin: `sleep 4\n${TOKEN}`, user: exec(), args: ['--request-timeout', '3s'], outcome: 'timeout' },
  { name: 'a token beside it', plugin: TOKEN, user: exec({}, { token: 'abc' }), outcome: 'answered' },
  { name: 'basic credentials beside it', plugin: TOKEN, user: exec({}, { username: 'u', password: 'p' }), outcome: 'answered' },
  { name: 'a certificate beside it', plugin: TOKEN, user: exec({}, { 'client-certificate-data': base64Fixture('client.pem'), 'client-key-data': base64Fixture('client.key') }), outcome: 'answered' },
  { name: '--token beside it', plugin: TOKEN, user: exec(), args: ['--token', 'typed'], outcome: 'answered' },
  { name: 'an auth-provider beside it', plugin: TOKEN, user: exec({}, { 'auth-provider': { name: 'oidc', config: {} } }), outcome: 'refused' },
  { name: 'impersonation beside it', plugin: TOKEN, user: exec({}, { as: 'joe' }), outcome: 'answered' },
  { name: 'over plain HTTP', plugin: TOKEN, user: exec(), tls: null, outcome: 'answered' },
  { name: 'an answer that is no answer', plugin: TOKEN, user: exec(), answer: () => failure(401, 'Unauthorized', 'Unauthorized'), outcome: 'unauthorized' },
  {
    name: 'a second token is the right one',
    plugin: `printf '{"kind":"ExecCredential","apiVersion":"${V1}","status":{"token":"run-%s"}}' "$run"`,
    user: exec(),
    answer: () => (request, response) =>
      (request.headers.authorization === 'Bearer run-2' ? noLeases : failure(401, 'Unauthorized', 'Unauthorized'))(request, response),
    outcome: 'unauthorized',
  },
]

paritySuite('exec-plugins', CASES)
