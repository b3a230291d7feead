import * as vscode from 'vscode'
import { harmless } from '../../shared/lease/harmless.ts'
import type { Clock } from '../../shared/time/clock.ts'
import type { ElectionHandle } from '../clusters/election-handle.ts'
import { pauseText, type LeasePauses } from './lease-pauses.ts'

/** How often to update the time that is left; milliseconds. */
const TICK_MS = 15_000

/** Shows in the status bar that this window keeps the lease of a program that is paused. */
export class KeptStatus implements vscode.Disposable {
  readonly #item: vscode.StatusBarItem
  readonly #end: () => void
  readonly #over = new AbortController()

  constructor(pauses: LeasePauses, handle: ElectionHandle, clock: Clock) {
    this.#item = vscode.window.createStatusBarItem('kubectlLeader.kept', vscode.StatusBarAlignment.Left)
    this.#item.name = vscode.l10n.t('Kept Lease')
    this.#item.backgroundColor = new vscode.ThemeColor('statusBarItem.warningBackground')
    this.#item.tooltip = vscode.l10n.t('This window renews the lease in the name of the program.')
    this.#item.command = 'workbench.debug.action.focusRepl'
    // A text from the cluster must not become an icon.
    const name = harmless(handle.name, 200).replaceAll('$(', '$ (')
    const update = (): void => {
      const pause = pauses.presentOf(handle)
      if (pause?.mode !== 'kept') return this.#item.hide()
      this.#item.text = `$(debug-pause) ${vscode.l10n.t('{0}: {1}', name, pauseText(pause))}`
      this.#item.show()
    }
    this.#end = pauses.onChange(update)
    void this.#tick(clock, update)
  }

  dispose(): void {
    this.#over.abort()
    this.#end()
    this.#item.dispose()
  }

  async #tick(clock: Clock, update: () => void): Promise<void> {
    const pause = (): Promise<boolean> => clock.sleep(TICK_MS, this.#over.signal).then(() => true, () => false)
    while (await pause()) update()
  }
}
