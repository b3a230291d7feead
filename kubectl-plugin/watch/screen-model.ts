import type { Clock } from '../../shared/time/clock.ts'
import type { ElectionStore, StoredElection } from '../../shared/cluster/list-watch/store.ts'
import { electionKey } from '../../shared/lease/election-ref.ts'
import type { Category } from '../../shared/lease/category.ts'
import type { Election } from '../../shared/lease/election.ts'
import type { ElectionEvent } from '../../shared/lease/event.ts'
import type { Moment, Status } from '../../shared/lease/status.ts'
import { rowsPerPage, type Scene, type ScreenSize } from './frame.ts'
import { RowOrder, type Overview } from './row-order.ts'
import { reduce, settle, type Action, type Page, type ViewModel } from './view-model.ts'

/** The source of the screen's rows: the parts of a running watch's store that the screen uses. */
export type RowSource = Pick<ElectionStore, 'size' | 'view' | 'get' | 'statusOf'> & Iterable<StoredElection>

/** Settings that do not change while the screen is open. */
export interface ScreenChoices extends Pick<Scene, 'place' | 'notice' | 'hasNamespace' | 'isReplay'> {
  /** Selects the elections to show. The screen ignores all others. */
  readonly isWanted: (election: Election) => boolean
  /** The category to show, unless all categories are shown. */
  readonly category: Category | 'all'
}

/** Counting processes all rows. Above this number, it runs once per second, not on each draw. */
const CHEAP_SIZE = 500
const OVERVIEW_INTERVAL_MS = 1000
/** The number of events that are kept for the log and the details. */
const MOST_RECENT = 500

interface Frozen {
  readonly rows: ReadonlyMap<string, StoredElection & { readonly status: Status }>
  readonly moment: Moment
  readonly recent: readonly ElectionEvent[]
}

/** The state of the screen, between the running watch and the keys. It does not draw. */
export class ScreenModel {
  readonly #source: RowSource
  readonly #clock: Clock
  readonly #choices: ScreenChoices
  #view: ViewModel
  #recent: ElectionEvent[] = []
  #frozen: Frozen | null = null
  #unshownCount = 0
  readonly #order = new RowOrder()
  #overview: Overview = NOTHING
  /** When the overview was last computed; null if it must be computed again. */
  #overviewAtMs: number | null = null
  #visible = new Set<string>()

  constructor(source: RowSource, clock: Clock, view: ViewModel, choices: ScreenChoices) {
    this.#source = source
    this.#clock = clock
    this.#view = view
    this.#choices = choices
  }

  get view(): ViewModel {
    return this.#view
  }

  /** Whether the election of an event is visible on the screen. */
  isVisible(event: ElectionEvent): boolean {
    return this.#visible.has(electionKey(event.election))
  }

  /** Adds an event to the log, unless it is a renewal. */
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
    this.#refreshOverview(now)
    this.#view = settle(this.#view, this.#page(size))
    const { top } = this.#view
    this.#visible = new Set(this.#overview.keys.slice(top, top + rowsPerPage(size)))
    return {
      place: this.#choices.place,
      notice: this.#choices.notice,
      hasNamespace: this.#choices.hasNamespace,
      isReplay: this.#choices.isReplay,
      view: this.#view,
      overview: this.#overview,
      rowOf: (key) => (this.#frozen ? this.#frozen.rows.get(key) : this.#source.get(key)),
      statusOf: this.#statusOf,
      recent: this.#frozen?.recent ?? this.#recent,
      unshownCount: this.#unshownCount,
      connection: this.#source.view,
      shownAt,
      now,
    }
  }

  #refreshOverview(now: Moment): void {
    const isFresh = this.#overviewAtMs !== null && now.monotonicMs - this.#overviewAtMs < OVERVIEW_INTERVAL_MS
    if (isFresh && this.#source.size > CHEAP_SIZE) return
    const { category, isWanted } = this.#choices
    const selection = { ...this.#view, isWanted, category: this.#view.showsAllCategories ? ('all' as const) : category }
    const frozen = this.#frozen?.rows
    this.#overview = frozen
      ? this.#order.look(frozen.values(), selection, (row) => frozen.get(row.key)!.status)
      : this.#order.look(this.#source, selection, (row) => this.#source.statusOf(row, now))
    this.#overviewAtMs = now.monotonicMs
  }

  #freeze(): Frozen {
    this.#unshownCount = 0
    return {
      rows: new Map(Array.from(this.#source, (row) => [row.key, { ...row, status: this.#source.statusOf(row) }])),
      moment: this.#moment(),
      recent: [...this.#recent],
    }
  }

  /** While paused, the states are also those of the moment of the pause. */
  readonly #statusOf = (row: StoredElection): Status =>
    this.#frozen?.rows.get(row.key)?.status ?? this.#source.statusOf(row)

  #moment(): Moment {
    return { monotonicMs: this.#clock.monotonicMs(), wallMs: this.#clock.wallMs() }
  }

  #page(size: ScreenSize): Page {
    return { keys: this.#overview.keys, rowsPerPage: rowsPerPage(size) }
  }
}

const NOTHING: Overview = {
  keys: [],
  counts: { held: 0, late: 0, expired: 0, released: 0, blocked: 0, unknown: 0 },
  total: 0,
  hiddenCount: 0,
  widths: { namespace: 0, name: 0, holder: 0 },
}
const CHANGES_NO_ROWS: ReadonlySet<Action['type']> = new Set(['move', 'page', 'first', 'last', 'startFilter', 'toggleHelp'])
