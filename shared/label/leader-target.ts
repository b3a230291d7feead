import type { ApiClient } from '../cluster/client.ts'
import { watchElections } from '../cluster/elections/election-watch.ts'
import { ClusterError } from '../cluster/errors.ts'
import { findLeaderPod, findNamedPod } from '../actions/leader-pod.ts'
import { electionKey, type ElectionRef } from '../lease/election-ref.ts'
import type { Election } from '../lease/election.ts'
import { isBlocking } from '../lease/placeholder.ts'
import type { Clock } from '../time/clock.ts'

/** The first wait after a Pod was not found, and the longest: each is twice as long as the one before. */
const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 10_000

/**
 * The Pod of an election's leader, by observation: known once the holder was observed acquiring or renewing the lease, and no
 * more once the lease is released, blocked or observed expired. A Pod that only follows from a guess does not count.
 */
export class LeaderTarget {
  /** Null if there is no leader, or its Pod is not known for sure. */
  pod: string | null = null
  readonly #found = Promise.withResolvers<undefined>()
  readonly #client: ApiClient
  readonly #clock: Clock
  readonly #ref: ElectionRef
  readonly #onUnknown: (identity: string, because: string) => void
  /** The last that was observed, if it has a leader. */
  #led: Election | null = null
  #search = new AbortController()
  #wake: () => void = () => undefined

  /** @param onUnknown is told of a leader whose Pod is not known for sure, and why; not escaped */
  constructor(client: ApiClient, clock: Clock, ref: ElectionRef, onUnknown: (identity: string, because: string) => void) {
    this.#client = client
    this.#clock = clock
    this.#ref = ref
    this.#onUnknown = onUnknown
  }

  /** Calls `listener` at the next change. */
  onChange(listener: () => void): void {
    this.#wake = listener
  }

  /** Resolves once the election was seen to exist. */
  get found(): Promise<unknown> {
    return this.#found.promise
  }

  /**
   * Follows the election until the signal is aborted.
   * @param onAbsent is told if it does not exist at first
   * @throws ClusterError if it cannot be watched
   */
  async follow(signal: AbortSignal, onAbsent?: () => void): Promise<void> {
    const { lock, namespace, name } = this.#ref
    const feed = watchElections(this.#client, this.#clock, { namespaces: [namespace], locks: [lock], names: [name] }, signal)
    const { store } = feed
    const key = electionKey(this.#ref)
    const look = (): void => {
      const stored = store.get(key)
      if (!stored) return this.#observed(null, signal)
      this.#found.resolve(undefined)
      const { state, basis } = store.statusOf(stored)
      const { holderIdentity } = stored.election.record
      if (state === 'released' || isBlocking(holderIdentity) || (state === 'expired' && basis === 'observed')) this.#observed(null, signal)
      else if (stored.observation.hasSeenChange && state !== 'unknown') this.#observed(stored.election, signal)
    }
    store.onReading(look)
    store.onEvent(look)
    // After a break, what is listed is read while the view still counts as stale.
    store.onViewChange(look)
    try {
      await feed.ready
      look()
      if (!store.get(key)) onAbsent?.()
      await feed.ended
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  #observed(led: Election | null, signal: AbortSignal): void {
    const before = this.#led
    this.#led = led
    if (led?.record.holderIdentity === before?.record.holderIdentity) return
    this.#search.abort()
    this.#set(null)
    if (!led) return
    this.#search = new AbortController()
    void this.#find(AbortSignal.any([signal, this.#search.signal])).catch(() => undefined)
  }

  async #find(signal: AbortSignal): Promise<void> {
    let because = ''
    for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_RETRY_MS)) {
      const election = this.#led!
      const found = await this.#lookUp(election, signal)
      signal.throwIfAborted()
      if (found.pod !== null) {
        this.#set(found.pod)
        return
      }
      if (found.because !== because) this.#onUnknown(election.record.holderIdentity, found.because)
      because = found.because
      await this.#clock.sleep(waitMs, signal)
    }
  }

  async #lookUp(election: Election, signal: AbortSignal): Promise<{ readonly pod: string | null; readonly because: string }> {
    try {
      const named = await findNamedPod(this.#client, election, signal)
      if (named !== null) return { pod: named, because: '' }
      const found = await findLeaderPod(this.#client, this.#clock, election, signal)
      if (found.name === null) return { pod: null, because: found.because.text }
      if (found.confidence !== 'exact') return { pod: null, because: `its Pod is not known for certain: ${found.because.text}` }
      if (found.namespace !== election.namespace) return { pod: null, because: `its Pod is in namespace ${found.namespace}` }
      return { pod: found.name, because: '' }
    } catch (error) {
      if (error instanceof ClusterError) return { pod: null, because: error.message }
      throw error
    }
  }

  #set(pod: string | null): void {
    if (pod === this.pod) return
    this.pod = pod
    this.#wake()
  }
}
