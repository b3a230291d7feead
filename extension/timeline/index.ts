import * as vscode from 'vscode'
import type { ApiClient } from '../../shared/cluster/client.ts'
import type { ElectionStore } from '../../shared/cluster/list-watch/store.ts'
import { listNotices, type ElectionNotice } from '../../shared/cluster/elections/events.ts'
import { electionKey } from '../../shared/lease/election-ref.ts'
import { Timeline } from '../../shared/lease/timeline/timeline.ts'
import type { Moment } from '../../shared/lease/status.ts'
import type { TimelineSnapshot } from '../../shared/lease/timeline/snapshot.ts'
import { withPatience } from '../../shared/time/with-patience.ts'
import type { Clock } from '../../shared/time/clock.ts'
import type { Clusters } from '../clusters/clusters.ts'
import { pauseText, type LeasePauses } from '../debug/lease-pauses.ts'
import { ElectionHandle } from '../clusters/election-handle.ts'
import type { Memory } from '../memory/memory.ts'
import { earlierTimeline } from './earlier.ts'
import { KeptRecordings } from './kept-recordings.ts'
import type { ShownPauses } from './messages.ts'
import { TimelinePanel, VIEW_TYPE, type PanelStart } from './panel.ts'
import { subjectOf } from './page-state.ts'
import { RecordingPlayer } from './recording/player.ts'
import type { RecordedSubject } from './recording/read-recording.ts'
import { TimelineRecorder } from './recorder.ts'

/** A recording does not tell who stood at a breakpoint. */
const NO_PAUSES: ShownPauses = { pauses: [], text: null }

export interface TimelinesSurroundings {
  readonly clock: Clock
  readonly clusters: Clusters
  readonly memory: Memory
  readonly pauses: LeasePauses
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
      this.#show(handle, await this.#earlier(handle), null)
    } finally {
      this.#opening.delete(handle.id)
    }
  }

  /** Keeps all recordings: this window may be about to be reloaded. */
  async keep(): Promise<void> {
    await Promise.all([...this.#open].filter(([, { isTransient }]) => !isTransient).map(([id, panel]) => this.#kept.keep(id, panel.snapshot())))
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
      this.#show(handle, kept ? Timeline.after(kept, vscode.l10n.t('The window was reloaded.')) : await this.#earlier(handle), panel)
    } catch {
      // The kubeconfig does not have this context any more, or cannot be read.
      panel.dispose()
    }
  }

  #show(handle: ElectionHandle, timeline: Timeline, restored: vscode.WebviewPanel | null): void {
    const { clock, clusters, context, memory } = this.#surroundings
    const { id, contextName, lock, namespace, name, session } = handle
    // If the sandbox is restarted, or the context chosen again, the election has a new session.
    const connect = (dead: ApiClient | null): Promise<ApiClient> => clusters.current(session).client(dead)
    const onWatch = (store: ElectionStore, server: string) => memory.watch(store, { context: contextName, server, isVolatile: session.isSandbox })
    const source = new TimelineRecorder({ lock, namespace, name, connect, onWatch }, clock, timeline)
    const subject = { context: contextName, lock, namespace, name }
    // If it is closed, its recording stays: a reload of the window closes panels, too, before it opens them again.
    this.#add(id, { subject, source, isTransient: session.isSandbox, restored, pauses: () => this.#pausesOf(handle) }, context.extensionUri)
    if (!session.isSandbox) void this.#keepRegularly()
  }

  #pausesOf(handle: ElectionHandle): ShownPauses {
    const { pauses } = this.#surroundings
    const present = pauses.presentOf(handle)
    return {
      pauses: pauses.of(handle).map(({ from, to }) => ({ fromMs: from.monotonicMs, toMs: to?.monotonicMs ?? null })),
      text: present ? pauseText(present) : null,
    }
  }

  /** Shows the timeline of an election in a recording, whole. */
  play(file: string, { context, changes: _, ...ref }: RecordedSubject, whole: TimelineSnapshot): void {
    const id = `recording ${file} ${electionKey(ref)}`
    const shown = this.#open.get(id)
    if (shown) {
      shown.reveal()
      return
    }
    const source = new RecordingPlayer(whole, this.#surroundings.clock)
    this.#add(id, { subject: { context, ...ref }, source, isTransient: true, restored: null, pauses: () => NO_PAUSES }, this.#surroundings.context.extensionUri)
  }

  #add(id: string, start: PanelStart, extensionUri: vscode.Uri): void {
    this.#open.set(id, new TimelinePanel({ extensionUri, clock: this.#surroundings.clock }, start, () => this.#open.delete(id)))
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
        if (panel.isTransient) continue
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

  /** What is known of an election from before. */
  async #earlier(handle: ElectionHandle): Promise<Timeline> {
    const { memory } = this.#surroundings
    const { contextName: context, lock, namespace, name } = handle
    const { server, notices } = await this.#noticesOf(handle)
    const now = this.#now()
    const remembered = await memory.timelineOf({ context, server, lock, namespace, name }, now)
    return Timeline.after(earlierTimeline(remembered, notices, now), null)
  }

  /** None if they cannot be read: they only add to what is seen. */
  async #noticesOf(handle: ElectionHandle): Promise<{ readonly server: string | null; readonly notices: readonly ElectionNotice[] }> {
    const { clock } = this.#surroundings
    let server: string | null = null
    try {
      const notices = await withPatience(clock, EVENTS_MS, async (signal) => {
        const client = await handle.client()
        server = client.server
        return listNotices(client, clock, handle, signal)
      })
      return { server, notices }
    } catch {
      return { server, notices: [] }
    }
  }

  #now(): Moment {
    const { clock } = this.#surroundings
    return { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() }
  }
}
