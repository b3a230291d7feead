import * as vscode from 'vscode'
import { harmless } from '../../shared/lease/harmless.ts'
import type { Clock } from '../../shared/time/clock.ts'
import { electionText } from '../words/election-text.ts'
import type { Joined, JoinedSource } from './joined.ts'
import { showJoinedNotices, warnOfEnd } from './joined-notices.ts'

/** How long before the end of a term the person is warned. */
const WARNING_MS = 60_000

/** Shows the joined elections in the status bar until this window leaves them, and what happens to them in notifications. */
export class JoinedStatus implements vscode.Disposable {
  readonly #item: vscode.StatusBarItem
  readonly #joined: JoinedSource
  readonly #clock: Clock
  readonly #over = new AbortController()
  readonly #stopNotices: () => void
  readonly #stopUpdates: () => void
  /** By identity: the end of a term that is still further away than the warning. */
  readonly #toWarnOf = new Map<string, number>()
  #isTicking = false

  constructor(joined: JoinedSource, clock: Clock) {
    this.#joined = joined
    this.#clock = clock
    this.#item = vscode.window.createStatusBarItem('kubectlLeader.joined', vscode.StatusBarAlignment.Left)
    this.#item.name = vscode.l10n.t('Joined Elections')
    this.#stopUpdates = joined.onChange(() => this.#update())
    this.#stopNotices = showJoinedNotices(joined)
  }

  dispose(): void {
    this.#over.abort()
    this.#stopNotices()
    this.#stopUpdates()
    this.#item.dispose()
  }

  #update(): void {
    const { all } = this.#joined
    for (const identity of this.#toWarnOf.keys()) if (!all.some((each) => each.identity === identity)) this.#toWarnOf.delete(identity)
    if (all.length === 0) return this.#item.hide()
    const leading = all.filter(({ isLeading }) => isLeading)
    const [first] = leading.length > 0 ? leading : all
    const text = all.length === 1 ? this.#textOf(first!) : vscode.l10n.t('{0} joined, {1} leading', all.length, leading.length)
    this.#item.text = `$(${leading.length > 0 ? 'star-full' : 'star-empty'}) ${text}`
    this.#item.tooltip = [...all.map((each) => vscode.l10n.t('{0}: {1}', plain(electionText(each.handle)), this.#stateOf(each))), vscode.l10n.t('Select to leave, extend or show.')].join('\n')
    // A debug session warns on its own.
    for (const each of all) if (each.by !== 'debugger') this.#warn(each)
    this.#item.backgroundColor = leading.length > 0 ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined
    this.#item.command = all.length === 1 && first!.by === 'debugger' ? 'kubectlLeader.holdOptions' : 'kubectlLeader.joinedActions'
    this.#item.show()
    void this.#tick()
  }

  /** Updates the remaining hold time every second, if there is a limit. */
  async #tick(): Promise<void> {
    if (this.#isTicking) return
    this.#isTicking = true
    await this.#clock.sleep(1_000, this.#over.signal).catch(() => {})
    this.#isTicking = false
    if (!this.#over.signal.aborted && this.#joined.all.some(({ releasesAtWallMs }) => releasesAtWallMs !== null)) this.#update()
  }

  /** Warns once, a minute before a term ends because of the maximum hold time. */
  #warn(joined: Joined): void {
    const { identity, releasesAtWallMs } = joined
    if (releasesAtWallMs === null) return void this.#toWarnOf.delete(identity)
    if (releasesAtWallMs - this.#clock.wallMs() > WARNING_MS) return void this.#toWarnOf.set(identity, releasesAtWallMs)
    if (this.#toWarnOf.get(identity) !== releasesAtWallMs) return
    this.#toWarnOf.delete(identity)
    void warnOfEnd(joined)
  }

  #textOf(joined: Joined): string {
    const name = plain(joined.handle.name)
    if (!joined.isLeading) return vscode.l10n.t('{0}: standby', name)
    const { releasesAtWallMs, isPaused } = joined
    if (releasesAtWallMs === null) {
      return isPaused ? vscode.l10n.t('{0}: paused at a breakpoint, lease held', name) : vscode.l10n.t('{0}: leading', name)
    }
    const seconds = Math.max(0, Math.ceil((releasesAtWallMs - this.#clock.wallMs()) / 1000))
    const left = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
    return isPaused
      ? vscode.l10n.t('{0}: paused at a breakpoint, lease held, {1} left', name, left)
      : vscode.l10n.t('{0}: leading, {1} left', name, left)
  }

  #stateOf({ isLeading, problem, releasesAtWallMs }: Joined): string {
    const until = releasesAtWallMs === null ? null : new Date(releasesAtWallMs).toLocaleTimeString(vscode.env.language)
    const leading = until === null ? vscode.l10n.t('leading') : vscode.l10n.t('leading until {0}', until)
    const state = isLeading ? leading : vscode.l10n.t('standby')
    return problem === null ? state : `${state} (${plain(problem)})`
  }
}

/** Text from the cluster, in which `$(name)` does not become an icon. */
function plain(text: string): string {
  return harmless(text, 200).replaceAll('$(', '$ (')
}
