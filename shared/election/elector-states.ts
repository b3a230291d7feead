import type { Leadership } from './leadership.ts'
import type { StopReason } from './machine/protocol.ts'

/** What a candidate knows of the election at one moment. */
export interface ElectorState {
  /** Whether this candidate is the leader, and its work may go on. */
  readonly isLeader: boolean
  /** The last known holder; empty if none is known. */
  readonly leader: string
  /** Null unless this candidate is the leader. */
  readonly fencingToken: string | null
}

/** The states of an elector, one after the other. */
export class ElectorStates {
  #state: ElectorState = { isLeader: false, leader: '', fencingToken: null }
  #leadership: Leadership | null = null
  #changed = Promise.withResolvers<undefined>()

  get current(): ElectorState {
    return this.#state
  }

  /** The current term, until it must end. */
  get leadership(): Leadership | null {
    return this.#leadership
  }

  /** Resolves at the next change. */
  get changed(): Promise<unknown> {
    return this.#changed.promise
  }

  leads(leadership: Leadership): void {
    this.#leadership = leadership
    this.#set({ ...this.#state, isLeader: true, fencingToken: leadership.fencingToken })
    const end = (): void => {
      if (this.#leadership === leadership) this.stopped()
    }
    leadership.signal.addEventListener('abort', end, { once: true })
    if (leadership.signal.aborted) end()
  }

  stopped(): void {
    if (!this.#leadership) return
    this.#leadership = null
    this.#set({ ...this.#state, isLeader: false, fencingToken: null })
  }

  leaderIs(leader: string): void {
    this.#set({ ...this.#state, leader })
  }

  #set(state: ElectorState): void {
    this.#state = state
    this.#changed.resolve(undefined)
    this.#changed = Promise.withResolvers()
  }
}

/**
 * An elector that runs, from `LeaderElector.start`. Iterating over it yields its state at once, and then after each change,
 * until it has left the election; then the iteration ends, or rejects with what ended the run. A state that was outdated
 * before it was asked for is left out.
 */
export class RunningElector implements AsyncIterable<ElectorState>, AsyncDisposable {
  /** Resolves when this candidate becomes the leader for the first time. Rejects if it leaves before that. */
  readonly leading: Promise<Leadership>
  /** As {@link LeaderElector.run}: why the last term ended, or null. */
  readonly ended: Promise<StopReason | null>
  readonly #states: ElectorStates
  readonly #stop = new AbortController()
  #isOver = false

  constructor(states: ElectorStates, run: (signal: AbortSignal) => Promise<StopReason | null>) {
    this.#states = states
    this.ended = run(this.#stop.signal).finally(() => (this.#isOver = true))
    this.leading = this.#firstTerm()
    // Callers that do not wait for one of these learn of a failure from the others.
    this.ended.catch(() => undefined)
    this.leading.catch(() => undefined)
  }

  get state(): ElectorState {
    return this.#states.current
  }

  /** Ends the work, releases the lease, and leaves the election. Resolves as `ended`. */
  stop(): Promise<StopReason | null> {
    this.#stop.abort()
    return this.ended
  }

  async *[Symbol.asyncIterator](): AsyncIterator<ElectorState> {
    let told: ElectorState | null = null
    while (!this.#isOver) {
      const { current, changed } = this.#states
      if (current !== told) yield (told = current)
      else await Promise.race([changed, this.ended])
    }
    await this.ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #firstTerm(): Promise<Leadership> {
    while (!this.#isOver) {
      const { leadership, changed } = this.#states
      if (leadership) return leadership
      await Promise.race([changed, this.ended])
    }
    throw new Error('The candidate has left the election, and never led.')
  }
}
