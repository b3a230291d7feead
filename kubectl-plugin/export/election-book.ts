import type { ElectionStore, StoredElection } from '../../shared/cluster/list-watch/store.ts'
import { electionKey, type ElectionRef } from '../../shared/lease/election-ref.ts'
import { leaderOf } from '../../shared/lease/placeholder.ts'
import { leaseDurationMs } from '../../shared/lease/record.ts'
import type { ElectionEvent } from '../../shared/lease/event.ts'
import type { Status } from '../../shared/lease/status.ts'
import type { Clock } from '../../shared/time/clock.ts'

/**
 * The state of an election as one number, from harmless to severe, so that the maximum over several exporters is what the
 * one that knows most says. Nothing but observation counts: what only the record's timestamps say is `unknown`.
 */
export const EXPORTED_STATES = {
  /** It has no valid lease duration, or was not observed for long enough. */
  unknown: 0,
  held: 1,
  late: 2,
  /** A failover blocks it. */
  blocked: 3,
  /** It was released, or it had expired before this process first saw it. */
  free: 4,
  /** Its holder was observed renewing it, and then no more for the whole lease duration. */
  expired: 5,
} as const

/** One election as it is exported now. Durations in milliseconds; null is not exported. */
export interface ElectionReading {
  readonly key: string
  readonly ref: ElectionRef
  readonly state: keyof typeof EXPORTED_STATES
  /** How long there has been no leader; 0 while there is one; null if that is not known. */
  readonly leaderlessMs: number | null
  /** How long a failover, or a block for maintenance, has blocked the lease; 0 while it is not blocked. */
  readonly blockedMs: number
  /** That of the last leader, which a release does not change. */
  readonly leaseDurationMs: number | null
  readonly transitions: number
  readonly lateRenewals: number
}

interface Entry {
  transitions: number
  lateRenewals: number
  leaseDurationMs: number | null
  hasSeenLeader: boolean
  notLedSinceMs: number | null
  blockedSinceMs: number | null
}

/**
 * Keeps what is counted and timed for each election of a store, by what this process observes on its own clock. It forgets an
 * election when the store does, so it never grows beyond the elections that exist.
 */
export class ElectionBook {
  readonly #clock: Clock
  readonly #entries = new Map<string, Entry>()
  #store: ElectionStore | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Follows a store from its first reading on, instead of the one before. */
  follow(store: ElectionStore): void {
    this.#store = store
    this.#entries.clear()
    store.onReading((stored) => this.#read(stored))
    store.onEvent((event) => this.#count(event))
  }

  /** The elections as they are now; none while the view is not current. Leases that are not leader elections are left out. */
  *readings(): Generator<ElectionReading> {
    const store = this.#store
    if (!store?.view.connected) return
    const now = { monotonicMs: this.#clock.monotonicMs(), wallMs: this.#clock.wallMs() }
    for (const stored of store) {
      const entry = this.#entries.get(stored.key)
      if (entry) yield readingOf(stored, entry, store.statusOf(stored, now), now.monotonicMs)
    }
  }

  #read({ key, election, observation }: StoredElection): void {
    if (election.category !== 'election') return
    const { record } = election
    const entry = this.#entries.get(key) ?? newEntry()
    this.#entries.set(key, entry)
    if (leaderOf(record) === '') {
      entry.notLedSinceMs ??= observation.changedAtMs
      entry.blockedSinceMs = record.holderIdentity === '' ? null : (entry.blockedSinceMs ?? observation.changedAtMs)
      return
    }
    entry.blockedSinceMs = null
    entry.leaseDurationMs = leaseDurationMs(record)
    // The first reading of a record may be of a holder that is long gone.
    if (!observation.hasSeenChange) return
    entry.hasSeenLeader = true
    entry.notLedSinceMs = null
  }

  #count({ type, election, unseenTransitions = 0 }: ElectionEvent): void {
    const key = electionKey(election)
    const entry = this.#entries.get(key)
    if (!entry) return
    if (type === 'deleted') this.#entries.delete(key)
    entry.transitions += unseenTransitions + (type === 'acquired' ? 1 : 0)
    if (type === 'recovered') entry.lateRenewals++
  }
}

function newEntry(): Entry {
  return { transitions: 0, lateRenewals: 0, leaseDurationMs: null, hasSeenLeader: false, notLedSinceMs: null, blockedSinceMs: null }
}

function readingOf({ key, election, observation }: StoredElection, entry: Entry, status: Status, nowMs: number): ElectionReading {
  const state = exportedState(status, entry)
  // From here on it counts, also if a failover then blocks the lease.
  if (status.state === 'expired' && state !== 'unknown') entry.notLedSinceMs ??= observation.changedAtMs + (leaseDurationMs(observation.record) ?? 0)
  const { transitions, lateRenewals, notLedSinceMs, blockedSinceMs } = entry
  return {
    key,
    ref: election,
    state,
    leaderlessMs: state === 'unknown' ? null : state === 'held' || state === 'late' ? 0 : nowMs - notLedSinceMs!,
    blockedMs: blockedSinceMs === null ? 0 : nowMs - blockedSinceMs,
    leaseDurationMs: entry.leaseDurationMs,
    transitions,
    lateRenewals,
  }
}

function exportedState({ state, basis }: Status, { hasSeenLeader }: Entry): ElectionReading['state'] {
  // That a record has no holder is a fact, whoever's clock.
  if (state === 'released') return 'free'
  if (basis === 'recorded' && state !== 'blocked') return 'unknown'
  if (state === 'expired') return hasSeenLeader ? 'expired' : 'free'
  return state
}
