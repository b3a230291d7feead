import { statusOf, type Election, type Moment, type Observation, type State } from '../../shared/lease/index.ts'

/** One election on the screen. Both parts are never changed, only replaced, so a copy of a list of rows is a snapshot. */
export interface Row {
  readonly key: string
  readonly election: Election
  readonly observation: Observation
}

export const SORT_COLUMNS = ['name', 'holder', 'state', 'expires', 'transitions', 'held'] as const
export type SortColumn = (typeof SORT_COLUMNS)[number]

/** The worst first, as somebody who sorts by state wants it. */
export const STATES: readonly State[] = ['expired', 'late', 'quarantined', 'released', 'unknown', 'held']

export interface Selection {
  readonly filter: string
  readonly sortColumn: SortColumn
  readonly isReversed: boolean
  readonly showsAllCategories: boolean
}

/** The moment for which states are computed, and whether the connection was lost then. */
export interface ViewMoment extends Moment {
  readonly isStale: boolean
}

export interface Overview {
  /** Of what the filter lets through, in order. */
  readonly keys: readonly string[]
  /** How many of the elections that could be shown are in each state, whatever the filter. */
  readonly counts: Readonly<Record<State, number>>
  readonly total: number
  /** Leases of other categories that are left out. */
  readonly hiddenCount: number
}

/** Sorts, filters and counts. It goes through all rows, so it is not for every draw where there are thousands. */
export function overviewOf(rows: Iterable<Row>, selection: Selection, moment: ViewMoment): Overview {
  const counts: Record<State, number> = { expired: 0, late: 0, quarantined: 0, released: 0, unknown: 0, held: 0 }
  const wanted = selection.filter.toLowerCase()
  const shown: SortableRow[] = []
  let total = 0
  let hiddenCount = 0
  for (const row of rows) {
    if (row.election.category !== 'election' && !selection.showsAllCategories) {
      hiddenCount++
      continue
    }
    const { state, expiresInMs } = statusOf(row.observation, moment, { stale: moment.isStale })
    counts[state]++
    total++
    if (wanted !== '' && !isMatch(row.election, state, wanted)) continue
    shown.push({ row, rank: rankOf(row.election, state, expiresInMs, selection.sortColumn) })
  }
  const direction = selection.isReversed ? -1 : 1
  shown.sort((a, b) => direction * (compare(a.rank, b.rank) || compareNames(a.row.election, b.row.election)))
  return { keys: shown.map(({ row }) => row.key), counts, total, hiddenCount }
}

interface SortableRow {
  readonly row: Row
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
