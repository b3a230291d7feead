import type { Clock } from '../../shared/time/index.ts'
import { electionKey, type ElectionEvent } from '../../shared/lease/index.ts'
import { contentWidths } from './columns.ts'
import { rowsPerPage, type ConnectionView, type Scene, type ScreenSize } from './frame.ts'
import { overviewOf, type Overview, type Row, type ViewMoment } from './row-order.ts'
import { reduce, settle, type Action, type Page, type ViewModel } from './view-model.ts'

/** Where the screen's rows come from: the store of a running watch. */
export interface RowSource {
  /** How many there are. */
  readonly size: number
  rows(): Iterable<Row>
  row(key: string): Row | undefined
  connection(): ConnectionView
}

/** Sorting and counting go through all rows: with more than this, they are done once a second, not at each draw. */
const CHEAP_SIZE = 500
const OVERVIEW_INTERVAL_MS = 1000
/** Events that are kept for the log and the details. */
const MOST_RECENT = 500

interface Frozen {
  readonly rows: ReadonlyMap<string, Row>
  readonly moment: ViewMoment
  readonly recent: readonly ElectionEvent[]
}

/** What the screen shows, between the running watch and the person at the keys. It draws nothing itself. */
export class ScreenModel {
  readonly #source: RowSource
  readonly #clock: Clock
  readonly #fixed: Pick<Scene, 'place' | 'hasNamespace'>
  #view: ViewModel
  #recent: ElectionEvent[] = []
  #frozen: Frozen | null = null
  #unshownCount = 0
  #overview: Overview = { keys: [], counts: { held: 0, late: 0, expired: 0, released: 0, quarantined: 0, unknown: 0 }, total: 0, hiddenCount: 0 }
  #widths: Scene['widths'] = { namespace: 0, name: 0, holder: 0 }
  /** When the overview was last computed; null where it has to be. */
  #overviewAtMs: number | null = null
  #visible = new Set<string>()
  notice: string | null = null

  constructor(source: RowSource, clock: Clock, view: ViewModel, fixed: Pick<Scene, 'place' | 'hasNamespace'>) {
    this.#source = source
    this.#clock = clock
    this.#view = view
    this.#fixed = fixed
  }

  get view(): ViewModel {
    return this.#view
  }

  /** Whether this election is on the screen at present. */
  isVisible(event: ElectionEvent): boolean {
    return this.#visible.has(electionKey(event.election))
  }

  /** Takes an event into the log. Renewals are no news there. */
  log(event: ElectionEvent): void {
    if (event.type === 'renewed') return
    this.#recent.push(event)
    if (this.#recent.length > 2 * MOST_RECENT) this.#recent = this.#recent.slice(-MOST_RECENT)
    if (this.#frozen) this.#unshownCount++
  }

  act(action: Action, size: ScreenSize): void {
    this.#view = reduce(this.#view, action, this.#page(size))
    if (!CHANGES_NO_ROWS.has(action.type)) this.#overviewAtMs = null
    if (action.type === 'togglePause') this.#frozen = this.#view.isPaused ? this.#freeze() : null
  }

  scene(size: ScreenSize): Scene {
    const now = this.#moment()
    const shownAt = this.#frozen?.moment ?? now
    this.#refreshOverview(shownAt, now.monotonicMs)
    this.#view = settle(this.#view, this.#page(size))
    const { top } = this.#view
    this.#visible = new Set(this.#overview.keys.slice(top, top + rowsPerPage(size)))
    return {
      ...this.#fixed,
      view: this.#view,
      overview: this.#overview,
      widths: this.#widths,
      rowOf: (key) => (this.#frozen ? this.#frozen.rows.get(key) : this.#source.row(key)),
      recent: this.#frozen?.recent ?? this.#recent,
      unshownCount: this.#unshownCount,
      connection: this.#source.connection(),
      shownAt,
      now,
      notice: this.notice,
    }
  }

  #refreshOverview(moment: ViewMoment, nowMs: number): void {
    const isFresh = this.#overviewAtMs !== null && nowMs - this.#overviewAtMs < OVERVIEW_INTERVAL_MS
    if (isFresh && this.#source.size > CHEAP_SIZE) return
    const rows = [...(this.#frozen?.rows.values() ?? this.#source.rows())]
    this.#overview = overviewOf(rows, this.#view, moment)
    this.#widths = contentWidths(rows)
    this.#overviewAtMs = nowMs
  }

  #freeze(): Frozen {
    this.#unshownCount = 0
    return {
      rows: new Map(Array.from(this.#source.rows(), (row) => [row.key, row])),
      moment: this.#moment(),
      recent: [...this.#recent],
    }
  }

  #moment(): ViewMoment {
    return {
      monotonicMs: this.#clock.monotonicMs(),
      wallMs: this.#clock.wallMs(),
      isStale: this.#source.connection().staleSinceMs !== null,
    }
  }

  #page(size: ScreenSize): Page {
    return { keys: this.#overview.keys, rowsPerPage: rowsPerPage(size) }
  }
}

const CHANGES_NO_ROWS: ReadonlySet<Action['type']> = new Set(['move', 'page', 'first', 'last', 'startFilter', 'toggleHelp'])
