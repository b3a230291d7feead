import type { ApiClient, ApiRequest, ApiStream } from '../../shared/cluster/client.ts'
import type { FakeClock } from '../../shared/time/fake-clock.ts'
import { fail, FakeWatch, listBody } from '../support/fake-client.ts'

/** One state of a lease, as somebody wrote it. */
export interface Written {
  readonly name: string
  /** Null: it is deleted. */
  readonly holder: string | null
  readonly transitions: number
  readonly renewTime: string
  readonly uid: string
  readonly version: number
}

interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly written: Written
}

/** What is wrong with what stands between a watcher and the API server. */
export type Trouble = 'held' | 'down' | 'hung' | 'web page' | 'overloaded' | 'bad gateway' | 'errors in watches' | 'old lists'

/** Leases in an etcd, and all that ever was true of them. */
export class Truth {
  readonly leases = new Map<string, Written>()
  version = 100
  readonly history: Change[] = []
  compactedUpTo = 0
  readonly listeners = new Set<(change: Change) => void>()
  /** Every state that each lease was in, in order. */
  readonly states = new Map<string, Written[]>()
  /** From when until when each record stood, by its renewTime. */
  readonly stood = new Map<string, { readonly fromMs: number; untilMs: number }>()
  readonly #clock: FakeClock
  #writes = 0
  readonly #backups: { leases: Map<string, Written>; version: number }[] = []

  constructor(clock: FakeClock) {
    this.#clock = clock
  }

  write(name: string, holder: string): void {
    const before = this.leases.get(name)
    const transitions = (before?.transitions ?? 0) + (before && holder !== '' && before.holder !== holder ? 1 : 0)
    const renewTime = `2026-01-01T00:00:00.${String(++this.#writes).padStart(6, '0')}Z`
    const written = { name, holder, transitions, renewTime, uid: before?.uid ?? `uid-${this.#writes}`, version: ++this.version }
    this.leases.set(name, written)
    this.#changed({ type: before ? 'MODIFIED' : 'ADDED', written }, before)
  }

  delete(name: string): void {
    const before = this.leases.get(name)
    if (!before || !this.leases.delete(name)) return
    this.#changed({ type: 'DELETED', written: { ...before, holder: null, version: ++this.version } }, before)
  }

  backUp(): void {
    this.#backups.push({ leases: new Map(this.leases), version: this.version })
  }

  /** An etcd is put back to an older state: versions go back, and its past is not known. */
  restore(): void {
    const backup = this.#backups.pop()
    if (!backup) return
    for (const [name, before] of this.leases) {
      const after = backup.leases.get(name)
      if (after?.renewTime !== before.renewTime) this.#note(after ?? { ...before, holder: null }, before)
    }
    for (const [name, after] of backup.leases) if (!this.leases.has(name)) this.#note(after, undefined)
    this.leases.clear()
    for (const [name, written] of backup.leases) this.leases.set(name, written)
    this.version = backup.version
    this.history.length = 0
    this.compactedUpTo = backup.version
  }

  #changed(change: Change, before: Written | undefined): void {
    this.history.push(change)
    this.#note(change.written, before)
    for (const listener of this.listeners) listener(change)
  }

  #note(written: Written, before: Written | undefined): void {
    const nowMs = this.#clock.monotonicMs()
    const stood = before && this.stood.get(before.renewTime)
    if (stood) stood.untilMs = nowMs
    this.states.set(written.name, [...(this.states.get(written.name) ?? []), written])
    const again = this.stood.get(written.renewTime)
    if (again) again.untilMs = Number.POSITIVE_INFINITY
    else if (written.holder !== null) this.stood.set(written.renewTime, { fromMs: nowMs, untilMs: Number.POSITIVE_INFINITY })
  }
}

/** A connection to that etcd's API server, through something that can go wrong in many ways at once. */
export class Gateway implements ApiClient {
  readonly server = 'https://gateway.example'
  readonly contextName = null
  readonly namespace = 'ns'
  readonly knownNamespaces = []
  readonly troubles = new Set<Trouble>()
  readonly #truth: Truth
  readonly #clock: FakeClock
  readonly #delayMs: () => number
  readonly #streams = new Set<{ readonly watch: FakeWatch; readonly held: object[]; unsubscribe(): void }>()
  #lastList: { body: unknown } | null = null

  constructor(truth: Truth, clock: FakeClock, delayMs: () => number) {
    this.#truth = truth
    this.#clock = clock
    this.#delayMs = delayMs
  }

  async request<T>(request: ApiRequest): Promise<T> {
    return (await this.#list(request)).body as T
  }

  async stream(request: ApiRequest): Promise<ApiStream> {
    const watch = new FakeWatch()
    if (request.query?.['watch']) {
      await this.#pass(request)
      this.#serve(Number(request.query['resourceVersion']), watch)
    } else {
      watch.sendText(JSON.stringify((await this.#list(request)).body))
      watch.end()
    }
    return watch
  }

  close(): void {}

  /** Lets go what was held back, or the first of it. */
  flush(most = Number.POSITIVE_INFINITY): void {
    for (const { watch, held } of this.#streams) if (held.length > 0) watch.send(...held.splice(0, most))
  }

  /** Breaks all watches; or forgets them, so that they stay open and say nothing. */
  cut(how: 'broken' | 'ended' | 'silent'): void {
    for (const stream of this.#streams) {
      stream.unsubscribe()
      if (how === 'broken') stream.watch.break()
      if (how === 'ended') stream.watch.end()
    }
    this.#streams.clear()
  }

  async #list(request: ApiRequest): Promise<{ body: unknown }> {
    await this.#pass(request)
    const { leases, version } = this.#truth
    const asked = request.query?.['resourceVersion']
    if (Number(asked ?? 0) > version) throw fail('timeout', { status: 504 })
    const answer = listBody(String(version), [...leases.values()].map(objectOf))
    const isOld = this.troubles.has('old lists') && request.query?.['resourceVersionMatch'] !== undefined
    const told = (isOld ? this.#lastList : null) ?? answer
    this.#lastList ??= answer
    await this.#clock.sleep(this.#delayMs(), request.signal)
    return told
  }

  /** Half of the way to the server, if the request comes through. */
  async #pass({ signal, timeoutMs = 10_000 }: ApiRequest): Promise<void> {
    signal?.throwIfAborted()
    await this.#clock.sleep(this.#delayMs(), signal)
    if (this.troubles.has('hung')) {
      await this.#clock.sleep(timeoutMs || 30_000, signal)
      throw fail('timeout')
    }
    if (this.troubles.has('down')) throw fail('unreachable')
    if (this.troubles.has('web page')) throw fail('protocol')
    if (this.troubles.has('overloaded')) throw fail('tooManyRequests', { retryAfterMs: 1_000 })
    if (this.troubles.has('bad gateway')) throw fail('server', { status: 502 })
  }

  #serve(from: number, watch: FakeWatch): void {
    const { history, compactedUpTo, version, listeners } = this.#truth
    if (this.troubles.has('errors in watches')) return watch.send(errorEvent(500))
    if (from < compactedUpTo) return watch.send(errorEvent(410))
    // What is to come is waited for, or refused: servers do either.
    if (from > version && from % 2 === 0) return watch.send(errorEvent(504))
    const held: object[] = []
    const send = ({ type, written }: Change): void => {
      const event = { type, object: objectOf(written) }
      if (this.troubles.has('held') || held.length > 0) held.push(event)
      else watch.send(event)
    }
    for (const change of history) if (change.written.version > from) send(change)
    listeners.add(send)
    this.#streams.add({ watch, held, unsubscribe: () => listeners.delete(send) })
  }
}

function objectOf({ name, holder, transitions, renewTime, uid, version }: Written): object {
  return {
    metadata: { namespace: 'ns', name, uid, resourceVersion: String(version) },
    spec: { holderIdentity: holder ?? '', leaseDurationSeconds: 15, leaseTransitions: transitions, renewTime },
  }
}

const errorEvent = (code: number): object => ({ type: 'ERROR', object: { kind: 'Status', code, message: 'sorry' } })
