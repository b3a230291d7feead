import type { StoredElection } from '../../shared/cluster/list-watch/store.ts'
import type { Category } from '../../shared/lease/category.ts'
import type { Election } from '../../shared/lease/election.ts'
import type { State, Status } from '../../shared/lease/status.ts'
import { textWidths, type SortColumn, type TextWidths } from './columns.ts'

/** Worst state first, for sorting by state. */
export const STATES: readonly State[] = ['expired', 'late', 'blocked', 'released', 'unknown', 'held']

export interface Selection {
  /** Which elections were asked for; others do not exist here. */
  readonly isWanted: (election: Election) => boolean
  readonly filter: string
  readonly sortColumn: SortColumn
  readonly isReversed: boolean
  readonly category: Category | 'all'
}

export interface Overview {
  /** The keys of the elections that match the filter, in order; see `electionKey`. */
  readonly keys: readonly string[]
  /** The number of elections in each state, regardless of the filter. */
  readonly counts: Readonly<Record<State, number>>
  readonly total: number
  /** The number of leases of other categories that are hidden. */
  readonly hiddenCount: number
  /** The widths of the widest texts, regardless of the filter. */
  readonly widths: TextWidths
}

/** An election that can be shown, with what earlier calls computed for it. */
interface Row {
  stored: StoredElection
  widths: TextWidths
  rank: number | string
  /** The last call of `look` that counted it, and the last one in which it matched the filter. */
  countedIn: number
  shownIn: number
  isInOrder: boolean
}

/**
 * Sorts, filters and counts. Each call processes all rows, but computes again only what can have changed since the last
 * call. Of 50,000 elections, most have not changed, and are still in order.
 */
export class RowOrder {
  readonly #rows = new Map<string, Row>()
  #order: Row[] = []
  #keys: readonly string[] = []
  #isReversed = false
  #lookCount = 0

  look(elections: Iterable<StoredElection>, selection: Selection, statusOf: (stored: StoredElection) => Status): Overview {
    const look = ++this.#lookCount
    const counts: Record<State, number> = { expired: 0, late: 0, blocked: 0, released: 0, unknown: 0, held: 0 }
    const widths = { namespace: 0, name: 0, holder: 0 }
    const wanted = selection.filter.toLowerCase()
    let total = 0
    let shownCount = 0
    let hiddenCount = 0
    let hasMoved = selection.isReversed !== this.#isReversed
    for (const stored of elections) {
      const { election } = stored
      if (!selection.isWanted(election)) continue
      if (selection.category !== 'all' && election.category !== selection.category) {
        hiddenCount++
        continue
      }
      const { state, expiresInMs } = statusOf(stored)
      const row = this.#rowOf(stored)
      row.countedIn = look
      counts[state]++
      total++
      widths.namespace = Math.max(widths.namespace, row.widths.namespace)
      widths.name = Math.max(widths.name, row.widths.name)
      widths.holder = Math.max(widths.holder, row.widths.holder)
      if (wanted !== '' && !isMatch(election, state, wanted)) continue
      row.shownIn = look
      shownCount++
      const rank = rankOf(election, state, expiresInMs, selection.sortColumn)
      if (row.isInOrder && row.rank === rank) continue
      hasMoved = true
      row.rank = rank
      if (row.isInOrder) continue
      row.isInOrder = true
      this.#order.push(row)
    }
    if (this.#rows.size > total) this.#forgetUncounted(look)
    if (this.#order.length > shownCount) {
      this.#order = this.#order.filter((row) => (row.isInOrder = row.shownIn === look))
      hasMoved = true
    }
    if (hasMoved) this.#sort(selection.isReversed)
    return { keys: this.#keys, counts, total, hiddenCount, widths }
  }

  #rowOf(stored: StoredElection): Row {
    const row = this.#rows.get(stored.key)
    if (!row) {
      const made = { stored, widths: textWidths(stored.election), rank: 0, countedIn: 0, shownIn: 0, isInOrder: false }
      this.#rows.set(stored.key, made)
      return made
    }
    if (row.stored === stored) return row
    if (row.stored.election.record.holderIdentity !== stored.election.record.holderIdentity) row.widths = textWidths(stored.election)
    row.stored = stored
    return row
  }

  #forgetUncounted(look: number): void {
    for (const [key, { countedIn }] of this.#rows) if (countedIn !== look) this.#rows.delete(key)
  }

  #sort(isReversed: boolean): void {
    this.#isReversed = isReversed
    const direction = isReversed ? -1 : 1
    this.#order.sort((a, b) => direction * (compare(a.rank, b.rank) || compareNames(a.stored.election, b.stored.election)))
    this.#keys = this.#order.map(({ stored }) => stored.key)
  }
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
      // Latest first.
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
