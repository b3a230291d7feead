import * as vscode from 'vscode'
import type { ApiClient } from '../../shared/cluster/index.ts'
import { listNotices, type ElectionNotice } from '../../shared/cluster/elections/events.ts'
import { Timeline, type Moment } from '../../shared/lease/index.ts'
import { withPatience } from '../../shared/time/with-patience.ts'
import type { Clock } from '../../shared/time/index.ts'
import type { Clusters } from '../clusters/clusters.ts'
import { ElectionHandle } from '../clusters/election-handle.ts'
import { earlierTimeline } from './earlier.ts'
import { KeptRecordings } from './kept-recordings.ts'
import { TimelinePanel, VIEW_TYPE } from './panel.ts'
import { subjectOf } from './page-state.ts'

export interface TimelinesSurroundings {
  readonly clock: Clock
  readonly clusters: Clusters
  readonly context: Pick<vscode.ExtensionContext, 'extensionUri' | 'globalStorageUri' | 'storageUri'>
}

/** How often the recordings of open timelines are kept: a reload of the window may come at any time. */
const KEEP_MS = 10_000
/** How soon a change of leadership is kept. */
const KEEP_CHANGE_MS = 1_000
/** How long to wait for the election's Events. */
const EVENTS_MS = 3_000

/** The open timelines of this window. Each records for as long as it is open, and goes on after a reload of the window. */
export class Timelines implements vscode.Disposable {
  readonly #surroundings: TimelinesSurroundings
  readonly #open = new Map<string, TimelinePanel>()
  readonly #opening = new Set<string>()
  readonly #serializer: vscode.Disposable
  readonly #over = new AbortController()
  #isKeeping = false

  constructor(surroundings: TimelinesSurroundings) {
    this.#surroundings = surroundings
    this.#serializer = vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, {
      deserializeWebviewPanel: (panel, state) => this.#restore(panel, state),
    })
  }

  get #kept(): KeptRecordings {
    const { storageUri, globalStorageUri } = this.#surroundings.context
    return new KeptRecordings((storageUri ?? globalStorageUri).fsPath)
  }

  /** The timeline that the person looks at. */
  get active(): TimelinePanel | undefined {
    return [...this.#open.values()].find(({ isActive }) => isActive)
  }

  /** Opens the timeline of an election, or shows the one that is open. */
  async open(handle: ElectionHandle): Promise<void> {
    const shown = this.#open.get(handle.id)
    if (shown) {
      shown.reveal()
      return
    }
    if (this.#opening.has(handle.id)) return
    this.#opening.add(handle.id)
    try {
      const notices = await this.#noticesOf(handle)
      const earlier = earlierTimeline(handle.session.seen(handle.key), notices, this.#now())
      this.#show(handle, Timeline.after(earlier, null), null)
    } finally {
      this.#opening.delete(handle.id)
    }
  }

  /** Keeps all recordings: this window may be about to be reloaded. */
  async keep(): Promise<void> {
    await Promise.all([...this.#open].map(([id, panel]) => this.#kept.keep(id, panel.snapshot())))
  }

  dispose(): void {
    this.#over.abort()
    this.#serializer.dispose()
    for (const panel of [...this.#open.values()]) panel[Symbol.dispose]()
  }

  async #restore(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const subject = subjectOf(state)
    // The sandbox has ended with the window.
    if (subject === null) {
      panel.dispose()
      return
    }
    try {
      const { session } = await this.#surroundings.clusters.sessionFor(subject.context)
      const handle = new ElectionHandle(session, subject)
      const kept = await this.#kept.read(handle.id, this.#now())
      const timeline = kept ? Timeline.after(kept, vscode.l10n.t('The window was reloaded.')) : new Timeline()
      this.#show(handle, timeline, panel)
    } catch {
      // The kubeconfig does not have this context any more, or cannot be read.
      panel.dispose()
    }
  }

  #show(handle: ElectionHandle, timeline: Timeline, restored: vscode.WebviewPanel | null): void {
    const { clock, clusters, context } = this.#surroundings
    const { id, contextName, lock, namespace, name, session } = handle
    // If the sandbox is restarted, or the context chosen again, the election has a new session.
    const connect = (dead: ApiClient | null): Promise<ApiClient> => clusters.current(session).client(dead)
    const start = { isSandbox: session.isSandbox, timeline, restored }
    const panel = new TimelinePanel({ contextName, lock, namespace, name, connect }, { extensionUri: context.extensionUri, clock }, start, () => {
      // Its recording stays: a reload of the window closes panels, too, before it opens them again.
      this.#open.delete(id)
    })
    this.#open.set(id, panel)
    if (!session.isSandbox) void this.#keepRegularly()
  }

  async #keepRegularly(): Promise<void> {
    if (this.#isKeeping) return
    this.#isKeeping = true
    await this.#kept.forgetOld(this.#now()).catch(() => {})
    const { signal } = this.#over
    const { clock } = this.#surroundings
    const keptAtMs = new Map<string, number>()
    const keptSpans = new Map<string, number>()
    while (this.#open.size > 0 && !signal.aborted) {
      for (const [id, panel] of this.#open) {
        const snapshot = panel.snapshot()
        const nowMs = clock.monotonicMs()
        if (keptSpans.get(id) === snapshot.spans.length && nowMs - (keptAtMs.get(id) ?? 0) < KEEP_MS) continue
        keptAtMs.set(id, nowMs)
        keptSpans.set(id, snapshot.spans.length)
        await this.#kept.keep(id, snapshot).catch(() => {})
      }
      await clock.sleep(KEEP_CHANGE_MS, signal).catch(() => {})
    }
    this.#isKeeping = false
  }

  /** None if they cannot be read: they only add to what is seen. */
  async #noticesOf(handle: ElectionHandle): Promise<readonly ElectionNotice[]> {
    try {
      const { clock } = this.#surroundings
      return await withPatience(clock, EVENTS_MS, async (signal) => listNotices(await handle.client(), clock, handle, signal))
    } catch {
      return []
    }
  }

  #now(): Moment {
    const { clock } = this.#surroundings
    return { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() }
  }
}
