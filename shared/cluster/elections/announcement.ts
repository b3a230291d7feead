import type { Clock } from '../../time/clock.ts'
import type { EventRecorder } from './event-recorder.ts'
import { CANDIDATE, leftElection, runsAsCandidate } from './leadership-events.ts'

/**
 * How long to wait with the announcement; milliseconds. The kubelet tells the start of a container in whole seconds, and an
 * Event counts only if it is from a later second.
 */
const DELAY_MS = 1_100

/**
 * Announces a standby once, with an Event, so that leadership can be handed over to it: a lease does not record standbys. A
 * candidate that leads is known from the Event about that.
 */
export class Announcement {
  readonly #recorder: EventRecorder
  readonly #clock: Clock
  readonly #identity: string
  readonly #left = new AbortController()
  #isDue = true
  /** Whether an Event tells of this candidate: its announcement, or the one about its first term. */
  #isTold = false

  constructor(recorder: EventRecorder, clock: Clock, identity: string) {
    this.#recorder = recorder
    this.#clock = clock
    this.#identity = identity
  }

  /** To be called when the candidate learns who leads: then the object of the election exists, which the Event is about. */
  leaderIs(leader: string): void {
    if (leader === this.#identity) this.#isTold = true
    if (!this.#isDue || leader === '') return
    this.#isDue = false
    if (leader === this.#identity) return
    this.#clock.sleep(DELAY_MS, this.#left.signal).then(
      () => {
        this.#isTold = true
        this.#recorder.record(CANDIDATE, runsAsCandidate(this.#identity))
      },
      () => undefined,
    )
  }

  /** To be called when the candidate leaves the election. */
  leave(): void {
    this.#left.abort()
    if (this.#isTold) this.#recorder.record(CANDIDATE, leftElection(this.#identity))
    this.#isTold = false
  }
}
