import type { RecordingLine } from '../../../shared/history/recording/format.ts'
import { electionRecorded } from '../../../shared/history/recording/recorded-election.ts'
import { electionKey, type ElectionRef } from '../../../shared/lease/election-ref.ts'
import { Timeline } from '../../../shared/lease/timeline/timeline.ts'
import type { Moment } from '../../../shared/lease/status.ts'
import type { TimelineSnapshot } from '../../../shared/lease/timeline/snapshot.ts'

/** A page must be able to show it: eleven hours of client-go's default election. */
const CAPACITY = { renewals: 20_000, spans: 5_000 }

/** Why nothing is known of a time, in the words of the reader. */
export interface GapReasons {
  readonly stopped: string
  readonly killed: string
}

/** Puts together the timeline of one election from the lines of a recording, in their order. All times are the recorder's. */
export class RecordedTimeline {
  readonly #key: string
  readonly #reasons: GapReasons
  readonly #timeline = new Timeline(CAPACITY)
  #session: string | null = null
  #hasStopped = false
  #isFound = false
  #isStarting = false
  #at: Moment = momentAt(Number.NEGATIVE_INFINITY)

  constructor(ref: ElectionRef, reasons: GapReasons) {
    this.#key = electionKey(ref)
    this.#reasons = reasons
  }

  take(line: RecordingLine): void {
    const before = this.#at
    // A clock that was set back stands still.
    this.#at = momentAt(Math.max(Date.parse(line.time), before.wallMs))
    if (line.session !== this.#session) {
      // A recorder that did not stop was killed. Until the next one is connected, nothing is known.
      if (this.#session !== null) this.#timeline.disconnected(before, this.#hasStopped ? this.#reasons.stopped : this.#reasons.killed)
      this.#session = line.session
      this.#hasStopped = false
      this.#isFound = false
      this.#isStarting = true
    }
    switch (line.type) {
      case 'reading':
        if (electionKey(line.election) !== this.#key) break
        this.#isFound = true
        this.#timeline.read(electionRecorded(line.election).record, this.#at)
        break
      case 'event':
        if (electionKey(line.election) === this.#key && line.events.some(({ type }) => type === 'deleted')) this.#timeline.deleted(this.#at)
        break
      case 'connected':
        if (this.#isStarting && !this.#isFound) this.#timeline.deleted(this.#at)
        this.#isStarting = false
        this.#timeline.connected(this.#at)
        break
      case 'disconnected':
        this.#timeline.disconnected(momentAt(Math.min(Date.parse(line.since), this.#at.wallMs)), line.reason)
        break
      case 'stopped':
        this.#hasStopped = true
        break
      case 'recording':
      case 'alive':
        break
    }
  }

  /** Everything, up to the last line. */
  snapshot(): TimelineSnapshot {
    return this.#timeline.snapshot(this.#at)
  }
}

/** One clock is enough: nothing is measured across machines. */
export function momentAt(ms: number): Moment {
  return { monotonicMs: ms, wallMs: ms }
}
