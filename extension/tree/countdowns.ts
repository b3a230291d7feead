import * as vscode from 'vscode'
import type { State, Status } from '../../shared/lease/status.ts'
import type { Clock } from '../../shared/time/clock.ts'
import { Listeners } from '../listeners.ts'
import type { ElectionRow } from './rows.ts'
import { countdownBadge } from './row-text.ts'

const SCHEME = 'kubectl-leader-election'
/** If more rows than this have been on screen, find out again which ones still are. */
const MOST_TRACKED = 150
/**
 * How often the countdown of a healthy row changes, in milliseconds; others change every second. VS Code shows the tooltip
 * of a row only if its decoration does not change for half a second.
 */
const HEALTHY_TICK_MS = 3_000
/** A window that has not asked for a decoration again after this time will not do so any more. */
const FORGOTTEN_MS = 10_000
/** Longer than a person reads a tooltip. */
const HOLD_STILL_MS = 90_000

/** The countdown that VS Code was last given for a row, and when: monotonic milliseconds. */
interface Answer {
  readonly state: State | null
  readonly badge: string | null
  readonly atMs: number
  /** Whether VS Code was told that it has changed since. VS Code then asks again if the row is on screen. */
  readonly isRevoked: boolean
}

/**
 * The countdowns of the rows, as file decorations. A decoration is the only part of a row that VS Code can change without
 * redrawing the row, which would take the focus from an open menu (microsoft/vscode#153982). VS Code asks only for the
 * decorations of rows on screen.
 */
export class Countdowns implements vscode.FileDecorationProvider, vscode.Disposable {
  readonly onDidChangeFileDecorations: vscode.Event<vscode.Uri | vscode.Uri[] | undefined>
  readonly #changed = new vscode.EventEmitter<vscode.Uri | vscode.Uri[] | undefined>()
  readonly #rows = new Map<string, ElectionRow>()
  readonly #asked = new Map<string, Answer>()
  readonly #inSight = new Set<ElectionRow>()
  readonly #freed = new Listeners<ElectionRow>()
  readonly #clock: Clock
  /** The row whose tooltip the person is reading. If its decoration changed, VS Code would hide the tooltip. */
  #still: { readonly row: ElectionRow; readonly uri: string; readonly untilMs: number } | null = null

  constructor(clock: Clock) {
    this.#clock = clock
    this.onDidChangeFileDecorations = this.#changed.event
  }

  /** The rows whose countdown VS Code has asked for recently. */
  get inSight(): ReadonlySet<ElectionRow> {
    return this.#inSight
  }

  /** Registers a row under its URI. */
  track(row: ElectionRow, uri: vscode.Uri): void {
    this.#rows.set(uri.toString(), row)
  }

  /** Forgets a row, whose election was deleted. */
  forget(row: ElectionRow): void {
    const uri = uriOf(row).toString()
    this.#rows.delete(uri)
    this.#asked.delete(uri)
    this.#inSight.delete(row)
  }

  /**
   * Pauses the countdown of a row while the person reads its tooltip: until another tooltip is shown, {@link free} is
   * called, or 90s have passed. A change of state is still shown.
   */
  holdStill(row: ElectionRow): void {
    if (this.#still?.row !== row) this.free()
    this.#still = { row, uri: uriOf(row).toString(), untilMs: this.#clock.monotonicMs() + HOLD_STILL_MS }
  }

  /** Resumes the countdown of the paused row. */
  free(): void {
    const still = this.#still
    if (!still) return
    this.#still = null
    this.#freed.tell(still.row)
  }

  /** Calls `listener` with each row whose countdown has resumed. */
  onFreed(listener: (row: ElectionRow) => void): void {
    this.#freed.add(listener)
  }

  /** Tells VS Code which countdowns have changed. */
  update(): void {
    if (this.#still && this.#clock.monotonicMs() >= this.#still.untilMs) this.free()
    if (this.#asked.size > MOST_TRACKED && !this.#still) {
      // This drops all decorations. VS Code asks again for those on screen.
      this.#asked.clear()
      this.#inSight.clear()
      this.#changed.fire(undefined)
      return
    }
    const nowMs = this.#clock.monotonicMs()
    const isDue = (uri: string, { state, badge, atMs, isRevoked }: Answer): boolean => {
      // Tell VS Code once, and then wait until it asks: a busy window may take a while.
      if (isRevoked && nowMs - atMs < FORGOTTEN_MS) return false
      const status = this.#statusOf(uri)
      if ((status?.state ?? null) !== state) return true
      if (uri === this.#still?.uri || (state === 'held' && nowMs - atMs < HEALTHY_TICK_MS)) return false
      return (status && countdownBadge(status)) !== badge
    }
    const due = [...this.#asked].filter(([uri, answer]) => isDue(uri, answer))
    for (const [uri, answer] of due) this.#asked.set(uri, { ...answer, atMs: nowMs, isRevoked: true })
    if (due.length > 0) this.#changed.fire(due.map(([uri]) => vscode.Uri.parse(uri)))
  }

  provideFileDecoration(uri: vscode.Uri): vscode.FileDecoration | undefined {
    if (uri.scheme !== SCHEME) return undefined
    const key = uri.toString()
    const status = this.#statusOf(key)
    const badge = status && countdownBadge(status)
    // Spread the first changes over time, so that not all rows change at once.
    const asIfAgoMs = this.#asked.has(key) ? 0 : (this.#asked.size * 1_000) % HEALTHY_TICK_MS
    const row = this.#rows.get(key)
    if (row) this.#inSight.add(row)
    const atMs = this.#clock.monotonicMs() - asIfAgoMs
    this.#asked.set(key, { state: status?.state ?? null, badge, atMs, isRevoked: false })
    if (!status || badge === null) return undefined
    const isBad = status.state === 'expired' || status.state === 'late'
    const color = !isBad ? undefined : new vscode.ThemeColor(status.state === 'late' ? 'list.warningForeground' : 'list.errorForeground')
    const text = status.state === 'expired' ? vscode.l10n.t('expired') : vscode.l10n.t('expires in {0}', badge)
    return new vscode.FileDecoration(badge, text, color)
  }

  #statusOf(uri: string): Status | null {
    return this.#rows.get(uri)?.handle.read()?.status ?? null
  }

  dispose(): void {
    this.#changed.dispose()
  }
}

/** The URI that represents a row, because VS Code decorates only resources. */
export function uriOf({ id }: ElectionRow): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, path: `/${id}` })
}
