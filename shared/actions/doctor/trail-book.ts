import { electionKey, observe, type Election, type Observation } from '../../lease/index.ts'
import type { Clock } from '../../time/index.ts'
import { withSighting, type Trail } from './trail.ts'

interface Page {
  readonly election: Election
  readonly observation: Observation
  readonly trail: Trail
  readonly breaks: number
}

/** Keeps the trails of all elections that are observed. */
export class TrailBook {
  readonly #clock: Clock
  readonly #pages = new Map<string, Page>()
  #breaks = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** In the order in which they were first seen. */
  get elections(): readonly Election[] {
    return [...this.#pages.values()].map(({ election }) => election)
  }

  /** Takes what has just been seen. */
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

  /** Says that changes may have been missed until now. */
  markBreak(): void {
    this.#breaks += 1
  }

  trailOf(election: Election): Trail {
    return this.#pages.get(electionKey(election))?.trail ?? []
  }

  /** Null where it was not seen. */
  observationOf(election: Election): Observation | null {
    return this.#pages.get(electionKey(election))?.observation ?? null
  }
}
