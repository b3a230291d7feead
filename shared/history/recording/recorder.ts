import type { ElectionStore } from '../../cluster/list-watch/store.ts'
import { electionKey } from '../../lease/election-ref.ts'
import type { Election } from '../../lease/election.ts'
import type { ElectionEvent } from '../../lease/event.ts'
import type { Clock } from '../../time/clock.ts'
import { RECORDING_FORMAT, RECORDING_VERSION, type RecordedElection, type RecordingLine } from './format.ts'
import { recordedElection, recordedEvent } from './recorded-election.ts'

/** What the header of a recording says of it. */
export interface RecordingOf {
  /** The same for all files of one run; different for each run. */
  readonly session: string
  readonly server: string
  readonly context: string | null
  readonly program: string
}

type Untimed<T> = T extends { readonly time: string } ? Omit<T, 'time' | 'session'> : never

/** What is written about elections between two marks, at most; a longer silence gets an `alive` mark. */
const ALIVE_MS = 1_000

/** Turns what a store observes into the lines of a recording. */
export class Recorder {
  readonly #store: ElectionStore
  readonly #clock: Clock
  readonly #of: RecordingOf
  readonly #isWanted: (election: Election) => boolean
  readonly #write: (line: string) => void
  /** A reading that waits for the events that it brings about. */
  #pending: { readonly key: string; readonly election: RecordedElection; readonly events: ReturnType<typeof recordedEvent>[] } | null = null
  #writtenAtMs: number

  /** @param write takes a line without a line break. */
  constructor(store: ElectionStore, clock: Clock, of: RecordingOf, isWanted: (election: Election) => boolean, write: (line: string) => void) {
    this.#store = store
    this.#clock = clock
    this.#of = of
    this.#isWanted = isWanted
    this.#write = write
    this.#writtenAtMs = clock.monotonicMs()
  }

  /** Starts to record. @returns what ends that. */
  start(): () => void {
    this.header()
    const offs = [
      this.#store.onReading(({ key, election }) => {
        if (!this.#isWanted(election)) return
        this.#flush()
        this.#pending = { key, election: recordedElection(election), events: [] }
        queueMicrotask(() => this.#flush())
      }),
      this.#store.onEvent((event) => this.#event(event)),
      this.#store.onViewChange(({ connected, staleSinceMs, reason }) => {
        this.#flush()
        if (connected) this.#line({ type: 'connected' })
        else if (staleSinceMs !== null) {
          const since = new Date(this.#clock.wallMs() - (this.#clock.monotonicMs() - staleSinceMs)).toISOString()
          this.#line({ type: 'disconnected', since, reason: reason ?? '' })
        }
      }),
    ]
    return () => {
      for (const off of offs) off()
      this.#flush()
      this.#line({ type: 'stopped' })
    }
  }

  /** Writes what the first line of each file says, and what is known then, so that a file can be read without the others. */
  header(): void {
    this.#flush()
    const { server, context, program } = this.#of
    this.#line({ type: 'recording', format: RECORDING_FORMAT, version: RECORDING_VERSION, server, context, program })
    for (const { election } of this.#store) {
      if (this.#isWanted(election)) this.#line({ type: 'reading', election: recordedElection(election) })
    }
    if (this.#store.view.connected) this.#line({ type: 'connected' })
  }

  /** To be called about every second: marks that nothing happened, if so. */
  alive(): void {
    this.#flush()
    if (this.#store.view.connected && this.#clock.monotonicMs() - this.#writtenAtMs >= ALIVE_MS) this.#line({ type: 'alive' })
  }

  #event(event: ElectionEvent): void {
    if (!this.#isWanted(event.election)) return
    const recorded = recordedEvent(event)
    if (this.#pending?.key === electionKey(event.election) && event.type !== 'deleted') {
      this.#pending.events.push(recorded)
      return
    }
    this.#flush()
    this.#line({ type: 'event', election: recordedElection(event.election), events: [recorded] })
  }

  #flush(): void {
    const pending = this.#pending
    if (!pending) return
    this.#pending = null
    const { election, events } = pending
    this.#line({ type: 'reading', election, ...(events.length > 0 && { events }) })
  }

  #line(line: Untimed<RecordingLine>): void {
    this.#writtenAtMs = this.#clock.monotonicMs()
    this.#write(JSON.stringify({ time: new Date(this.#clock.wallMs()).toISOString(), session: this.#of.session, ...line }))
  }
}
