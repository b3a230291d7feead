import { fill } from '../words/fill.ts'
import { randomBytes } from 'node:crypto'
import * as vscode from 'vscode'
import { harmless, type TimelineSubject } from '../../shared/lease/index.ts'
import type { Clock } from '../../shared/time/index.ts'
import { exportTimeline } from './export.ts'
import { fromPage, type ToPage } from './messages.ts'
import { pageHtml } from './page.ts'
import { TimelineRecorder, type TimelineTarget } from './recorder.ts'
import { TIMELINE_STRINGS, type TimelineStrings } from './strings.ts'

/** What a panel needs from the extension. */
export interface TimelineSurroundings {
  readonly extensionUri: vscode.Uri
  readonly clock: Clock
}

const VIEW_TYPE = 'kubectlLeader.timeline'
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

  constructor(target: TimelineTarget, { extensionUri, clock }: TimelineSurroundings, onClose: () => void) {
    this.#clock = clock
    this.#subject = { context: target.contextName, lock: target.lock, namespace: target.namespace, name: target.name }
    this.#strings = translated()
    this.#recorder = new TimelineRecorder(target, clock)
    const pageUri = vscode.Uri.joinPath(extensionUri, ...PAGE_FOLDER)
    const title = fill(this.#strings.panelTitle, harmless(target.name, LONGEST_TITLE))
    this.#panel = vscode.window.createWebviewPanel(VIEW_TYPE, title, vscode.ViewColumn.Active, {
      enableScripts: true,
      localResourceRoots: [pageUri],
    })
    const { webview } = this.#panel
    webview.onDidReceiveMessage((message: unknown) => this.#onMessage(message))
    this.#panel.onDidChangeViewState(() => {
      if (!this.#panel.visible) this.#stopTicking()
    })
    this.#panel.onDidDispose(() => {
      this.#stopTicking()
      this.#recorder[Symbol.dispose]()
      onClose()
    })
    webview.html = pageHtml(
      { subject: this.#subject, strings: this.#strings, language: vscode.env.language },
      {
        cspSource: webview.cspSource,
        nonce: randomBytes(16).toString('hex'),
        scriptUri: webview.asWebviewUri(vscode.Uri.joinPath(pageUri, 'timeline.js')).toString(),
        styleUri: webview.asWebviewUri(vscode.Uri.joinPath(pageUri, 'timeline.css')).toString(),
      },
    )
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
    if (told?.type === 'export') void exportTimeline(told, this.#subject, this.#recorder.snapshot(), this.#strings)
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
