import { randomUUID } from 'node:crypto'

/** Who sends a request, as an audit log shows it. */
export interface Sender {
  readonly user: string
  readonly as?: string
  readonly pod?: { readonly name: string; readonly uid: string; readonly credential: string }
}

type Spec = Readonly<Record<string, unknown>>
interface Stored {
  readonly uid: string
  readonly version: number
  readonly spec: Spec
}

export type Level = 'Metadata' | 'Request' | 'RequestResponse'

export interface Logged {
  readonly server: number
  readonly atMs: number
  readonly event: Record<string, unknown>
}

export interface Sent {
  readonly code: number
  readonly version: number | null
  readonly spec: Spec | null
}

/** How a request is sent. */
export interface Sending {
  /** Which API server takes it. Default 0. */
  readonly server?: number
  readonly dryRun?: boolean
  /** Answers 504; whether it was written all the same. */
  readonly fails?: 'written' | 'lost'
}

/**
 * Leases behind API servers that write audit logs at level RequestResponse, on virtual time. The shape of the events is that
 * of kube-apiserver 1.20 to 1.36, as the test against a real one compares.
 */
export class AuditedCluster {
  nowMs: number
  readonly log: Logged[] = []
  readonly #clockOffsetsMs: readonly number[]
  readonly #leases = new Map<string, Stored>()
  #revision = 1000

  /** @param clockOffsetsMs how far the clock of each API server is ahead. */
  constructor(startMs: number, clockOffsetsMs: readonly number[] = [0]) {
    this.nowMs = startMs
    this.#clockOffsetsMs = clockOffsetsMs
  }

  get(name: string): Stored | undefined {
    return this.#leases.get(name)
  }

  create(by: Sender, name: string, spec: Spec, how: Sending = {}): Sent {
    const request = { kind: 'Lease', apiVersion: 'coordination.k8s.io/v1', metadata: { name, namespace: 'default' }, spec }
    if (this.#leases.has(name)) return this.#refuse(by, 'create', name, request, 409, null, how)
    return this.#write(by, 'create', name, request, { uid: randomUUID(), version: 0, spec }, 201, null, how)
  }

  /** @param version what the client read; another one than the stored one is a conflict. */
  update(by: Sender, name: string, spec: Spec, version: number, how: Sending = {}): Sent {
    const stored = this.#leases.get(name)
    const uid = stored?.uid ?? randomUUID()
    const request = { kind: 'Lease', apiVersion: 'coordination.k8s.io/v1', metadata: { name, namespace: 'default', uid, resourceVersion: String(version) }, spec }
    if (stored?.version !== version) return this.#refuse(by, 'update', name, request, 409, version, how)
    return this.#write(by, 'update', name, request, { uid, version, spec }, 200, version, how)
  }

  patch(by: Sender, name: string, body: unknown, how: Sending = {}): Sent {
    const stored = this.#leases.get(name)
    if (!stored) return this.#refuse(by, 'patch', name, body, 404, null, how)
    return this.#write(by, 'patch', name, body, { ...stored, spec: patched(stored.spec, body) }, 200, null, how)
  }

  /** The dry run of a delete is in its body, as kubectl sends it. */
  delete(by: Sender, name: string, how: Sending = {}): Sent {
    const stored = this.#leases.get(name)
    const options = { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/__internal', ...(how.dryRun && { dryRun: ['All'] }) }
    if (!stored) return this.#refuse(by, 'delete', name, options, 404, null, how)
    if (!how.dryRun && how.fails !== 'lost') this.#leases.delete(name)
    const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details: { name, kind: 'leases', uid: stored.uid } }
    const code = how.fails ? 504 : 200
    this.#note(by, 'delete', name, { code, request: options, response: how.fails ? undefined : status, replaced: null, uid: undefined, how: { ...how, dryRun: false } })
    return { code, version: null, spec: null }
  }

  deleteCollection(by: Sender, how: Sending = {}): void {
    const items = [...this.#leases].map(([name, { uid, version, spec }]) => ({ metadata: { name, namespace: 'default', uid, resourceVersion: String(version) }, spec }))
    this.#leases.clear()
    const response = { kind: 'LeaseList', apiVersion: 'coordination.k8s.io/v1', metadata: { resourceVersion: String(this.#revision) }, items }
    this.#note(by, 'deletecollection', null, { code: 200, request: { kind: 'DeleteOptions' }, response, replaced: null, uid: undefined, how })
  }

  /** The lines of one server's log at a level; a lower one holds fewer objects. */
  lines(level: Level, { server = 0, isLost = () => false }: { server?: number; isLost?: (atMs: number) => boolean } = {}): string[] {
    return this.log
      .filter((logged) => logged.server === server && !isLost(logged.atMs))
      .map(({ event }) => {
        const { requestObject, responseObject, ...metadata } = event
        const objects = level === 'RequestResponse' ? { requestObject, responseObject } : level === 'Request' ? { requestObject } : {}
        return JSON.stringify({ ...metadata, level, ...objects })
      })
  }

  #write(by: Sender, verb: string, name: string, request: unknown, next: Stored, code: number, replaced: number | null, how: Sending): Sent {
    const isWritten = !how.dryRun && how.fails !== 'lost'
    const before = this.#leases.get(name)
    const version = isWritten ? (this.#revision += 1 + (this.#revision % 3)) : next.version
    const stored = { ...next, version }
    if (isWritten) this.#leases.set(name, stored)
    const response = { kind: 'Lease', apiVersion: 'coordination.k8s.io/v1', metadata: { name, namespace: 'default', uid: stored.uid, resourceVersion: String(version) }, spec: stored.spec }
    const answered = how.fails ? 504 : code
    this.#note(by, verb, name, { code: answered, request, response: how.fails ? undefined : response, replaced, uid: verb === 'update' ? before?.uid : undefined, how })
    return { code: answered, version: how.fails ? null : version, spec: stored.spec }
  }

  #refuse(by: Sender, verb: string, name: string, request: unknown, code: number, replaced: number | null, how: Sending): Sent {
    const response = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code }
    this.#note(by, verb, name, { code, request, response, replaced, uid: undefined, how })
    return { code, version: null, spec: null }
  }

  #note(
    { user, as, pod }: Sender,
    verb: string,
    name: string | null,
    { code, request, response, replaced, uid, how }: { code: number; request: unknown; response: unknown; replaced: number | null; uid: string | undefined; how: Sending },
  ): void {
    const server = how.server ?? 0
    const atMs = this.nowMs + this.#clockOffsetsMs[server]!
    const path = `/apis/coordination.k8s.io/v1/namespaces/default/leases${name !== null && verb !== 'create' ? `/${name}` : ''}`
    const extra = pod && {
      'authentication.kubernetes.io/pod-name': [pod.name],
      'authentication.kubernetes.io/pod-uid': [pod.uid],
      'authentication.kubernetes.io/credential-id': [pod.credential],
    }
    const event = {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      auditID: randomUUID(),
      stage: 'ResponseComplete',
      requestURI: how.dryRun ? `${path}?dryRun=All&fieldManager=x` : path,
      verb,
      user: { username: user, groups: ['system:authenticated'], ...(extra && { extra }) },
      ...(as !== undefined && { impersonatedUser: { username: as, groups: ['system:authenticated'] } }),
      sourceIPs: ['127.0.0.1'],
      userAgent: 'client/v1',
      objectRef: { resource: 'leases', namespace: 'default', ...(name !== null && { name }), ...(uid !== undefined && { uid }), apiGroup: 'coordination.k8s.io', apiVersion: 'v1', ...(replaced !== null && { resourceVersion: String(replaced) }) },
      responseStatus: { metadata: {}, code },
      requestObject: request,
      responseObject: response,
      requestReceivedTimestamp: new Date(atMs - 3).toISOString().replace('Z', '250Z'),
      stageTimestamp: new Date(atMs + 2).toISOString().replace('Z', '750Z'),
    }
    const received = { ...event, stage: 'RequestReceived', stageTimestamp: event.requestReceivedTimestamp, objectRef: { ...event.objectRef, resourceVersion: undefined, uid: undefined }, responseStatus: undefined, requestObject: undefined, responseObject: undefined }
    this.log.push({ server, atMs: this.nowMs - 3, event: received }, { server, atMs: this.nowMs + 2, event })
  }
}

/** Merge patches, server-side applies and JSON patches, as far as tests send them. */
function patched(spec: Spec, body: unknown): Spec {
  if (!Array.isArray(body)) return { ...spec, ...(body as { spec?: Spec }).spec }
  let result: Record<string, unknown> = { ...spec }
  for (const { op, path, value } of body as { op: string; path: string; value?: unknown }[]) {
    const field = /^\/spec\/(\w+)$/.exec(path)?.[1]
    if (field !== undefined) result[field] = op === 'remove' ? undefined : value
    else if (path === '/spec') result = { ...(value as Spec) }
  }
  return result
}
