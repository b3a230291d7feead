import type { RequestListener } from 'node:http'
import { gzipSync } from 'node:zlib'
import { failure, json } from '../cluster/local-server.ts'
import type { ParityCase } from './parity-case.ts'
import { paritySuite } from './suite.ts'
import { noLeases, type World } from './world.ts'

const html = (status: number): RequestListener => (_request, response) => {
  response.writeHead(status, { 'Content-Type': 'text/html' }).end('<html><body>Please log in</body></html>')
}
const plain = (status: number, text: string): RequestListener => (_request, response) => {
  response.writeHead(status, { 'Content-Type': 'text/plain' }).end(text)
}
const packed = (encoding: string): RequestListener => (_request, response) => {
  const list = { kind: 'LeaseList', apiVersion: 'coordination.k8s.io/v1', metadata: { resourceVersion: '1' }, items: [] }
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Encoding': encoding }).end(gzipSync(JSON.stringify(list)))
}
const cut: RequestListener = (request) => void request.socket.destroy()
/** These answers first, each once, and then a list. */
const first = (...answers: RequestListener[]) => (): RequestListener => {
  const left = [...answers]
  return (request, response) => (left.shift() ?? noLeases)(request, response)
}
const always = (answer: RequestListener) => (): RequestListener => answer

/** A list that comes in two pages, whether pages were asked for or not. */
const paged = (): RequestListener => (request, response) => {
  if (request.url?.includes('continue=more')) return noLeases(request, response)
  json({ kind: 'LeaseList', apiVersion: 'coordination.k8s.io/v1', metadata: { resourceVersion: '1', continue: 'more' }, items: [] })(request, response)
}

const redirect = (status: number, to: (world: World) => string) => (world: World): RequestListener => (request, response) => {
  if (request.url?.includes('/moved/')) return noLeases(request, response)
  response.writeHead(status, { Location: to(world) }).end()
}
const MOVED = '/moved/apis/coordination.k8s.io/v1/leases'
const BUSY = ['TooManyRequests', 'too many requests'] as const

const CASES: readonly ParityCase[] = [
  { name: '401', answer: always(failure(401, 'Unauthorized', 'Unauthorized')), outcome: 'unauthorized' },
  { name: '401 without a Status', answer: always(plain(401, 'Unauthorized')), outcome: 'unauthorized' },
  { name: '401 with a page', answer: always(html(401)), outcome: 'unauthorized' },
  {
    name: '401 once, with a token from a file',
    user: { tokenFile: 'token' },
    files: { '.kube/token': 'from-file' },
    answer: first(failure(401, 'Unauthorized', 'Unauthorized')),
    outcome: 'unauthorized',
  },
  { name: '403', answer: always(failure(403, 'Forbidden', 'leases.coordination.k8s.io is forbidden: User "u" cannot list resource "leases"')), outcome: 'forbidden' },
  { name: '403 without a Status', answer: always(plain(403, 'no')), outcome: 'forbidden' },
  { name: '404', answer: always(failure(404, 'NotFound', 'the server could not find the requested resource')), outcome: 'not found' },
  { name: '404 without a Status', answer: always(plain(404, '404 page not found')), outcome: 'not found' },
  { name: '500', answer: always(failure(500, 'InternalError', 'etcdserver: no leader')), outcome: 'server error' },
  { name: '500 with a page', answer: always(html(500)), outcome: 'server error' },
  { name: '500 with Retry-After, once', answer: first(failure(500, 'InternalError', 'again', { 'Retry-After': '1' })), outcome: 'answered' },
  { name: '503 with Retry-After, once', answer: first(failure(503, 'ServiceUnavailable', 'again', { 'Retry-After': '1' })), outcome: 'answered' },
  { name: '503 without Retry-After', answer: always(failure(503, 'ServiceUnavailable', 'down')), outcome: 'server error' },
  { name: '504', answer: always(failure(504, 'Timeout', 'too slow')), outcome: 'server error' },
  { name: '429 with Retry-After, once', answer: first(failure(429, ...BUSY, { 'Retry-After': '1' })), outcome: 'answered' },
  { name: '429 with Retry-After, twice', answer: first(failure(429, ...BUSY, { 'Retry-After': '1' }), failure(429, ...BUSY, { 'Retry-After': '1' })), outcome: 'answered' },
  { name: '429 with Retry-After: 0', answer: first(failure(429, ...BUSY, { 'Retry-After': '0' })), outcome: 'answered' },
  { name: '429 without Retry-After', answer: always(failure(429, ...BUSY)), outcome: 'too many requests' },
  { name: '429 with a date in Retry-After', answer: first(failure(429, ...BUSY, { 'Retry-After': 'Sat, 01 Jan 2022 00:00:00 GMT' })), outcome: 'too many requests' },
  { name: '429 without end', answer: always(failure(429, ...BUSY, { 'Retry-After': '0' })), outcome: 'too many requests' },
  { name: '429 without a Status', answer: first((_request, response) => void response.writeHead(429, { 'Retry-After': '1' }).end('slow down')), outcome: 'answered' },
  { name: 'Retry-After beyond the request timeout', answer: always(failure(429, ...BUSY, { 'Retry-After': '20' })), args: ['--request-timeout', '3s'], outcome: 'timeout' },
  { name: '301 to another path', answer: redirect(301, () => MOVED), outcome: 'answered' },
  { name: '302 to another path', answer: redirect(302, () => MOVED), outcome: 'answered' },
  { name: '307 to another path', answer: redirect(307, () => MOVED), outcome: 'answered' },
  { name: '308 to a full URL of the same server', answer: redirect(308, ({ api }) => api + MOVED), outcome: 'answered' },
  { name: '307 to a relative path', answer: redirect(307, () => '../moved/leases'), outcome: 'answered' },
  { name: '307 to another server', answer: redirect(307, ({ elsewhere }) => elsewhere + MOVED), outcome: 'answered' },
  { name: '307 without a Location', answer: always((_request, response) => void response.writeHead(307).end()), outcome: 'protocol' },
  { name: '307 without end', answer: always((request, response) => void response.writeHead(307, { Location: request.url }).end()), outcome: 'protocol' },
  { name: '101', answer: always((request) => void request.socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n')), outcome: 'protocol' },
  { name: 'a header of 200 kB', answer: always((request, response) => noLeases(request, response.setHeader('Set-Cookie', 'x'.repeat(200_000)))), outcome: 'answered' },
  { name: 'a page of the list, and the rest', answer: paged, outcome: 'answered' },
  { name: '304', answer: always((_request, response) => void response.writeHead(304).end()), outcome: 'protocol' },
  { name: '200 with a page', answer: always(html(200)), outcome: 'protocol' },
  { name: '200 with words', answer: always(plain(200, 'hello')), outcome: 'protocol' },
  { name: '200 with JSON that is cut off', answer: always(plain(200, '{"kind":"LeaseList","items":[')), outcome: 'protocol' },
  { name: '200 with a Status that says failure', answer: always(json({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Forbidden', code: 403, message: 'is forbidden: User "u" cannot' })), outcome: 'forbidden' },
  { name: '200 without anything', answer: always(plain(200, '')), outcome: 'protocol' },
  { name: 'a packed list', answer: always(packed('gzip')), outcome: 'answered' },
  { name: 'a packed list, in capitals', answer: always(packed('GZIP')), outcome: 'answered' },
  { name: 'a list of another kind', answer: always(json({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: [] })), outcome: 'answered' },
  { name: 'an answer that is cut', answer: always((_request, response) => void response.writeHead(200, { 'Content-Length': '100' }).write('{"kind"', () => response.destroy())), outcome: 'unreachable' },
  { name: 'a connection that is cut before an answer, twice', answer: first(cut, cut), outcome: 'answered' },
  { name: 'a connection that is reset before an answer, once', answer: first((request) => request.socket.resetAndDestroy()), tls: null, outcome: 'answered' },
  { name: 'a connection that is cut before an answer, without end', answer: always(cut), outcome: 'unreachable' },
  { name: 'no answer in time', answer: always(() => {}), args: ['--request-timeout', '3s'], outcome: 'timeout' },
  { name: 'no end of the answer in time', answer: always((_request, response) => void response.writeHead(200).write('{')), args: ['--request-timeout', '3s'], outcome: 'timeout' },
  { name: 'no server', cluster: { server: 'https://127.0.0.1:1' }, outcome: 'unreachable' },
  { name: 'a token over plain HTTP', tls: null, outcome: 'answered' },
  { name: '--token over plain HTTP', tls: null, args: ['--token', 'typed'], outcome: 'answered' },
  { name: 'basic credentials over plain HTTP', tls: null, user: { username: 'u', password: 'p' }, outcome: 'answered' },
  { name: 'impersonation over plain HTTP', tls: null, user: { token: 'abc', as: 'joe' }, outcome: 'answered' },
  { name: '--as over plain HTTP', tls: null, user: {}, args: ['--as', 'joe'], outcome: 'answered' },
  { name: 'a user in the URL over plain HTTP', tls: null, user: {}, cluster: ({ api }) => ({ server: api.replace('//', '//joe:pw@') }), outcome: 'answered' },
  { name: 'variables of a Pod without its service account', env: { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: '1', POD_NAMESPACE: 'pod' }, outcome: 'answered' },
  {
    name: 'variables of a Pod without its service account, and no kubeconfig',
    config: null,
    tls: null,
    args: ({ api }) => ['--server', api],
    env: { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: '1', POD_NAMESPACE: 'pod' },
    outcome: 'answered',
  },
]

paritySuite('answers', CASES)
