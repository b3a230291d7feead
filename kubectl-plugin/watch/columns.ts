import type { StoredElection } from '../../shared/cluster/list-watch/store.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { leaseDurationMs } from '../../shared/lease/record.ts'
import type { Election } from '../../shared/lease/election.ts'
import type { Status } from '../../shared/lease/status.ts'
import { formatAge } from '../output/duration.ts'
import { expiresText, renewedText, stateText } from '../output/election-text.ts'
import { nameLabel, shownIdentity } from './event-line.ts'
import { columnsOf, fit } from '../../shared/text-columns.ts'
import type { Paint } from './paint.ts'

export type ColumnId = 'namespace' | 'name' | 'holder' | 'state' | 'sign' | 'expires' | 'renewed' | 'transitions' | 'held'

export interface Column {
  readonly id: ColumnId
  readonly width: number
}

const TITLES: Readonly<Record<ColumnId, string>> = {
  namespace: 'NAMESPACE',
  name: 'NAME',
  holder: 'HOLDER',
  state: 'STATE',
  sign: '',
  expires: 'EXPIRES',
  renewed: 'RENEWED',
  transitions: 'TRANSITIONS',
  held: 'HELD FOR',
}

/** What the elections can be sorted by. */
export const SORT_COLUMNS = ['name', 'holder', 'state', 'expires', 'transitions', 'held'] as const
export type SortColumn = (typeof SORT_COLUMNS)[number]

const SORTED_BY: Readonly<Record<SortColumn, readonly ColumnId[]>> = {
  name: ['name'],
  holder: ['holder'],
  state: ['state', 'sign'],
  expires: ['expires'],
  transitions: ['transitions'],
  held: ['held'],
}

const FIXED_WIDTHS = { state: 14, sign: 1, expires: 10, renewed: 8, transitions: 11, held: 8 } as const
/** The minimum and maximum width of the text columns. */
const TEXT_WIDTHS = { namespace: [9, 40], name: [16, 60], holder: [18, 80] } as const
type TextColumnId = keyof typeof TEXT_WIDTHS
/** The widths of the texts in the columns that share the remaining width. */
export type TextWidths = Readonly<Record<TextColumnId, number>>
const TEXT_COLUMNS: readonly TextColumnId[] = ['namespace', 'name', 'holder']

/** The sets of columns, from the widest screen to the narrowest. */
const VARIANTS: readonly (readonly ColumnId[])[] = [
  ['namespace', 'name', 'holder', 'state', 'expires', 'renewed', 'transitions', 'held'],
  ['namespace', 'name', 'holder', 'state', 'expires', 'renewed', 'transitions'],
  ['namespace', 'name', 'holder', 'state', 'expires', 'renewed'],
  ['namespace', 'name', 'holder', 'state', 'expires'],
  ['name', 'holder', 'state', 'expires'],
  ['name', 'holder', 'sign', 'expires'],
  ['name', 'sign', 'expires'],
  ['name', 'sign'],
]
/** The HELD FOR column is shown only if the holder keeps this width: a usual Pod name and the start of its UUID. */
const READABLE_HOLDER = 40
const GAP = 2
const MARK_WIDTH = 2

/** The columns that fit into `width`, given the widths of their texts. */
export function layoutFor(width: number, contents: TextWidths, hasNamespace: boolean): readonly Column[] {
  const room = width - MARK_WIDTH
  for (const variant of VARIANTS) {
    const ids = variant.filter((id) => id !== 'namespace' || hasNamespace)
    const narrowest = ids.map((id) => ({ id, width: narrowestWidth(id, contents) }))
    const left = room - narrowest.reduce((sum, column) => sum + column.width, GAP * (ids.length - 1))
    if (left < 0) continue
    const columns = widened(narrowest, contents, left)
    const holder = columns.find(({ id }) => id === 'holder')
    const isTight = holder !== undefined && holder.width < Math.min(widestWidth('holder', contents), READABLE_HOLDER)
    if (!isTight || !ids.includes('held')) return columns
  }
  const name = { id: 'name', width: Math.max(room - GAP - FIXED_WIDTHS.sign, 1) } as const
  return [name, { id: 'sign', width: FIXED_WIDTHS.sign }]
}

/** The header line; the sort column is marked. */
export function headLine(columns: readonly Column[], sorted: { sortColumn: SortColumn; isReversed: boolean }, paint: Paint): string {
  const sign = paint.signs.order[sorted.isReversed ? 1 : 0]
  const cells = columns.map(({ id, width }) =>
    fit(TITLES[id] + (SORTED_BY[sorted.sortColumn].includes(id) ? sign : ''), width, ''),
  )
  return paint.bold(' '.repeat(MARK_WIDTH) + cells.join(' '.repeat(GAP)))
}

/** One election as a line. */
export function rowLine(
  row: StoredElection,
  status: Status,
  wallMs: number,
  columns: readonly Column[],
  isSelected: boolean,
  paint: Paint,
): string {
  const gap = ' '.repeat(GAP)
  // Attributes do not nest, so the selected row has only its own.
  if (isSelected) {
    const cells = columns.map(({ id, width }) => fit(cellText(id, row, status, wallMs, paint), width, paint.signs.ellipsis))
    return paint.inverse(`${paint.signs.selected} ${cells.join(gap)}`)
  }
  const cells = columns.map(({ id, width }) => {
    const text = fit(cellText(id, row, status, wallMs, paint), width, paint.signs.ellipsis)
    if (id === 'state' || id === 'sign' || id === 'expires') return paint.state(status.state, text)
    return id === 'holder' && row.election.record.holderIdentity === '' ? paint.dim(text) : text
  })
  return `  ${cells.join(gap)}`
}

/** The widths of an election's texts. */
export function textWidths(election: Election): TextWidths {
  return {
    namespace: election.namespace.length,
    name: columnsOf(nameLabel(election)),
    holder: columnsOf(shownIdentity(election.record.holderIdentity)),
  }
}

function cellText(id: ColumnId, { election }: StoredElection, status: Status, wallMs: number, paint: Paint): string {
  switch (id) {
    case 'namespace':
      return harmless(election.namespace)
    case 'name':
      return nameLabel(election)
    case 'holder':
      return shownIdentity(election.record.holderIdentity)
    case 'state':
      return `${paint.signs.states[status.state]} ${stateText(status)}`
    case 'sign':
      return paint.signs.states[status.state]
    case 'expires':
      return expiryText(status, leaseDurationMs(election.record), paint)
    case 'renewed':
      return status.unchangedForMs === null ? '-' : renewedText(status)
    case 'transitions':
      return String(election.record.leaseTransitions)
    case 'held':
      return heldFor(election.record.acquireTime, election.record.holderIdentity, wallMs)
  }
}

const BAR_CELLS = 4

/** A bar that shrinks with the remaining time, if that time is observed and not only recorded. */
function expiryText(status: Status, durationMs: number | null, { signs }: Paint): string {
  const { basis, expiresInMs } = status
  if (expiresInMs === null || durationMs === null) return '-'
  if (basis === 'recorded' || expiresInMs <= 0) return expiresText(status)
  const full = Math.min(Math.ceil((expiresInMs / durationMs) * BAR_CELLS), BAR_CELLS)
  return `${signs.full.repeat(full)}${signs.empty.repeat(BAR_CELLS - full)} ${expiresText(status)}`
}

/** From the acquire time in the record, which the holder's clock wrote: marked with `~`. */
function heldFor(acquireTime: string | null, holderIdentity: string, wallMs: number): string {
  const acquiredAtMs = Date.parse(acquireTime ?? '')
  return holderIdentity === '' || Number.isNaN(acquiredAtMs) ? '-' : `~${formatAge(wallMs - acquiredAtMs)}`
}

function isTextColumn(id: ColumnId): id is TextColumnId {
  return id in TEXT_WIDTHS
}

function narrowestWidth(id: ColumnId, contents: TextWidths): number {
  return isTextColumn(id) ? Math.min(widestWidth(id, contents), TEXT_WIDTHS[id][0]) : FIXED_WIDTHS[id]
}

function widestWidth(id: TextColumnId, contents: TextWidths): number {
  return Math.min(Math.max(contents[id], columnsOf(TITLES[id]) + 1), TEXT_WIDTHS[id][1])
}

/** Distributes the remaining width, cell by cell, to the narrowest column that is still too narrow for its text. */
function widened(columns: readonly Column[], contents: TextWidths, left: number): readonly Column[] {
  const widths = new Map(columns.map(({ id, width }) => [id, width]))
  for (; left > 0; left--) {
    const wanting = TEXT_COLUMNS.filter((id) => widths.has(id) && widths.get(id)! < widestWidth(id, contents))
    const [first] = wanting.sort((a, b) => widths.get(a)! - widths.get(b)!)
    if (first === undefined) break
    widths.set(first, widths.get(first)! + 1)
  }
  return columns.map(({ id }) => ({ id, width: widths.get(id)! }))
}
