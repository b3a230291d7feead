import type { ApiClient } from '../cluster/client.ts'
import { getElection } from '../cluster/elections/election-list.ts'
import { watchElections } from '../cluster/elections/election-watch.ts'
import { ClusterError } from '../cluster/errors.ts'
import type { ElectionStore, StoredElection, ViewState } from '../cluster/list-watch/store.ts'
import { electionKey, type ElectionRef } from '../lease/election-ref.ts'
import { isSameRecord } from '../lease/record.ts'
import { statusOf, type Status } from '../lease/status.ts'
import type { Election } from '../lease/election.ts'
import type { Clock } from '../time/clock.ts'
import { dueAtMs, judge, look, type Seen, type WaitCondition } from './wait-condition.ts'

export interface WaitOptions {
  /** The maximum time to wait, in milliseconds. 0: decide by the first reading. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Called once, with a sentence, if watching is not allowed, so that the election is polled. */
  readonly onPolling?: (message: string) => void
}

/** How a wait ended, and what was observed last. */
export interface WaitOutcome {
  /** `unread`: the API server did not answer in time, so the election was never read. */
  readonly result: 'met' | 'timedOut' | 'unread'
  /** Null if there is no such object. */
  readonly election: Election | null
  readonly status: Status | null
  /** The holder at the first reading; empty if there was none. */
  readonly firstHolderIdentity: string
  /** Whether the last observation was current at that time. */
  readonly view: ViewState
}

/** How long to wait before retrying a failed confirmation. */
const CONFIRM_AGAIN_MS = 500
/** How often to look without an event, because changes of a failover's placeholder cause none. */
const LOOK_AGAIN_MS = 1000

/**
 * Waits until a condition is observed for an election, which need not exist yet.
 *
 * Rejects with a ClusterError if the first reading fails, and with the signal's reason. A later failure is retried, and
 * shows in the outcome's view.
 */
export async function waitForElection(
  client: ApiClient,
  clock: Clock,
  target: ElectionRef,
  condition: WaitCondition,
  { timeoutMs, signal, onPolling }: WaitOptions,
): Promise<WaitOutcome> {
  signal.throwIfAborted()
  const over = new AbortController()
  const onAbort = (): void => over.abort(signal.reason)
  signal.addEventListener('abort', onAbort)
  try {
    return await new Wait(client, clock, target, condition, over.signal).run(timeoutMs, onPolling)
  } finally {
    signal.removeEventListener('abort', onAbort)
    over.abort()
  }
}

/** Whether the watch is known to have missed no renewal. */
function isProven(store: ElectionStore, stored: StoredElection): boolean {
  const { state, basis } = store.statusOf(stored)
  return state === 'expired' && basis === 'observed'
}

class Wait {
  readonly #client: ApiClient
  readonly #clock: Clock
  readonly #target: ElectionRef
  readonly #condition: WaitCondition
  readonly #signal: AbortSignal
  #seen: Seen | undefined
  #wake = new AbortController()

  constructor(client: ApiClient, clock: Clock, target: ElectionRef, condition: WaitCondition, signal: AbortSignal) {
    this.#client = client
    this.#clock = clock
    this.#target = target
    this.#condition = condition
    this.#signal = signal
  }

  async run(timeoutMs: number, onPolling?: (message: string) => void): Promise<WaitOutcome> {
    const startedAtMs = this.#clock.monotonicMs()
    const { namespace, name, lock } = this.#target
    const scope = { namespaces: [namespace], names: [name], locks: [lock] }
    const feed = watchElections(this.#client, this.#clock, scope, this.#signal)
    const { store, ready } = feed
    const key = electionKey(this.#target)
    const lookNow = (): Seen => (this.#seen = look(this.#seen, store.get(key)?.observation ?? null))
    store.onEvent(() => {
      lookNow()
      this.#wake.abort()
    })
    store.onViewChange(() => this.#wake.abort())
    const outcome = (
      result: WaitOutcome['result'],
      stored: StoredElection | undefined,
      status = stored ? store.statusOf(stored) : null,
    ): WaitOutcome => ({
      result,
      election: stored?.election ?? null,
      status,
      firstHolderIdentity: this.#seen?.firstHolderIdentity ?? '',
      view: store.view,
    })

    // Even a single reading takes as long as the API server takes to answer.
    const wasRead = timeoutMs === 0 ? await ready.then(() => true) : await this.#isReadyWithin(ready, timeoutMs)
    if (!wasRead) return outcome('unread', undefined)
    for (const message of feed.polling) onPolling?.(message)

    for (;;) {
      const seen = lookNow()
      const stored = store.get(key)
      const nowMs = this.#clock.monotonicMs()
      const verdict = store.view.connected ? judge(this.#condition, seen, nowMs) : 'unmet'
      if (verdict === 'met') return outcome('met', stored)
      if (verdict === 'confirm' && (isProven(store, stored!) || (await this.#isUnchanged(stored!)))) {
        return outcome('met', stored, statusOf(stored!.observation, { monotonicMs: nowMs, wallMs: this.#clock.wallMs() }))
      }
      const leftMs = startedAtMs + timeoutMs - this.#clock.monotonicMs()
      if (leftMs <= 0) return outcome('timedOut', stored)
      const due = verdict === 'confirm' ? nowMs + CONFIRM_AGAIN_MS : dueAtMs(this.#condition, seen)
      await this.#sleep(Math.min(leftMs, LOOK_AGAIN_MS, due === null || due <= nowMs ? leftMs : due - nowMs))
    }
  }

  async #isReadyWithin(ready: Promise<void>, timeoutMs: number): Promise<boolean> {
    const timeUp = new AbortController()
    try {
      const timeout = this.#clock.sleep(timeoutMs, timeUp.signal).then(() => false)
      timeout.catch(() => {})
      return await Promise.race([ready.then(() => true), timeout])
    } finally {
      timeUp.abort()
    }
  }

  /** Whether a read now returns the last observed record. A missing object counts as free as well. */
  async #isUnchanged({ election }: StoredElection): Promise<boolean> {
    const { lock, namespace, name } = this.#target
    try {
      const now = await getElection(this.#client, lock, namespace, name, this.#signal)
      return isSameRecord(now.record, election.record)
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error
      return error.kind === 'notFound'
    }
  }

  /** Waits until the time has passed, an event arrives, or the wait is over. */
  async #sleep(durationMs: number): Promise<void> {
    this.#signal.throwIfAborted()
    this.#wake = new AbortController()
    const wake = (): void => this.#wake.abort()
    this.#signal.addEventListener('abort', wake)
    try {
      await this.#clock.sleep(durationMs, this.#wake.signal)
    } catch {
      this.#signal.throwIfAborted()
    } finally {
      this.#signal.removeEventListener('abort', wake)
    }
  }
}
