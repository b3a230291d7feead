import type { ApiClient } from '../cluster/client.ts'
import { watchElections } from '../cluster/elections/election-watch.ts'
import { electionOrNull } from '../cluster/elections/refusal.ts'
import { ClusterError } from '../cluster/errors.ts'
import { findLeaderPod } from '../actions/leader-pod.ts'
import { electionKey, isPlaceholder, type ElectionRef } from '../lease/index.ts'
import type { Clock } from '../time/index.ts'

/** A Pod's name may be found only after its lease was written, since the two are read apart. */
const RETRY_MS = 1_000
const MOST_TRIES = 30

/**
 * The Pod of an election's leader, by observation: known once the holder was observed acquiring or renewing the lease, and no
 * more once the lease is released, blocked or observed expired. A Pod that only follows from a guess does not count.
 */
export class LeaderTarget {
  /** Null if there is no leader, or its Pod is not known for sure. */
  pod: string | null = null
  readonly #client: ApiClient
  readonly #clock: Clock
  readonly #ref: ElectionRef
  readonly #onUnknown: (identity: string, because: string) => void
  #holder = ''
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

  /**
   * Follows the election until the signal is aborted.
   * @throws ClusterError if it cannot be watched
   */
  async follow(signal: AbortSignal): Promise<void> {
    const { lock, namespace, name } = this.#ref
    const feed = watchElections(this.#client, this.#clock, { namespaces: [namespace], locks: [lock], names: [name] }, signal)
    const { store } = feed
    const key = electionKey(this.#ref)
    const look = (): void => {
      const stored = store.get(key)
      if (!stored) return this.#led('', signal)
      const { state, basis } = store.statusOf(stored)
      const { holderIdentity } = stored.election.record
      if (state === 'released' || isPlaceholder(holderIdentity) || (state === 'expired' && basis === 'observed')) this.#led('', signal)
      else if (stored.observation.hasSeenChange && state !== 'unknown') this.#led(holderIdentity, signal)
    }
    store.onReading(look)
    store.onEvent(look)
    try {
      await feed.ready
      await feed.ended
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  #led(identity: string, signal: AbortSignal): void {
    if (identity === this.#holder) return
    this.#holder = identity
    this.#set(null)
    if (identity !== '') void this.#find(identity, signal).catch(() => undefined)
  }

  async #find(identity: string, signal: AbortSignal): Promise<void> {
    let because = ''
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const found = await this.#lookUp(signal)
      if (this.#holder !== identity) return
      if (found.pod !== null) {
        this.#set(found.pod)
        return
      }
      if (found.because !== because) this.#onUnknown(identity, found.because)
      because = found.because
      await this.#clock.sleep(RETRY_MS, signal)
      if (this.#holder !== identity) return
    }
  }

  async #lookUp(signal: AbortSignal): Promise<{ readonly pod: string | null; readonly because: string }> {
    try {
      const election = await electionOrNull(this.#client, this.#ref.lock, this.#ref, signal)
      if (!election || election.record.holderIdentity !== this.#holder) return { pod: null, because: 'leadership is changing' }
      const found = await findLeaderPod(this.#client, this.#clock, election, signal)
      if (found.name === null) return { pod: null, because: found.because }
      if (found.confidence !== 'exact') return { pod: null, because: `its Pod would be a guess: ${found.because}` }
      if (found.namespace !== this.#ref.namespace) return { pod: null, because: `its Pod is in namespace ${found.namespace}` }
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
