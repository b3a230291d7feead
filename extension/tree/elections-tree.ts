import * as vscode from 'vscode'
import type { Clock } from '../../shared/time/index.ts'
import type { ClusterSession } from '../clusters/cluster-session.ts'
import { NoKubeconfig, type Clusters } from '../clusters/clusters.ts'
import { ClusterError } from '../../shared/cluster/index.ts'
import { electionKey, type ElectionEvent } from '../../shared/lease/index.ts'
import { Listeners } from '../listeners.ts'
import { Countdowns } from './countdowns.ts'
import { detailRows } from './detail-rows.ts'
import { isSelected, Rows, type DetailRow, type Row, type Selection } from './rows.ts'
import { isUnhealthy } from './row-text.ts'
import type { RowItems } from './row-items.ts'
import { electionTooltip } from './tooltip.ts'

/** What the view is about, where there is no row to say it; see `viewsWelcome` in package.json. */
export type Situation = 'noKubeconfig' | 'badKubeconfig' | 'unreachable' | 'unauthorized' | 'forbidden' | 'empty' | 'filtered'

/** How often countdowns and states are looked at. */
const TICK_MS = 1_000
/** Changes within this time are shown at once. */
const GATHER_MS = 150

/**
 * The tree of elections. It refreshes a row only when what that says has changed; the countdowns, which change all the
 * time, are decorations of the rows, so that no row is drawn anew for them and menus, hovers and selection stay.
 */
export class ElectionsTree implements vscode.TreeDataProvider<Row>, vscode.Disposable {
  readonly onDidChangeTreeData: vscode.Event<Row | Row[] | undefined>
  readonly #changed = new vscode.EventEmitter<Row | Row[] | undefined>()
  readonly #situations = new Listeners<Situation | null>()
  readonly #unhealthy = new Listeners<number>()
  readonly #clusters: Clusters
  readonly #clock: Clock
  readonly #rows = new Rows()
  readonly #items: RowItems
  readonly countdowns: Countdowns
  /** The rows that say how long ago something was, with what they said. */
  readonly #ages = new Map<string, { readonly row: DetailRow; readonly said: string }>()
  readonly #listening = new Map<ClusterSession, () => void>()
  readonly #stale = new Set<Row | undefined>()
  #gathering = false
  #selection: Selection
  #situation: Situation | null | undefined
  #ticking: AbortController | null = null

  constructor(clusters: Clusters, selection: Selection, items: RowItems, clock: Clock) {
    this.onDidChangeTreeData = this.#changed.event
    this.#clusters = clusters
    this.#selection = selection
    this.#clock = clock
    this.#items = items
    this.countdowns = new Countdowns(clock)
    // A row is asked for its tooltip once until it is drawn anew, and has to be asked to be held still.
    this.countdowns.onFreed((row) => this.#refresh(row))
    clusters.onChange(() => this.#listen())
    this.#listen()
  }

  get selection(): Selection {
    return this.#selection
  }

  /** Shows other elections, or the same ones otherwise. */
  select(selection: Partial<Selection>): void {
    this.#selection = { ...this.#selection, ...selection }
    this.#refresh(undefined)
  }

  /** Calls `listener` with what the view is about, whenever that has changed. */
  onSituation(listener: (situation: Situation | null) => void): void {
    this.#situations.add(listener)
  }

  /** Calls `listener` with how many elections need attention, each time they were looked at. */
  onUnhealthy(listener: (count: number) => void): void {
    this.#unhealthy.add(listener)
  }

  /** Counts down, until {@link stop}. */
  start(): void {
    if (this.#ticking) return
    this.#ticking = new AbortController()
    void this.#tick(this.#ticking.signal)
  }

  stop(): void {
    this.#ticking?.abort()
    this.#ticking = null
  }

  /** Draws everything anew. */
  redraw(): void {
    this.#refresh(undefined)
  }

  getTreeItem(row: Row): vscode.TreeItem {
    const item = this.#items.itemOf(row)
    if (row.kind === 'election') {
      this.countdowns.track(row, item.resourceUri!)
    }
    if (row.kind === 'detail' && row.atMs !== undefined) this.#ages.set(row.id, { row, said: this.#items.valueOf(row) })
    return item
  }

  async getChildren(row?: Row): Promise<Row[]> {
    if (!row) return this.#roots()
    switch (row.kind) {
      case 'context':
        await row.session.settled
        return [...this.#rows.below(row.session, this.#selection)]
      case 'group':
        return [...this.#rows.inGroup(row, this.#selection)]
      case 'election':
        return [...(await detailRows(row, this.#clock))]
      default:
        return []
    }
  }

  getParent(row: Row): Row | undefined {
    if (row.kind === 'group' || row.kind === 'problem') return this.#rows.context(row.session)
    if (row.kind !== 'election') return undefined
    const { session, key } = row.handle
    const stored = session.get(key)
    return (stored && this.#rows.groupOf(session, stored, this.#selection)) ?? this.#rows.context(session)
  }

  resolveTreeItem(item: vscode.TreeItem, row: Row): vscode.TreeItem {
    if (row.kind !== 'election') return item
    const view = row.handle.read()
    if (!view) return item
    this.countdowns.holdStill(row)
    const text = electionTooltip(row.handle, view)
    const asOf = vscode.l10n.t('As of {0}. The countdown in this row is paused, and resumes afterwards.', new Date(this.#clock.wallMs()).toLocaleTimeString())
    const tooltip = new vscode.MarkdownString(`${text}\n\n*${asOf}*`, true)
    tooltip.isTrusted = false
    tooltip.supportHtml = false
    item.tooltip = tooltip
    return item
  }

  dispose(): void {
    this.stop()
    for (const end of this.#listening.values()) end()
    this.#changed.dispose()
    this.countdowns.dispose()
  }

  async #roots(): Promise<Row[]> {
    const { sessions } = this.#clusters
    if (sessions.length === 1) await sessions[0]!.settled
    const situation = this.#situationNow()
    this.#setSituation(situation)
    return situation === null ? sessions.map((session) => this.#rows.context(session)) : []
  }

  #situationNow(): Situation | null {
    const { sessions, problem } = this.#clusters
    if (sessions.length === 0) return problem === null ? null : problem instanceof NoKubeconfig ? 'noKubeconfig' : 'badKubeconfig'
    const [only] = sessions
    if (sessions.length > 1 || !only) return null
    if (only.state.phase === 'failed') return situationOf(only.state.error)
    if (only.state.phase !== 'live' || only.restriction) return null
    const all = [...only.elections]
    if (all.some((stored) => isSelected(only, stored, this.#selection))) return null
    return this.#selection.filter === '' ? 'empty' : 'filtered'
  }

  #setSituation(situation: Situation | null): void {
    if (situation === this.#situation) return
    this.#situation = situation
    this.#situations.tell(situation)
  }

  #listen(): void {
    const sessions = new Set(this.#clusters.sessions)
    for (const [session, end] of this.#listening) {
      if (sessions.has(session)) continue
      end()
      this.#listening.delete(session)
    }
    for (const session of sessions) {
      if (this.#listening.has(session)) continue
      const ends = [session.onChange(() => this.#sessionChanged(session)), session.onEvent((event) => this.#happened(session, event))]
      this.#listening.set(session, () => {
        for (const end of ends) end()
      })
    }
    this.#refresh(undefined)
  }

  #sessionChanged(session: ClusterSession): void {
    // What is shown instead of rows may have to change as well.
    this.#refresh(this.#situationNow() === null && this.#situation === null ? this.#rows.context(session) : undefined)
  }

  /** Renewals change no row. What else happens shows at once on screen, and elsewhere when that comes into sight. */
  #happened(session: ClusterSession, { type, election }: ElectionEvent): void {
    if (type === 'added' || type === 'deleted') {
      this.#refresh(this.#situation === null ? this.#rows.context(session) : undefined)
      return
    }
    if (type === 'renewed') return
    const row = this.#rows.election(session, electionKey(election))
    if (!row) return
    if (this.#selection.groupBy === 'state' || this.#selection.filter !== '') this.#refresh(this.#rows.context(session))
    else if (this.countdowns.inSight.has(row) && this.#items.hasChanged(row)) this.#refresh(row)
  }

  /** Soon, with all that changes by then. */
  #refresh(row: Row | undefined): void {
    this.#stale.add(row)
    if (this.#gathering) return
    this.#gathering = true
    void this.#clock.sleep(GATHER_MS).then(() => {
      this.#gathering = false
      // A row that is drawn anew does not ask for its countdown.
      this.countdowns.update()
      const rows = [...this.#stale].filter((each) => each !== undefined)
      const isAll = this.#stale.has(undefined)
      this.#stale.clear()
      if (isAll) this.#changed.fire(undefined)
      else this.#changed.fire(rows)
    })
  }

  async #tick(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.countdowns.update()
      this.#refreshChanged()
      this.#countUnhealthy()
      await this.#clock.sleep(TICK_MS, signal).catch(() => {})
    }
  }

  /** What time alone brings about, and what is no event: a failover's placeholder. */
  #refreshChanged(): void {
    for (const row of this.countdowns.inSight) {
      if (this.#items.hasChanged(row)) this.#refresh(row)
    }
    for (const [id, { row, said }] of this.#ages) {
      if (this.#items.valueOf(row) === said) continue
      // Told once more if it is still there to be drawn.
      this.#ages.delete(id)
      this.#refresh(row)
    }
  }

  #countUnhealthy(): void {
    let count = 0
    for (const session of this.#clusters.sessions) {
      if (session.state.phase !== 'live') continue
      for (const stored of session.elections) {
        if (stored.election.category === 'election' && isUnhealthy(session.statusOf(stored).state)) count++
      }
    }
    this.#unhealthy.tell(count)
  }
}

function situationOf(error: Error): Situation {
  if (!(error instanceof ClusterError)) return 'unreachable'
  switch (error.kind) {
    case 'forbidden':
      return 'forbidden'
    case 'unauthorized':
    case 'certificate':
      return 'unauthorized'
    case 'config':
      return 'badKubeconfig'
    default:
      return 'unreachable'
  }
}
