import { base64Fixture } from '../cluster/local-server.ts'
import type { ParityCase } from './parity-case.ts'
import { paritySuite } from './suite.ts'
import type { World } from './world.ts'

const AUTHORITY = base64Fixture('authority.pem')

/** A kubeconfig as people have it, in YAML; lines may be put at its end. */
const yaml = ({ api }: World, more = '', user = 'token: abc'): string => `apiVersion: v1
kind: Config
current-context: here
contexts:
- name: here
  context: {cluster: there, user: jane}
clusters:
- name: there
  cluster:
    server: ${api}
    certificate-authority-data: ${AUTHORITY}
users:
- name: jane
  user:
    ${user}
${more}`

const utf16 = (text: string, isBigEndian: boolean): Buffer => {
  const bytes = Buffer.from(`\uFEFF${text}`, 'utf16le')
  return isBigEndian ? bytes.swap16() : bytes
}

/** What kubectl falls back to when nothing names a server. */
const ELSE = { tls: null, env: ({ api }: World) => ({ KUBERNETES_MASTER: api }) }

const CASES: readonly ParityCase[] = [
  { name: 'YAML', config: (world) => yaml(world), outcome: 'answered' },
  { name: 'JSON without kind and apiVersion', outcome: 'answered' },
  { name: 'an unknown field at the top', config: (world) => yaml(world, 'colour: red'), outcome: 'answered' },
  { name: 'preferences', config: (world) => yaml(world, 'preferences: {colors: true}'), outcome: 'answered' },
  { name: 'an unknown field of a cluster', cluster: { colour: 'red' }, outcome: 'answered' },
  { name: 'a merge key below a key that it has too', config: (world) => yaml(world, 'more: &more {token: merged}', 'token: own\n    <<: *more').replace(/(users:[^]*)(more: .*)/, '$2\n$1'), outcome: 'answered' },
  { name: 'a merge key above a key that it has too', config: (world) => yaml(world, 'more: &more {token: merged}', '<<: *more\n    token: own').replace(/(users:[^]*)(more: .*)/, '$2\n$1'), outcome: 'answered' },
  { name: 'a merge key of two mappings', config: (world) => yaml(world, 'more: [&one {token: one}, &two {token: two}]', 'token: own\n    <<: [*one, *two]').replace(/(users:[^]*)(more: .*)/, '$2\n$1'), outcome: 'answered' },
  { name: 'a null member of each list', config: (world) => yaml(world).replaceAll(/^(contexts|clusters|users):$/gm, '$1:\n-'), outcome: 'answered' },
  { name: 'bytes that are not UTF-8', config: (world) => Buffer.from(yaml(world, '# caf\u00e9'), 'latin1'), outcome: 'refused' },
  { name: 'CRLF', config: (world) => yaml(world).replaceAll('\n', '\r\n'), outcome: 'answered' },
  { name: 'a byte order mark', config: (world) => `\uFEFF${yaml(world)}`, outcome: 'answered' },
  { name: 'UTF-16, little-endian', config: (world) => utf16(yaml(world), false), outcome: 'answered' },
  { name: 'UTF-16, big-endian', config: (world) => utf16(yaml(world), true), outcome: 'answered' },
  { name: 'a second document', config: (world) => yaml(world, '---\nnot: [valid'), outcome: 'answered' },
  { name: 'an empty document before it', config: (world) => `---\n---\n${yaml(world)}`, ...ELSE, outcome: 'answered' },
  { name: 'a comment before the document', config: (world) => `# mine\n---\n${yaml(world)}`, outcome: 'answered' },
  { name: 'an unknown tag', config: (world) => yaml(world, '', 'token: !secret abc'), outcome: 'answered' },
  { name: 'a number as the token', config: (world) => yaml(world, '', 'token: 12345'), outcome: 'refused' },
  { name: 'a number with underscores as the token', config: (world) => yaml(world, '', 'token: 1_000'), outcome: 'refused' },
  { name: 'a binary number as the token', config: (world) => yaml(world, '', 'token: 0b11'), outcome: 'refused' },
  { name: 'underscores in a token', config: (world) => yaml(world, '', 'token: _1_000'), outcome: 'answered' },
  { name: 'an escaped slash', config: (world) => yaml(world, '', 'token: "a\\/b"'), outcome: 'refused' },
  { name: 'an escaped slash in JSON', config: ({ api }) => JSON.stringify({ clusters: [{ name: '', cluster: { server: api } }] }).replaceAll('/', '\\/'), outcome: 'refused' },
  { name: 'a boolean as the token', config: (world) => yaml(world, '', 'token: true'), outcome: 'refused' },
  { name: 'null for a user to impersonate', config: (world) => yaml(world, '', 'token: abc\n    as: null'), outcome: 'answered' },
  { name: 'a date as the token', config: (world) => yaml(world, '', 'token: 2026-01-01'), outcome: 'answered' },
  { name: 'a folded token', config: (world) => yaml(world, '', 'token: >-\n      abc\n      def'), outcome: 'answered' },
  { name: 'an anchor and an alias', config: (world) => yaml(world, 'extensions: []', 'token: &t abc\n    as: *t'), outcome: 'answered' },
  { name: 'a merge key', config: (world) => yaml(world, '', '<<: {token: merged}'), outcome: 'answered' },
  { name: 'a bare hyphen in a flow mapping', config: (world) => yaml(world, 'colour: {a: -}'), outcome: 'answered' },
  { name: 'yes for a boolean', cluster: {}, config: (world) => yaml(world).replace(/certificate-authority-data: .*/, 'insecure-skip-tls-verify: yes'), outcome: 'answered' },
  { name: 'a string for a boolean', cluster: { 'insecure-skip-tls-verify': 'true' }, outcome: 'refused' },
  { name: 'a key given twice', config: (world) => yaml(world, '', 'token: first\n    token: second'), outcome: 'answered' },
  { name: 'a key in capitals', config: (world) => yaml(world, '', 'TOKEN: abc\n    username: u\n    password: p'), outcome: 'answered' },
  { name: 'the same user twice', config: (world) => yaml(world, '- name: jane\n  user: {token: other}'), outcome: 'refused' },
  { name: 'a tab for indentation', config: (world) => yaml(world, '', '\ttoken: abc'), outcome: 'refused' },
  { name: 'another kind', config: (world) => yaml(world).replace('kind: Config', 'kind: Pod'), outcome: 'refused' },
  { name: 'another apiVersion', config: (world) => yaml(world).replace('apiVersion: v1', 'apiVersion: v2'), outcome: 'refused' },
  { name: 'no YAML at all', config: 'hello: [', outcome: 'refused' },
  { name: 'a list', config: '- a\n- b\n', outcome: 'refused' },
  { name: 'users that are a mapping', config: (world) => yaml(world).replace(/users:[^]*/, 'users: {jane: {token: abc}}'), outcome: 'refused' },
  { name: 'base64 with line breaks', cluster: { 'certificate-authority-data': AUTHORITY.replace(/.{64}/g, '$&\n') }, outcome: 'answered' },
  { name: 'no base64', cluster: { 'certificate-authority-data': '%%%' }, outcome: 'refused' },
  { name: 'base64 that is cut off', cluster: { 'certificate-authority-data': AUTHORITY.slice(0, -1) }, outcome: 'refused' },
  { name: 'a server with a path', cluster: ({ api }) => ({ server: `${api}/k8s/clusters/c-1` }), outcome: 'answered' },
  { name: 'a server with a path that ends in a slash', cluster: ({ api }) => ({ server: `${api}/k8s/clusters/c-1/` }), outcome: 'answered' },
  { name: 'a server that ends in a slash', cluster: ({ api }) => ({ server: `${api}/` }), outcome: 'answered' },
  { name: 'a server without a scheme', cluster: ({ api }) => ({ server: api.replace('http://', '') }), tls: null, outcome: 'answered' },
  { name: 'a server without a scheme, and an authority', cluster: ({ api }) => ({ server: api.replace('http://', ''), 'certificate-authority-data': AUTHORITY }), tls: null, outcome: 'answered' },
  { name: 'a server by its name', cluster: ({ api }) => ({ server: api.replace('127.0.0.1', 'localhost') }), outcome: 'answered' },
  { name: 'a server in capitals', cluster: ({ api }) => ({ server: api.replace('https', 'HTTPS') }), outcome: 'answered' },
  { name: 'a server with another scheme', cluster: ({ api }) => ({ server: api.replace('https', 'ftp') }), outcome: 'refused' },
  { name: 'a server with a query', cluster: ({ api }) => ({ server: `${api}/?a=b` }), outcome: 'answered' },
  { name: 'a user and a password in the URL', cluster: ({ api }) => ({ server: api.replace('//', '//joe:pw@') }), user: {}, outcome: 'refused' },
  { name: 'a user in the URL beside a token', cluster: ({ api }) => ({ server: api.replace('//', '//joe:pw@') }), outcome: 'answered' },
  { name: 'no server', cluster: { server: undefined }, ...ELSE, outcome: 'answered' },
  { name: 'an empty server', cluster: { server: '' }, ...ELSE, outcome: 'answered' },
  { name: 'a port that none has', cluster: { server: 'https://127.0.0.1:99999' }, outcome: 'refused' },
]

paritySuite('kubeconfig-files', CASES)
