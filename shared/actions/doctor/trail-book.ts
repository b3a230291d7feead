import { electionKey } from '../../lease/election-ref.ts'
import { observe, type Observation } from '../../lease/observation.ts'
import type { Election } from '../../lease/election.ts'
import type { Clock } from '../../time/clock.ts'
import { withSighting, type Trail } from './trail.ts'

interface Page {
  readonly election: Election
  readonly observation: Observation
  readonly trail: Trail
  readonly breaks: number
}

/** Records the trails of all observed elections. */
export class TrailBook {
  readonly #clock: Clock
  readonly #pages = new Map<string, Page>()
  #breaks = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** In the order in which they were first observed. */
  get elections(): readonly Election[] {
    return [...this.#pages.values()].map(({ election }) => election)
  }

  /** Adds an election that was just read, or reported by the watch. */
  see(election: Election): void {
    const key = electionKey(election)
    const page = this.#pages.get(key)
    const before = page?.election.uid === election.uid ? page : undefined
    const atMs = this.#clock.monotonicMs()
    const isAfterBreak = before !== undefined && before.breaks !== this.#breaks
    const sighting = { record: election.record, atMs, wallMs: this.#clock.wallMs(), isAfterBreak }
    this.#pages.set(key, {
      election,
      observation: observe(before?.observation, election.record, atMs),
      trail: withSighting(before?.trail ?? [], sighting),
      breaks: this.#breaks,
    })
  }

  remove(election: Election): void {
    this.#pages.delete(electionKey(election))
  }

  /** Marks an interruption: changes until now may have been missed. */
  markBreak(): void {
    this.#breaks += 1
  }

  trailOf(election: Election): Trail {
    return this.#pages.get(electionKey(election))?.trail ?? []
  }

  /** Null if the election was never observed. */
  observationOf(election: Election): Observation | null {
    return this.#pages.get(electionKey(election))?.observation ?? null
  }
}
