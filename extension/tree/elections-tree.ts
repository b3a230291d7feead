import * as vscode from 'vscode'
import type { Clock } from '../../shared/time/clock.ts'
import type { ClusterSession } from '../clusters/cluster-session.ts'
import { NoKubeconfig, type Clusters } from '../clusters/clusters.ts'
import { ClusterError } from '../../shared/cluster/errors.ts'
import { electionKey } from '../../shared/lease/election-ref.ts'
import { isFresh } from '../../shared/lease/status.ts'
import type { ElectionEvent } from '../../shared/lease/event.ts'
import { Listeners } from '../listeners.ts'
import { Countdowns } from './countdowns.ts'
import { detailRows } from './detail-rows.ts'
import { ElectionHandle } from '../clusters/election-handle.ts'
import { followSessions } from '../clusters/follow-sessions.ts'
import { isSelected, Rows, type DetailRow, type ElectionRow, type Row, type Selection } from './rows.ts'
import { isUnhealthy } from './row-text.ts'
import type { RowItems } from './row-items.ts'
import { electionTooltip, LINKED_COMMANDS } from './tooltip.ts'

/** Why the view has no rows; see `viewsWelcome` in package.json. */
export type Situation = 'noKubeconfig' | 'badKubeconfig' | 'unreachable' | 'unauthorized' | 'forbidden' | 'empty' | 'filtered' | 'hidden'

/** How often countdowns and states are checked. */
const TICK_MS = 1_000
/** Changes within this time are shown together. */
const GATHER_MS = 150

/**
 * The tree of elections. It refreshes a row only when its text has changed. The countdowns, which change all the time, are
 * decorations, so they do not redraw a row, and menus, tooltips and the selection stay.
 */
export class ElectionsTree implements vscode.TreeDataProvider<Row>, vscode.Disposable {
  readonly onDidChangeTreeData: vscode.Event<Row | Row[] | undefined>
  readonly #changed = new vscode.EventEmitter<Row | Row[] | undefined>()
  readonly #situations = new Listeners<Situation | null>()
  readonly #unhealthy = new Listeners<number>()
  readonly #matching = new Listeners<number>()
  readonly #clusters: Clusters
  readonly #clock: Clock
  readonly #rows = new Rows()
  readonly #items: RowItems
  readonly countdowns: Countdowns
  /** The rows that show an age, with the text that they last showed. */
  readonly #ages = new Map<string, { readonly row: DetailRow; readonly said: string }>()
  readonly #stopListening: () => void
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
    // VS Code asks for a tooltip only once until the row is redrawn, and the countdown is paused only when it asks.
    this.countdowns.onFreed((row) => this.#refresh(row))
    this.#stopListening = followSessions(clusters, (session) => this.#follow(session))
    clusters.onChange(() => this.#refresh(undefined))
    this.#refresh(undefined)
  }

  get selection(): Selection {
    return this.#selection
  }

  /** Changes which elections are shown, and how they are grouped. */
  select(selection: Partial<Selection>): void {
    this.#selection = { ...this.#selection, ...selection }
    this.#countMatching()
    this.#refresh(undefined)
  }

  /** Calls `listener` whenever the reason why there are no rows has changed; null if there are rows. */
  onSituation(listener: (situation: Situation | null) => void): void {
    this.#situations.add(listener)
  }

  /** Calls `listener` with the number of late and expired elections, after each check. */
  onUnhealthy(listener: (count: number) => void): void {
    this.#unhealthy.add(listener)
  }

  /** Calls `listener` with the number of elections that match the filter, after each check. */
  onMatching(listener: (count: number) => void): void {
    this.#matching.add(listener)
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

  /** Redraws all rows. */
  redraw(): void {
    this.#refresh(undefined)
  }

  /** The row of an election, by the id of its handle; undefined if its context is not shown. */
  rowOf(id: string): ElectionRow | undefined {
    for (const session of this.#clusters.sessions) {
      const stored = [...session.elections].find(({ election }) => new ElectionHandle(session, election).id === id)
      if (stored) return this.#rows.make(session, stored)
    }
    return undefined
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
    const text = electionTooltip(row.handle, view, this.#clock.wallMs())
    const asOf = vscode.l10n.t('As of {0}. The countdown in this row is paused, and resumes afterwards.', new Date(this.#clock.wallMs()).toLocaleTimeString())
    const tooltip = new vscode.MarkdownString(`${text}\n\n*${asOf}*`, true)
    // The text is escaped, so it contains no other link than those of the tooltip.
    tooltip.isTrusted = { enabledCommands: LINKED_COMMANDS }
    tooltip.supportHtml = false
    item.tooltip = tooltip
    return item
  }

  dispose(): void {
    this.stop()
    this.#stopListening()
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
    if (this.#selection.filter !== '') return 'filtered'
    const shown = { ...this.#selection, hiddenNamespaces: [] }
    return all.some((stored) => isSelected(only, stored, shown)) ? 'hidden' : 'empty'
  }

  #setSituation(situation: Situation | null): void {
    if (situation === this.#situation) return
    this.#situation = situation
    this.#situations.tell(situation)
  }

  #follow(session: ClusterSession): () => void {
    const ends = [session.onChange(() => this.#sessionChanged(session)), session.onEvent((event) => this.#happened(session, event))]
    return () => {
      for (const end of ends) end()
      for (const row of this.#rows.elections(session)) this.#forget(row)
    }
  }

  #sessionChanged(session: ClusterSession): void {
    // The text that is shown instead of rows may change as well.
    this.#refresh(this.#situationNow() === null && this.#situation === null ? this.#rows.context(session) : undefined)
  }

  /** Renewals do not change a row. Other events refresh rows on screen immediately, and other rows when they become visible. */
  #happened(session: ClusterSession, { type, election }: ElectionEvent): void {
    if (type === 'added' || type === 'deleted') {
      const key = electionKey(election)
      const gone = type === 'deleted' ? this.#rows.election(session, key) : undefined
      if (gone) {
        this.#rows.forget(session, key)
        this.#forget(gone)
      }
      this.#refresh(this.#situation === null ? this.#rows.context(session) : undefined)
      return
    }
    if (type === 'renewed') return
    const row = this.#rows.election(session, electionKey(election))
    if (!row) return
    if (this.#selection.groupBy === 'state' || this.#selection.filter !== '') this.#refresh(this.#rows.context(session))
    else if (this.countdowns.inSight.has(row) && this.#items.hasChanged(row)) this.#refresh(row)
  }

  #forget(row: ElectionRow): void {
    this.countdowns.forget(row)
    for (const id of this.#ages.keys()) if (id.startsWith(`${row.id}/`)) this.#ages.delete(id)
  }

  /** Refreshes a row soon, together with what else changes until then. */
  #refresh(row: Row | undefined): void {
    this.#stale.add(row)
    if (this.#gathering) return
    this.#gathering = true
    void this.#clock.sleep(GATHER_MS).then(() => {
      this.#gathering = false
      // VS Code does not ask for the countdown of a redrawn row.
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
      this.#countMatching()
      await this.#clock.sleep(TICK_MS, signal).catch(() => {})
    }
  }

  /** Refreshes the rows that have changed without an event: by time alone, or by a failover's placeholder. */
  #refreshChanged(): void {
    for (const row of this.countdowns.inSight) {
      if (this.#items.hasChanged(row)) this.#refresh(row)
    }
    for (const [id, { row, said }] of this.#ages) {
      if (this.#items.valueOf(row) === said) continue
      // `getTreeItem` adds it again if the row still exists.
      this.#ages.delete(id)
      this.#refresh(row)
    }
  }

  #countMatching(): void {
    if (this.#selection.filter === '') return this.#matching.tell(0)
    let count = 0
    for (const session of this.#clusters.sessions) {
      for (const stored of session.elections) if (isSelected(session, stored, this.#selection)) count++
    }
    this.#matching.tell(count)
  }

  #countUnhealthy(): void {
    let count = 0
    const nowMs = this.#clock.monotonicMs()
    for (const session of this.#clusters.sessions) {
      if (session.state.phase !== 'live') continue
      for (const stored of session.elections) {
        if (stored.election.category !== 'election' || isFresh(stored.observation, nowMs)) continue
        if (isUnhealthy(session.statusOf(stored).state)) count++
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
