import * as vscode from 'vscode'
import type { Needs } from '../commands/needs.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { errorText } from '../advice.ts'
import { baseConfiguration, checkConfiguration } from './definition.ts'
import { forPlatform } from './base-configuration.ts'
import { DebugSession } from './debug-session.ts'
import { KeepSession } from './keep-session.ts'
import { LeaderAdapter } from './leader-adapter.ts'

/** The debug sessions of this window that lead, or keep a lease, while a program runs under another debugger. */
export class Debugging implements vscode.Disposable {
  readonly #app: Needs<'clusters' | 'candidacies' | 'clock' | 'context' | 'pauses'>
  readonly #sessions = new Map<string, DebugSession | KeepSession>()
  readonly #registrations: vscode.Disposable

  constructor(app: Needs<'clusters' | 'candidacies' | 'clock' | 'context' | 'pauses'>) {
    this.#app = app
    this.#registrations = vscode.Disposable.from(
      vscode.debug.registerDebugAdapterTrackerFactory('*', { createDebugAdapterTracker: (session) => this.#trackerOf(session) }),
      vscode.debug.onDidStartDebugSession((session) => this.#parentOf(session)?.childStarted(session)),
      vscode.debug.onDidTerminateDebugSession((session) => {
        this.#parentOf(session)?.childEnded(session)
        this.#sessions.delete(session.id)
      }),
    )
  }

  dispose(): void {
    this.#registrations.dispose()
  }

  /**
   * Checks the configuration before anything is built, and has VS Code run the base's tasks: its `preLaunchTask` runs
   * before leadership is taken, its `postDebugTask` after the end.
   */
  async resolveDebugConfiguration(
    folder: vscode.WorkspaceFolder | undefined,
    configuration: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration | null | undefined> {
    // Without a launch.json: VS Code then opens a new one.
    if (!configuration.type) return null
    try {
      const { base } = checkConfiguration(configuration)
      const { preLaunchTask, postDebugTask } = forPlatform(baseConfiguration(folder, base), process.platform)
      return { ...(preLaunchTask !== undefined && { preLaunchTask }), ...(postDebugTask !== undefined && { postDebugTask }), ...configuration }
    } catch (error) {
      await showProblem(errorText(error))
      return undefined
    }
  }

  createDebugAdapterDescriptor(session: vscode.DebugSession): vscode.DebugAdapterDescriptor {
    const adapter: LeaderAdapter = new LeaderAdapter({
      launch: () => own.launch(),
      restart: () => own.restart(),
      end: () => own.end(),
    })
    const own = session.configuration['mode'] === 'keep' ? new KeepSession(this.#app, session, adapter) : new DebugSession(this.#app, session, adapter)
    this.#sessions.set(session.id, own)
    return new vscode.DebugAdapterInlineImplementation(adapter)
  }

  #trackerOf(session: vscode.DebugSession): vscode.DebugAdapterTracker | undefined {
    return this.#ancestorOf(session)?.tracker(session)
  }

  #parentOf({ parentSession }: vscode.DebugSession): DebugSession | KeepSession | undefined {
    return parentSession && this.#sessions.get(parentSession.id)
  }

  /** The session of this type above another one. */
  #ancestorOf(session: vscode.DebugSession): DebugSession | KeepSession | undefined {
    const { parentSession } = session
    return parentSession && (this.#sessions.get(parentSession.id) ?? this.#ancestorOf(parentSession))
  }
}

async function showProblem(text: string): Promise<void> {
  const open = vscode.l10n.t('Open launch.json')
  const picked = await vscode.window.showErrorMessage(harmless(text, 500), { modal: true }, open)
  if (picked === open) await vscode.commands.executeCommand('workbench.action.debug.configure')
}
