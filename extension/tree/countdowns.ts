import * as vscode from 'vscode'
import type { State, Status } from '../../shared/lease/index.ts'
import type { Clock } from '../../shared/time/index.ts'
import { Listeners } from '../listeners.ts'
import type { ElectionRow } from './rows.ts'
import { countdownBadge } from './row-text.ts'

const SCHEME = 'kubectl-leader-election'
/** Where more rows than this were seen, those that are still on screen are found out anew. */
const MOST_TRACKED = 150
/**
 * How long the countdown of a row stands where all is well, in milliseconds; others count every second. Pointing at a
 * row shows its tooltip only if its decoration does not change for half a second.
 */
const HEALTHY_TICK_MS = 3_000
/** A window that has not asked again for so long never will. */
const FORGOTTEN_MS = 10_000
/** Longer than anybody reads a tooltip. */
const HOLD_STILL_MS = 90_000

/** What a row's countdown said, and when: monotonic milliseconds. */
interface Answer {
  readonly state: State | null
  readonly badge: string | null
  readonly atMs: number
  /** Whether it was told since that this is no longer so: then it is asked for again in time. */
  readonly isRevoked: boolean
}

/**
 * The countdowns of the rows, as file decorations: the one part of a row that VS Code can change without drawing the
 * row anew (which takes the focus from an open menu: microsoft/vscode#153982), and asks for only where it is on screen.
 */
export class Countdowns implements vscode.FileDecorationProvider, vscode.Disposable {
  readonly onDidChangeFileDecorations: vscode.Event<vscode.Uri | vscode.Uri[] | undefined>
  readonly #changed = new vscode.EventEmitter<vscode.Uri | vscode.Uri[] | undefined>()
  readonly #rows = new Map<string, ElectionRow>()
  readonly #asked = new Map<string, Answer>()
  readonly #inSight = new Set<ElectionRow>()
  readonly #freed = new Listeners<ElectionRow>()
  readonly #clock: Clock
  /** The row whose tooltip is being read. A decoration that changes would take it away. */
  #still: { readonly row: ElectionRow; readonly uri: string; readonly untilMs: number } | null = null

  constructor(clock: Clock) {
    this.#clock = clock
    this.onDidChangeFileDecorations = this.#changed.event
  }

  /** The rows whose countdown was asked for of late. */
  get inSight(): ReadonlySet<ElectionRow> {
    return this.#inSight
  }

  /** Says that there is such a row, under that URI. */
  track(row: ElectionRow, uri: vscode.Uri): void {
    this.#rows.set(uri.toString(), row)
  }

  /**
   * Holds the countdown of a row still while its tooltip is read: until another one is, for at most 90 s, or until
   * {@link free} is called. A change of state shows all the same.
   */
  holdStill(row: ElectionRow): void {
    if (this.#still?.row !== row) this.free()
    this.#still = { row, uri: uriOf(row).toString(), untilMs: this.#clock.monotonicMs() + HOLD_STILL_MS }
  }

  /** Lets the row that was held still count down again. */
  free(): void {
    const still = this.#still
    if (!still) return
    this.#still = null
    this.#freed.tell(still.row)
  }

  /** Calls `listener` with each row that is no longer held still. */
  onFreed(listener: (row: ElectionRow) => void): void {
    this.#freed.add(listener)
  }

  /** Tells which countdowns are no longer what they were. */
  update(): void {
    if (this.#still && this.#clock.monotonicMs() >= this.#still.untilMs) this.free()
    if (this.#asked.size > MOST_TRACKED && !this.#still) {
      // Every decoration of this provider is dropped, and those on screen are asked for again.
      this.#asked.clear()
      this.#inSight.clear()
      this.#changed.fire(undefined)
      return
    }
    const nowMs = this.#clock.monotonicMs()
    const isDue = (uri: string, { state, badge, atMs, isRevoked }: Answer): boolean => {
      // A busy window is told once, whatever happens until it asks.
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
    // Not all at once: at first, some stand for less than the others do.
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

/** Stands for a row, where VS Code wants to decorate a resource. */
export function uriOf({ id }: ElectionRow): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, path: `/${id}` })
}
