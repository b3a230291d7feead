import { fill } from '../words/fill.ts'
import { randomBytes } from 'node:crypto'
import * as vscode from 'vscode'
import { harmless } from '../../shared/lease/harmless.ts'
import type { TimelineSnapshot } from '../../shared/lease/timeline/snapshot.ts'
import type { TimelineSubject } from '../../shared/lease/timeline/timeline-json.ts'
import type { Clock } from '../../shared/time/clock.ts'
import { exportTimeline } from './export.ts'
import { fromPage, type ExportFormat, type FromPage, type ShownPauses, type ToPage, type WatchPhase } from './messages.ts'
import { pageHtml } from './page.ts'
import type { ViewAction } from './viewport.ts'
import { contentsOf, RecordingPlayer, SPEEDS } from './recording/player.ts'
import { TIMELINE_STRINGS, type TimelineStrings } from './strings.ts'

/** What a panel needs from the extension. */
export interface TimelineSurroundings {
  readonly extensionUri: vscode.Uri
  readonly clock: Clock
}

/** Where the timeline of a panel comes from: a watched election, or a recording. */
export interface TimelineSource extends Disposable {
  readonly phase: WatchPhase
  /** The number of changes so far, besides the passing of time. */
  readonly changes: number
  snapshot(): TimelineSnapshot
}

/** How a panel begins. */
export interface PanelStart {
  readonly subject: TimelineSubject
  readonly source: TimelineSource | RecordingPlayer
  /** Whether it ends with its window, as the sandbox and a recording do. */
  readonly isTransient: boolean
  /** The pauses at breakpoints until now. */
  readonly pauses: () => ShownPauses
  /** A panel that VS Code has restored; null for a new one. */
  readonly restored: vscode.WebviewPanel | null
}

export const VIEW_TYPE = 'kubectlLeader.timeline'
/** The folder with the page's script and style sheet, in the extension's folder. */
const PAGE_FOLDER = ['dist', 'extension']
/** How often a visible page is told that time has passed. */
const TICK_MS = 500
/** The same while a recording plays. */
const PLAYING_MS = 100
const LONGEST_TITLE = 60

/**
 * One open timeline. Its page exists only while it is on screen, and keeps its view while it is not. Nothing is sent or
 * drawn while it is hidden, but the recording continues.
 */
export class TimelinePanel implements Disposable {
  readonly #panel: vscode.WebviewPanel
  readonly #clock: Clock
  readonly #source: TimelineSource | RecordingPlayer
  readonly #subject: TimelineSubject
  readonly #strings: TimelineStrings
  readonly #pauses: () => ShownPauses
  /** See {@link PanelStart.isTransient}. */
  readonly isTransient: boolean
  #ticking: AbortController | null = null
  #isPaused = false

  constructor({ extensionUri, clock }: TimelineSurroundings, start: PanelStart, onClose: () => void) {
    this.#clock = clock
    this.#subject = start.subject
    this.isTransient = start.isTransient
    this.#strings = translated()
    this.#pauses = start.pauses
    this.#source = start.source
    const player = this.#player
    const pageUri = vscode.Uri.joinPath(extensionUri, ...PAGE_FOLDER)
    const title = fill(player ? this.#strings.recordingTitle : this.#strings.panelTitle, harmless(start.subject.name, LONGEST_TITLE))
    const options = { enableScripts: true, localResourceRoots: [pageUri] }
    this.#panel = start.restored ?? vscode.window.createWebviewPanel(VIEW_TYPE, title, vscode.ViewColumn.Active, options)
    this.#panel.webview.options = options
    const { webview } = this.#panel
    webview.onDidReceiveMessage((message: unknown) => this.#onMessage(message))
    this.#panel.onDidChangeViewState(() => {
      if (!this.#panel.visible) this.#stopTicking()
      if (this.#panel.active) this.#showPaused()
    })
    this.#panel.onDidDispose(() => {
      this.#stopTicking()
      this.#source[Symbol.dispose]()
      onClose()
    })
    webview.html = pageHtml(
      { subject: this.#subject, isTransient: start.isTransient, speeds: player ? SPEEDS : null, strings: this.#strings, language: vscode.env.language },
      {
        cspSource: webview.cspSource,
        nonce: randomBytes(16).toString('hex'),
        scriptUri: webview.asWebviewUri(vscode.Uri.joinPath(pageUri, 'timeline.js')).toString(),
        styleUri: webview.asWebviewUri(vscode.Uri.joinPath(pageUri, 'timeline.css')).toString(),
      },
    )
  }

  get isActive(): boolean {
    return this.#panel.active
  }

  snapshot(): TimelineSnapshot {
    return this.#source.snapshot()
  }

  get #player(): RecordingPlayer | null {
    return this.#source instanceof RecordingPlayer ? this.#source : null
  }

  /** Does what a button in the title does. */
  act(action: ViewAction): void {
    this.#post({ type: 'act', action })
  }

  /** Asks for a file, and saves the timeline to it. */
  export(format: ExportFormat): void {
    this.#post({ type: 'export', format })
  }

  reveal(): void {
    this.#panel.reveal()
  }

  [Symbol.dispose](): void {
    this.#panel.dispose()
  }

  #onMessage(message: unknown): void {
    const told = fromPage(message)
    // VS Code creates the page again whenever it comes back on screen. It then sends this message.
    if (told?.type === 'ready') this.#startTicking()
    if (told?.type === 'paused') {
      this.#isPaused = told.isPaused
      this.#showPaused()
    }
    if (told?.type === 'export') void exportTimeline(told, this.#subject, this.#source.snapshot(), this.#pauses().pauses, this.#strings)
    if (told?.type === 'play' || told?.type === 'seek' || told?.type === 'speed') this.#steer(told)
  }

  #steer(told: Extract<FromPage, { readonly type: 'play' | 'seek' | 'speed' }>): void {
    const player = this.#player
    if (told.type === 'play') player?.play(told.isPlaying)
    else if (told.type === 'seek') player?.seek(told.atMs)
    else player?.setSpeed(told.speed)
    if (this.#ticking) this.#startTicking()
  }

  /** The title has a button to pause, or one to follow. */
  #showPaused(): void {
    void vscode.commands.executeCommand('setContext', 'kubectlLeader.timelineIsPaused', this.#isPaused)
  }

  #startTicking(): void {
    this.#stopTicking()
    this.#ticking = new AbortController()
    void this.#tick(this.#ticking.signal)
  }

  #stopTicking(): void {
    this.#ticking?.abort()
    this.#ticking = null
  }

  async #tick(signal: AbortSignal): Promise<void> {
    let toldChanges: number | string = -1
    let toldPauses = ''
    while (!signal.aborted) {
      const source = this.#source
      const playback = this.#player?.playback
      const snapshot = source.snapshot()
      const changes = source instanceof RecordingPlayer ? contentsOf(snapshot) : source.changes
      const { now, spans, lastChange } = snapshot
      if (changes !== toldChanges) this.#post({ type: 'timeline', snapshot, phase: source.phase, ...(playback && { playback }) })
      else this.#post({ type: 'tick', change: { now, spans, lastChange }, ...(playback && { playback }) })
      toldChanges = changes
      const pauses = this.#pauses()
      const text = JSON.stringify(pauses)
      if (text !== toldPauses) this.#post({ type: 'pauses', ...pauses })
      toldPauses = text
      await this.#clock.sleep(playback?.isPlaying ? PLAYING_MS : TICK_MS, signal).catch(() => {})
    }
  }

  #post(message: ToPage): void {
    void this.#panel.webview.postMessage(message)
  }
}

function translated(): TimelineStrings {
  const entries = Object.entries(TIMELINE_STRINGS).map(([key, text]) => [key, vscode.l10n.t(text)])
  return Object.fromEntries(entries) as TimelineStrings
}
