import { chmod, mkdir, writeFile } from 'node:fs/promises'
import type { IncomingMessage, RequestListener } from 'node:http'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import type { Duplex } from 'node:stream'
import { TLSSocket, type DetailedPeerCertificate } from 'node:tls'
import { base64Fixture, folderWith, json, kubeconfigText, readFixture, startServer } from '../cluster/local-server.ts'
import { inWorld, type ParityCase } from './parity-case.ts'

/** What one program has to itself while it runs: a home directory, and servers that note what comes. */
export interface World {
  readonly home: string
  /** URL of the API server. */
  readonly api: string
  /** URL of another HTTPS server: an issuer of tokens, or where a redirect leads. */
  readonly elsewhere: string
  /** URL of an HTTP proxy that connects with this machine, whatever the host. */
  readonly proxy: string
  /** URL of an HTTPS proxy that does the same. */
  readonly secureProxy: string
  /** The requests for leases, and all to the second server and the proxies, in their order. */
  readonly requests: SentRequest[]
  /** What each request said of who asks, discovery included. */
  readonly identities: Set<string>
  /** How many connections were opened. */
  connections: number
}

/** What is compared of a request. */
export interface SentRequest {
  readonly to: 'api' | 'elsewhere' | 'proxy'
  readonly method: string
  /** Without the query: how much is asked for at once is each program's own affair. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  /** The common name of the client certificate. */
  readonly certificate?: string
  /** The name that TLS was asked for. */
  readonly serverName?: string
}

const LEASES = /\/apis\/coordination\.k8s\.io\/v1\/.*leases/
const GROUP = 'coordination.k8s.io'
const VERSION = { groupVersion: `${GROUP}/v1`, version: 'v1' }
const GROUPS = { kind: 'APIGroupList', apiVersion: 'v1', groups: [{ name: GROUP, versions: [VERSION], preferredVersion: VERSION }] }
const RESOURCES = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: VERSION.groupVersion,
  resources: [{ name: 'leases', singularName: 'lease', namespaced: true, kind: 'Lease', verbs: ['get', 'list', 'watch'] }],
}

/** A list without leases. */
export const noLeases: RequestListener = json({
  kind: 'LeaseList',
  apiVersion: VERSION.groupVersion,
  metadata: { resourceVersion: '1' },
  items: [],
})

/** Makes a world for a case; it ends with the test. */
export async function createWorld(parityCase: ParityCase): Promise<World> {
  const home = await folderWith()
  const urls = { api: '', elsewhere: '', proxy: '', secureProxy: '' }
  const world = { home, ...urls, requests: [] as SentRequest[], identities: new Set<string>(), connections: 0 }

  let answer: RequestListener = noLeases
  const api: RequestListener = (request, response) => {
    const sent = sentRequest('api', request)
    world.identities.add(JSON.stringify([sent.headers, sent.certificate]))
    if (!LEASES.test(sent.path)) return discovery(request, response)
    world.requests.push(sent)
    answer(request, response)
  }
  let answerElsewhere: RequestListener = noLeases
  const elsewhere: RequestListener = (request, response) => {
    world.requests.push(sentRequest('elsewhere', request))
    answerElsewhere(request, response)
  }
  const tls = parityCase.tls === null ? undefined : { ...MUTUAL, ...(parityCase.tls ?? { certificate: 'server' }) }
  const servers = [await startServer(api, tls), await startServer(elsewhere, { ...MUTUAL, certificate: 'server' })] as const
  const noConnect: RequestListener = (request, response) => {
    world.requests.push(sentRequest('proxy', request))
    response.writeHead(400).end()
  }
  const proxyTls = { ...MUTUAL, certificate: parityCase.proxyCertificate ?? 'server' }
  const proxies = [await startServer(noConnect), await startServer(noConnect, proxyTls)] as const
  for (const { server } of proxies) {
    server.on('connect', (request: IncomingMessage, client: Duplex) => {
      world.requests.push(sentRequest('proxy', request))
      tunnel(request, client)
    })
  }
  for (const { server } of [...servers, ...proxies]) server.on('connection', () => (world.connections += 1))
  world.api = servers[0].url
  world.elsewhere = servers[1].url
  world.proxy = proxies[0].url
  world.secureProxy = proxies[1].url
  if (parityCase.answer) answer = parityCase.answer(world)
  if (parityCase.elsewhere) answerElsewhere = parityCase.elsewhere(world)

  await writeFiles(world, parityCase)
  return world
}

/** A client certificate is asked for, and none is refused. */
const MUTUAL = { requestCert: true, rejectUnauthorized: false, ca: [readFixture('authority.pem')] }

const COMPARED = /^((proxy-)?authorization$|impersonate-)/

function sentRequest(to: SentRequest['to'], request: IncomingMessage): SentRequest {
  const names = Object.keys(request.headers).filter((name) => COMPARED.test(name))
  const { socket } = request
  const peer = socket instanceof TLSSocket ? (socket.getPeerCertificate() as Partial<DetailedPeerCertificate>) : {}
  const serverName = socket instanceof TLSSocket && (socket as TLSSocket & { servername?: string | false }).servername
  return {
    to,
    method: request.method ?? '',
    path: (request.url ?? '').replace(/\?.*/, ''),
    headers: Object.fromEntries(names.sort().map((name) => [name, request.headersDistinct[name] ?? []])),
    ...(peer.subject && { certificate: String(peer.subject.CN) }),
    ...(serverName && { serverName }),
  }
}

/** Answers a CONNECT. */
function tunnel({ url = '' }: IncomingMessage, client: Duplex): void {
  const server = connect(Number(url.split(':').at(-1)), '127.0.0.1', () => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n')
    server.pipe(client).pipe(server)
  })
  server.on('error', () => client.destroy())
  client.on('error', () => server.destroy())
}

/** What kubectl asks before it lists, where its cache has nothing. */
const discovery: RequestListener = (request, response) => {
  const path = (request.url ?? '').replace(/\?.*/, '')
  const known: Readonly<Record<string, unknown>> = {
    api: { kind: 'APIVersions', versions: [] },
    apis: GROUPS,
    [`apis/${GROUP}/v1`]: RESOURCES,
  }
  const found = Object.keys(known).find((end) => path.endsWith(`/${end}`))
  json(found ? known[found] : {}, found ? 200 : 404)(request, response)
}

async function writeFiles(world: World, { config, cluster, user, files, plugin }: ParityCase): Promise<void> {
  const entry = {
    server: world.api,
    ...(world.api.startsWith('https:') && { 'certificate-authority-data': base64Fixture('authority.pem') }),
    ...inWorld(cluster ?? {}, world),
  }
  const text = config === undefined ? kubeconfigText(entry, inWorld(user ?? { token: 'abc' }, world)) : config && inWorld(config, world)
  // What kubectl has found out about a server it keeps; with that, it sends nothing but what is compared.
  const kept = [world.api, world.elsewhere].flatMap((url) =>
    ['127.0.0.1', 'localhost', 'api.example.com'].map((host) => `.kube/cache/discovery/${host}_${new URL(url).port}`),
  )
  const all = {
    ...(text !== null && { '.kube/config': text }),
    ...Object.fromEntries(kept.map((folder) => [`${folder}/servergroups.json`, JSON.stringify(GROUPS)])),
    ...Object.fromEntries(kept.map((folder) => [`${folder}/${GROUP}/v1/serverresources.json`, JSON.stringify(RESOURCES)])),
    ...(plugin !== undefined && { login: `${NOTE_RUN}\n${plugin}\n` }),
    ...inWorld(files ?? {}, world),
  }
  for (const [name, content] of Object.entries(all)) {
    const path = join(world.home, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
  }
  if (plugin !== undefined) await chmod(join(world.home, 'login'), 0o755)
}

/** Notes what a plugin was run with: a line for what it is told, one for a variable, and one for each argument. */
const NOTE_RUN = `#!/bin/sh
printf '%s\\n' "$(echo "$KUBERNETES_EXEC_INFO")" "\${PROBE-}" "$@" END >> "$HOME/runs"
run=$(grep -cx END "$HOME/runs")`
