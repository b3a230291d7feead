import type { Election } from '../../lease/election.ts'
import type { ElectionRef } from '../../lease/election-ref.ts'
import type { Clock } from '../../time/clock.ts'
import type { ApiClient } from '../client.ts'
import { ClusterError } from '../errors.ts'
import { Retry } from '../list-watch/retry.ts'
import type { WatchListener } from '../list-watch/watcher.ts'
import { getElection } from './election-list.ts'

/** How often an election is read that may not be watched, in milliseconds. */
export const POLL_INTERVAL_MS = 1_000
const FIRST_TIMEOUT_MS = 30_000
const TIMEOUT_MS = 5_000

/**
 * Reads one election again and again with `get`, which is the only verb that it needs, and tells of it as a
 * `Watcher` does. What happens between two reads is not told, but for what the record's own count proves.
 */
export class ElectionPoller {
  readonly #client: ApiClient
  readonly #clock: Clock
  readonly #place: ElectionRef
  readonly #listener: WatchListener<Election>
  readonly #retry = new Retry(Math.random)
  #last: Election | null = null
  #hasConnected = false
  /** What was told of why the view is stale; null where it is current. */
  #stale: ClusterError | null = null
  #currentAtMs = 0
  #timeoutMs: number
  #wake: (() => void) | null = null

  /** @param options.firstTimeoutMs how long the first answer may take, in milliseconds; default 30 s */
  constructor(
    client: ApiClient,
    clock: Clock,
    place: ElectionRef,
    listener: WatchListener<Election>,
    options: { readonly firstTimeoutMs?: number } = {},
  ) {
    this.#client = client
    this.#clock = clock
    this.#place = place
    this.#listener = listener
    this.#timeoutMs = options.firstTimeoutMs ?? FIRST_TIMEOUT_MS
  }

  /** Reads until `signal` is aborted, and resolves then. Rejects with a ClusterError where the first read fails. */
  async run(signal: AbortSignal): Promise<void> {
    const isOver = (): boolean => signal.aborted
    while (!isOver()) await this.#nap(await this.#readOnce(signal), signal)
  }

  /** Asks for a proof that the view is current: it is read now. */
  prove(): void {
    this.#wake?.()
  }

  /** Returns the milliseconds to wait before the next read. */
  async #readOnce(signal: AbortSignal): Promise<number> {
    const sentAtMs = this.#clock.monotonicMs()
    try {
      const election = await this.#read(signal)
      this.#currentAtMs = sentAtMs
      this.#tell(election, sentAtMs)
      this.#retry.reset()
      return POLL_INTERVAL_MS
    } catch (error) {
      if (signal.aborted) return 0
      if (!(error instanceof ClusterError) || !this.#hasConnected) throw error
      if (this.#stale?.kind !== error.kind) this.#listener({ type: 'disconnected', error, sinceMs: this.#currentAtMs })
      this.#stale = error
      return this.#retry.delayMs(error)
    }
  }

  /** Null if the election does not exist. */
  async #read(signal: AbortSignal): Promise<Election | null> {
    const { lock, namespace, name } = this.#place
    const options = { timeoutMs: this.#timeoutMs, onCut: this.#hasConnected ? 'fail' : 'retry' } as const
    try {
      return await getElection(this.#client, lock, namespace, name, signal, options)
    } catch (error) {
      if (!(error instanceof ClusterError && error.kind === 'notFound')) throw error
      // Without a reason, an answer of 404 means that the server does not serve this kind of object.
      if (error.status !== undefined && error.reason === undefined) throw error
      return null
    } finally {
      this.#timeoutMs = TIMEOUT_MS
    }
  }

  #tell(election: Election | null, sentAtMs: number): void {
    const last = this.#last
    this.#last = election
    if (!this.#hasConnected) {
      this.#listener({ type: 'snapshot', objects: election ? [election] : [], resourceVersion: election?.resourceVersion ?? '' })
    } else if (election && election.resourceVersion !== last?.resourceVersion) {
      this.#listener({ type: 'applied', object: election })
    } else if (!election && last) {
      this.#listener({ type: 'deleted', namespace: last.namespace, name: last.name })
    }
    const wasCurrent = this.#hasConnected && !this.#stale
    this.#hasConnected = true
    this.#stale = null
    this.#listener(wasCurrent ? { type: 'current', atMs: sentAtMs } : { type: 'connected' })
  }

  async #nap(durationMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const woken = new AbortController()
    const wake = (): void => woken.abort()
    this.#wake = wake
    signal.addEventListener('abort', wake, { once: true })
    await this.#clock.sleep(durationMs, woken.signal).catch(() => undefined)
    signal.removeEventListener('abort', wake)
    this.#wake = null
  }
}
