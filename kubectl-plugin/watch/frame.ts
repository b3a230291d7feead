import { stripVTControlCharacters } from 'node:util'
import type { StoredElection, ViewState } from '../../shared/cluster/list-watch/store.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import type { Election } from '../../shared/lease/election.ts'
import type { ElectionEvent } from '../../shared/lease/event.ts'
import type { Moment, Status } from '../../shared/lease/status.ts'
import { reasonText } from '../output/advice.ts'
import { formatAge } from '../output/duration.ts'
import { headLine, layoutFor, rowLine } from './columns.ts'
import { detailLines } from './details.ts'
import { electionLabel, eventSentence } from './event-line.ts'
import { columnsOf, cut } from '../../shared/text-columns.ts'
import type { Paint } from './paint.ts'
import { STATES, type Overview } from './row-order.ts'
import type { ViewModel } from './view-model.ts'

export interface ScreenSize {
  readonly columns: number
  readonly rows: number
}

/** The input of a frame. */
export interface Scene {
  readonly view: ViewModel
  readonly overview: Overview
  readonly rowOf: (key: string) => StoredElection | undefined
  readonly statusOf: (row: StoredElection) => Status
  /** Events for the log, latest last. */
  readonly recent: readonly ElectionEvent[]
  readonly connection: ViewState
  /** The moment that the screen shows: now, or the moment of the pause. */
  readonly shownAt: Moment
  /** The number of events since the pause. */
  readonly unshownCount: number
  readonly now: Moment
  /** The context, server and namespaces that are watched. */
  readonly place: string
  /** A notice about the data, for example that not all namespaces are readable. */
  readonly notice: string | null
  readonly hasNamespace: boolean
  /** Whether a recording plays: then there is no connection to try again. */
  readonly isReplay: boolean
}

/** With fewer columns, not even the narrowest table fits, and lines are cut. */
const NARROWEST = 10
const RECENT_ROWS = 6
/** With fewer rows, there is no log. */
const ROWS_WITH_RECENT = 20

/** The number of elections that fit on the screen, next to headers, log and footer. */
export function rowsPerPage(size: ScreenSize): number {
  return Math.max(size.rows - chrome(size).rows, 1)
}

/** The whole screen: exactly `size.rows` lines, each at most `size.columns` wide. */
export function frameLines(scene: Scene, size: ScreenSize, paint: Paint): readonly string[] {
  const { hasSummary, hasFooter, hasHead, hasRecent } = chrome(size)
  const lines = [connectionLine(scene, size, paint)]
  if (hasSummary) lines.push(summaryLine(scene, size, paint))
  const footer = hasFooter ? [footerLine(scene.view, size, paint)] : []
  const room = size.rows - lines.length - footer.length
  if (scene.view.panel === 'help') lines.push(...HELP.map((line) => cut(line, size.columns, paint.signs.ellipsis)).slice(0, room))
  else if (scene.view.panel === 'details') lines.push(...details(scene, size, room, paint))
  else {
    const recent = hasRecent ? recentLines(scene, size, paint) : []
    lines.push(...tableLines(scene, size, hasHead, paint))
    while (lines.length < size.rows - footer.length - recent.length) lines.push('')
    lines.push(...recent)
  }
  while (lines.length < size.rows - footer.length) lines.push('')
  const all = [...lines, ...footer].slice(0, size.rows)
  return size.columns >= NARROWEST ? all : all.map((line) => cut(stripVTControlCharacters(line), size.columns, ''))
}

function chrome({ rows }: ScreenSize): { rows: number; hasHead: boolean; hasSummary: boolean; hasFooter: boolean; hasRecent: boolean } {
  const hasHead = rows >= 3
  const hasFooter = rows >= 5
  const hasSummary = rows >= 7
  const hasRecent = rows >= ROWS_WITH_RECENT
  const taken = 1 + Number(hasHead) + Number(hasFooter) + Number(hasSummary) + (hasRecent ? RECENT_ROWS : 0)
  return { rows: taken, hasHead, hasFooter, hasSummary, hasRecent }
}

function connectionLine({ connection, now, place, isReplay }: Scene, { columns }: ScreenSize, { bold, red, signs }: Paint): string {
  if (connection.staleSinceMs === null) return cut(`${isReplay ? 'replay   ' : 'connected'}  ${harmless(place)}`, columns, signs.ellipsis)
  const why = reasonText(connection)
  const reason = why === null ? '' : `: ${harmless(why)}`
  const age = formatAge(now.monotonicMs - connection.staleSinceMs)
  return bold(red(cut(`${isReplay ? 'No data' : `STALE for ${age}, retrying`}${reason}`, columns, signs.ellipsis)))
}

function summaryLine({ view, overview, notice, shownAt, unshownCount }: Scene, { columns }: ScreenSize, { bold, yellow, state, signs }: Paint): string {
  const pieces: { readonly text: string; readonly paint: (text: string) => string }[] = []
  const plain = (text: string): string => text
  if (view.isPaused) {
    const at = new Date(shownAt.wallMs).toISOString().slice(11, 19)
    pieces.push({ text: `PAUSED at ${at}Z, ${counted(unshownCount, 'event')} since`, paint: bold })
  }
  if (view.isTypingFilter || view.filter !== '') {
    const cursor = view.isTypingFilter ? '_' : ''
    pieces.push({ text: `/${harmless(view.filter)}${cursor} ${overview.keys.length} of ${overview.total}`, paint: bold })
  } else {
    pieces.push({ text: counted(overview.total, 'election'), paint: plain })
  }
  for (const name of STATES) {
    if (overview.counts[name] > 0) {
      pieces.push({ text: `${signs.states[name]} ${overview.counts[name]} ${name}`, paint: (text) => state(name, text) })
    }
  }
  if (notice !== null) pieces.push({ text: harmless(notice), paint: yellow })
  if (overview.hiddenCount > 0) pieces.push({ text: `${counted(overview.hiddenCount, 'other lease')} hidden (press c)`, paint: plain })
  return joined(pieces, columns, signs.ellipsis)
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** Joins and cuts pieces before they are painted, so that no escape sequence is cut. */
function joined(pieces: readonly { text: string; paint: (text: string) => string }[], columns: number, ellipsis: string): string {
  let line = ''
  let left = columns
  for (const piece of pieces) {
    const text = cut(line === '' ? piece.text : `  ${piece.text}`, left, ellipsis)
    line += piece.paint(text)
    left -= columnsOf(text)
    if (left <= 0) break
  }
  return line
}

function tableLines({ view, overview, rowOf, statusOf, shownAt, hasNamespace }: Scene, size: ScreenSize, hasHead: boolean, paint: Paint): string[] {
  const columns = layoutFor(size.columns, overview.widths, hasNamespace)
  const lines = hasHead ? [headLine(columns, view, paint)] : []
  const visible = overview.keys.slice(view.top, view.top + rowsPerPage(size))
  visible.forEach((key, index) => {
    const row = rowOf(key)
    if (!row) return
    lines.push(rowLine(row, statusOf(row), shownAt.wallMs, columns, view.top + index === view.selectedIndex, paint))
  })
  if (visible.length === 0) {
    lines.push(cut(view.filter === '' ? '  No elections found.' : '  No matches. Press Esc to clear the filter.', size.columns, paint.signs.ellipsis))
  }
  return lines
}

function recentLines({ recent }: Scene, { columns }: ScreenSize, { dim, signs }: Paint): string[] {
  const lines = recent.slice(1 - RECENT_ROWS).map((event) => cut(recentLine(event, true), columns, signs.ellipsis))
  while (lines.length < RECENT_ROWS - 1) lines.push('')
  return [dim(cut(`${signs.line.repeat(2)} recent ${signs.line.repeat(columns)}`, columns, '')), ...lines]
}

function recentLine(event: ElectionEvent, withElection: boolean): string {
  const time = new Date(event.wallMs).toISOString().slice(11, 23)
  return `${time}Z ${event.type.padEnd(9)}${withElection ? ` ${electionLabel(event.election)} ` : ''} ${eventSentence(event)}`
}

function details({ view, rowOf, statusOf, recent }: Scene, { columns }: ScreenSize, room: number, paint: Paint): string[] {
  const row = view.selectedKey === null ? undefined : rowOf(view.selectedKey)
  if (!row) return [cut('This election no longer exists. Press Esc to go back.', columns, paint.signs.ellipsis)]
  const lines = detailLines(row, statusOf(row), columns, paint)
  const left = room - lines.length - 2
  const events = left > 0 ? recent.filter(({ election }) => isSameElection(election, row.election)).slice(-left) : []
  if (events.length > 0) lines.push('', paint.bold(cut('Events observed (UTC)', columns)))
  return [...lines, ...events.map((event) => cut(recentLine(event, false), columns, paint.signs.ellipsis))].slice(0, room)
}

function isSameElection(a: Election, b: Election): boolean {
  return a.name === b.name && a.namespace === b.namespace && a.lock === b.lock
}

function footerLine(view: ViewModel, { columns }: ScreenSize, { dim, signs }: Paint): string {
  return dim(cut(FOOTERS[view.isTypingFilter ? 'filter' : view.panel], columns, signs.ellipsis))
}

const FOOTERS = {
  table: 'q quit  / filter  Enter details  Space pause  n h s e t a sort  c all leases  ? help',
  filter: 'Type to filter  Enter apply  Esc clear',
  details: 'Esc back  Up Down previous or next election  Space pause  q quit',
  help: 'Esc back  q quit',
} as const

const HELP: readonly string[] = [
  'Up Down k j       select the previous or next row',
  'PgUp PgDn         scroll one page up or down',
  'Home End g G      select the first or last row',
  'Enter             show details; Enter or Esc goes back',
  '/                 filter by namespace, name, holder or state; Esc clears it',
  'Space p           pause the display; events are still collected',
  'n h s e t a       sort by name, holder, state, expiry, transitions or acquire',
  '                  time; press again to reverse',
  'c                 show or hide leases that are not leader elections',
  'q Ctrl-C          quit',
  '',
  'EXPIRES counts down from the last observed change. "~" marks values that come',
  "from the record and the holder's clock, because no change has been observed yet.",
]
