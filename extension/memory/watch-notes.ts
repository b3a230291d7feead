import type { ElectionStore, StoredElection } from '../../shared/cluster/list-watch/store.ts'
import { electionKey, type ElectionRef } from '../../shared/lease/election-ref.ts'
import { isBlocking } from '../../shared/lease/placeholder.ts'
import { leaseDurationMs } from '../../shared/lease/record.ts'
import type { Election } from '../../shared/lease/election.ts'
import type { ElectionEvent } from '../../shared/lease/event.ts'
import type { Clock } from '../../shared/time/clock.ts'
import type { KnownState, MemoryLine } from './lines.ts'

type Noted<Line> = Line extends { readonly watch: number } ? Omit<Line, 'watch' | 'atMs'> & { readonly atMs?: number } : never

/** A line without the watch that it is of. Default time: now. */
export type Note = Noted<MemoryLine>

/** What missed changes need to arrive after an interruption. Until then, the time of a change is not known. */
const SETTLING_MS = 1_000

/** Notes what a store observes of the leadership of its elections, for the memory. Renewals in time are not noted. */
export class WatchNotes {
  readonly #store: ElectionStore
  readonly #clock: Clock
  readonly #of: { readonly context: string; readonly server: string }
  readonly #write: (note: Note) => void
  /** What was written of each election. */
  readonly #written = new Map<string, string>()
  /** When each late lease was last renewed before that, in monotonic milliseconds. */
  readonly #lateSinceMs = new Map<string, number>()
  #isWatched = false
  #watchedFromMs = 0

  constructor(store: ElectionStore, clock: Clock, of: { readonly context: string; readonly server: string }, write: (note: Note) => void) {
    this.#store = store
    this.#clock = clock
    this.#of = of
    this.#write = write
  }

  /** Begins with all that the store has; it is complete. @returns what ends this. */
  start(): () => void {
    this.restart()
    const offs = [
      this.#store.onReading((stored) => this.#read(stored)),
      this.#store.onEvent((event) => this.#event(event)),
      this.#store.onViewChange(({ connected, staleSinceMs }) => {
        if (connected) this.#watched(SETTLING_MS)
        else this.#unwatched(staleSinceMs)
      }),
    ]
    return () => {
      for (const off of offs) off()
      this.#unwatched(null)
    }
  }

  /** Writes all states again: in a new file, nothing is known from before. */
  restart(): void {
    this.#written.clear()
    this.#isWatched = false
    for (const stored of this.#store) {
      const { state, basis } = this.#store.statusOf(stored)
      this.#note(stored.key, stored.election, state === 'expired' && basis === 'observed' ? 'expired' : kindOf(stored.election))
    }
    if (this.#store.view.connected) this.#watched(0)
  }

  /** Notes that everything is still watched, if so. */
  alive(): void {
    if (this.#isWatched && this.#clock.monotonicMs() >= this.#watchedFromMs) this.#write({ type: 'alive' })
  }

  #watched(settlingMs: number): void {
    if (this.#isWatched) return
    this.#isWatched = true
    this.#watchedFromMs = this.#clock.monotonicMs() + settlingMs
    this.#write({ type: 'watched', atMs: this.#clock.wallMs() + settlingMs, ...this.#of })
  }

  #unwatched(sinceMs: number | null): void {
    if (!this.#isWatched) return
    this.#isWatched = false
    this.#lateSinceMs.clear()
    const agoMs = sinceMs === null ? 0 : this.#clock.monotonicMs() - sinceMs
    this.#write({ type: 'unwatched', atMs: this.#clock.wallMs() - agoMs })
  }

  /** Notes what a record says by itself. That a term begins or goes on is noted with the event. */
  #read({ key, election }: StoredElection): void {
    const { holderIdentity } = election.record
    if (holderIdentity === '') this.#note(key, election, 'free')
    else if (isBlocking(holderIdentity)) this.#note(key, election, 'blocked')
  }

  #event({ type, election, status, unseenTransitions }: ElectionEvent): void {
    const key = electionKey(election)
    const lateSinceMs = this.#lateSinceMs.get(key)
    if (type !== 'late' && type !== 'expired') this.#lateSinceMs.delete(key)
    switch (type) {
      case 'added':
        this.#note(key, election, kindOf(election))
        break
      case 'acquired':
        this.#written.delete(key)
        this.#note(key, election, 'led', { isNewTerm: true, ...(unseenTransitions !== undefined && { unseenTransitions }) })
        break
      case 'renewed':
        if (lateSinceMs !== undefined) this.#write({ type: 'late', election: refOf(election), intervalMs: Math.round(this.#clock.monotonicMs() - lateSinceMs) })
        this.#note(key, election, 'led')
        break
      case 'late':
        if (status.unchangedForMs !== null) this.#lateSinceMs.set(key, this.#clock.monotonicMs() - status.unchangedForMs)
        break
      case 'expired':
        this.#note(key, election, 'expired')
        break
      case 'deleted':
        this.#note(key, election, 'absent')
        break
      case 'released':
      case 'recovered':
        break
    }
  }

  #note(key: string, election: Election, kind: KnownState['kind'], term: Pick<KnownState, 'isNewTerm' | 'unseenTransitions'> = {}): void {
    const holderIdentity = kind === 'free' || kind === 'absent' ? '' : election.record.holderIdentity
    const written = `${kind} ${holderIdentity}`
    if (this.#written.get(key) === written) return
    this.#written.set(key, written)
    this.#write({
      type: 'state',
      election: refOf(election),
      kind,
      holderIdentity,
      leaseDurationMs: leaseDurationMs(election.record),
      ...term,
    })
  }
}

function kindOf({ record: { holderIdentity } }: Election): KnownState['kind'] {
  if (holderIdentity === '') return 'free'
  return isBlocking(holderIdentity) ? 'blocked' : 'led'
}

function refOf({ lock, namespace, name }: Election): ElectionRef {
  return { lock, namespace, name }
}
