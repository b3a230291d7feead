import { fill } from '../words/fill.ts'
import { randomBytes } from 'node:crypto'
import * as vscode from 'vscode'
import { harmless, type Timeline, type TimelineSnapshot, type TimelineSubject } from '../../shared/lease/index.ts'
import type { Clock } from '../../shared/time/index.ts'
import { exportTimeline } from './export.ts'
import { fromPage, type ExportFormat, type ToPage } from './messages.ts'
import { pageHtml } from './page.ts'
import type { ViewAction } from './viewport.ts'
import { TimelineRecorder, type TimelineTarget } from './recorder.ts'
import { TIMELINE_STRINGS, type TimelineStrings } from './strings.ts'

/** What a panel needs from the extension. */
export interface TimelineSurroundings {
  readonly extensionUri: vscode.Uri
  readonly clock: Clock
}

/** How a panel begins. */
export interface PanelStart {
  /** Whether the context is the sandbox, which ends with its window. */
  readonly isSandbox: boolean
  /** What was known earlier. */
  readonly timeline: Timeline
  /** A panel that VS Code has restored; null for a new one. */
  readonly restored: vscode.WebviewPanel | null
}

export const VIEW_TYPE = 'kubectlLeader.timeline'
/** The folder with the page's script and style sheet, in the extension's folder. */
const PAGE_FOLDER = ['dist', 'extension']
/** How often a visible page is told that time has passed. */
const TICK_MS = 500
const LONGEST_TITLE = 60

/**
 * One open timeline. Its page exists only while it is on screen, and keeps its view while it is not. Nothing is sent or
 * drawn while it is hidden, but the recording continues.
 */
export class TimelinePanel implements Disposable {
  readonly #panel: vscode.WebviewPanel
  readonly #clock: Clock
  readonly #recorder: TimelineRecorder
  readonly #subject: TimelineSubject
  readonly #strings: TimelineStrings
  #ticking: AbortController | null = null
  #isPaused = false

  constructor(target: TimelineTarget, { extensionUri, clock }: TimelineSurroundings, start: PanelStart, onClose: () => void) {
    this.#clock = clock
    this.#subject = { context: target.contextName, lock: target.lock, namespace: target.namespace, name: target.name }
    this.#strings = translated()
    this.#recorder = new TimelineRecorder(target, clock, start.timeline)
    const pageUri = vscode.Uri.joinPath(extensionUri, ...PAGE_FOLDER)
    const title = fill(this.#strings.panelTitle, harmless(target.name, LONGEST_TITLE))
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
      this.#recorder[Symbol.dispose]()
      onClose()
    })
    webview.html = pageHtml(
      { subject: this.#subject, isSandbox: start.isSandbox, strings: this.#strings, language: vscode.env.language },
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

  /** The number of changes recorded so far. */
  get changes(): number {
    return this.#recorder.changes
  }

  snapshot(): TimelineSnapshot {
    return this.#recorder.snapshot()
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
    if (told?.type === 'export') void exportTimeline(told, this.#subject, this.#recorder.snapshot(), this.#strings)
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
    let toldChanges = -1
    while (!signal.aborted) {
      const { changes, phase } = this.#recorder
      const snapshot = this.#recorder.snapshot()
      const { now, spans, lastChange } = snapshot
      if (changes !== toldChanges) this.#post({ type: 'timeline', snapshot, phase })
      else this.#post({ type: 'tick', change: { now, spans, lastChange } })
      toldChanges = changes
      await this.#clock.sleep(TICK_MS, signal).catch(() => {})
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
