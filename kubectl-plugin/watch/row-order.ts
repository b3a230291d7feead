import type { StoredElection } from '../../shared/cluster/list-watch/store.ts'
import { electionKey, type Category, type Election, type State, type Status } from '../../shared/lease/index.ts'

export const SORT_COLUMNS = ['name', 'holder', 'state', 'expires', 'transitions', 'held'] as const
export type SortColumn = (typeof SORT_COLUMNS)[number]

/** The worst first, as somebody who sorts by state wants it. */
export const STATES: readonly State[] = ['expired', 'late', 'blocked', 'released', 'unknown', 'held']

export interface Selection {
  readonly filter: string
  readonly sortColumn: SortColumn
  readonly isReversed: boolean
  readonly category: Category | 'all'
}

export interface Overview {
  /** Of what the filter lets through, in order; see `electionKey`. */
  readonly keys: readonly string[]
  /** How many of the elections that could be shown are in each state, whatever the filter. */
  readonly counts: Readonly<Record<State, number>>
  readonly total: number
  /** Leases of other categories that are left out. */
  readonly hiddenCount: number
}

/** Sorts, filters and counts. It goes through all rows, so it is not for every draw where there are thousands. */
export function overviewOf(
  rows: Iterable<StoredElection>,
  selection: Selection,
  statusOf: (row: StoredElection) => Status,
): Overview {
  const counts: Record<State, number> = { expired: 0, late: 0, blocked: 0, released: 0, unknown: 0, held: 0 }
  const wanted = selection.filter.toLowerCase()
  const shown: SortableRow[] = []
  let total = 0
  let hiddenCount = 0
  for (const row of rows) {
    if (selection.category !== 'all' && row.election.category !== selection.category) {
      hiddenCount++
      continue
    }
    const { state, expiresInMs } = statusOf(row)
    counts[state]++
    total++
    if (wanted !== '' && !isMatch(row.election, state, wanted)) continue
    shown.push({ election: row.election, rank: rankOf(row.election, state, expiresInMs, selection.sortColumn) })
  }
  const direction = selection.isReversed ? -1 : 1
  shown.sort((a, b) => direction * (compare(a.rank, b.rank) || compareNames(a.election, b.election)))
  return { keys: shown.map(({ election }) => electionKey(election)), counts, total, hiddenCount }
}

interface SortableRow {
  readonly election: Election
  readonly rank: number | string
}

function rankOf(election: Election, state: State, expiresInMs: number | null, column: SortColumn): number | string {
  switch (column) {
    case 'name':
      return 0
    case 'holder':
      return election.record.holderIdentity
    case 'state':
      return STATES.indexOf(state)
    case 'expires':
      return expiresInMs ?? Number.POSITIVE_INFINITY
    case 'transitions':
      return -election.record.leaseTransitions
    case 'held':
      // The latest first.
      return -(Date.parse(election.record.acquireTime ?? '') || 0)
  }
}

function isMatch({ namespace, name, record }: Election, state: State, wanted: string): boolean {
  return (
    `${namespace}/${name}`.toLowerCase().includes(wanted) ||
    record.holderIdentity.toLowerCase().includes(wanted) ||
    state.includes(wanted)
  )
}

function compareNames(a: Election, b: Election): number {
  return compare(a.namespace, b.namespace) || compare(a.name, b.name) || compare(a.lock, b.lock)
}

function compare<T extends number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}
