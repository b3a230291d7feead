import * as vscode from 'vscode'
import type { ElectionRow } from './rows.ts'
import { countdownBadge } from './row-text.ts'

const SCHEME = 'kubectl-leader-election'
/** Where more rows than this were seen, those that are still on screen are found out anew. */
const MOST_TRACKED = 150

/**
 * The countdowns of the rows, as file decorations: the one part of a row that VS Code can change without drawing the
 * row anew (which takes the focus from an open menu: microsoft/vscode#153982), and asks for only where it is on screen.
 */
export class Countdowns implements vscode.FileDecorationProvider, vscode.Disposable {
  readonly onDidChangeFileDecorations: vscode.Event<vscode.Uri | vscode.Uri[] | undefined>
  readonly #changed = new vscode.EventEmitter<vscode.Uri | vscode.Uri[] | undefined>()
  readonly #rows = new Map<string, ElectionRow>()
  /** What was asked for, with what was answered. */
  readonly #asked = new Map<string, string>()

  constructor() {
    this.onDidChangeFileDecorations = this.#changed.event
  }

  /** The rows whose countdown was asked for of late. */
  get inSight(): readonly ElectionRow[] {
    return [...this.#asked.keys()].flatMap((uri) => this.#rows.get(uri) ?? [])
  }

  /** Says that there is such a row. */
  track(row: ElectionRow): void {
    this.#rows.set(uriOf(row).toString(), row)
  }

  /** Tells which countdowns are no longer what they were. */
  update(): void {
    if (this.#asked.size > MOST_TRACKED) {
      // Every decoration of this provider is dropped, and those on screen are asked for again.
      this.#asked.clear()
      this.#changed.fire(undefined)
      return
    }
    const stale = [...this.#asked].filter(([uri, answered]) => textOf(this.#rows.get(uri)) !== answered)
    if (stale.length > 0) this.#changed.fire(stale.map(([uri]) => vscode.Uri.parse(uri)))
  }

  provideFileDecoration(uri: vscode.Uri): vscode.FileDecoration | undefined {
    if (uri.scheme !== SCHEME) return undefined
    const key = uri.toString()
    const row = this.#rows.get(key)
    const status = row?.handle.read()?.status
    this.#asked.set(key, textOf(row))
    const badge = status && countdownBadge(status)
    if (!status || !badge) return undefined
    const isBad = status.state === 'expired' || status.state === 'late'
    const color = !isBad ? undefined : new vscode.ThemeColor(status.state === 'late' ? 'list.warningForeground' : 'list.errorForeground')
    const text = status.state === 'expired' ? vscode.l10n.t('expired') : vscode.l10n.t('expires in {0}', badge)
    return new vscode.FileDecoration(badge, text, color)
  }

  dispose(): void {
    this.#changed.dispose()
  }
}

/** Stands for a row, where VS Code wants to decorate a resource. */
export function uriOf({ id }: ElectionRow): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, path: `/${id}` })
}

function textOf(row: ElectionRow | undefined): string {
  const status = row?.handle.read()?.status
  return status ? `${status.state} ${countdownBadge(status) ?? ''}` : ''
}
