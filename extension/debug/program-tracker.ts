import type * as vscode from 'vscode'

/** What is seen of a debugger that runs the program. */
export interface ProgramObserver {
  /** The process ID of the program, as its debugger tells it. */
  named(pid: number): void
  /** A debugger says that it has started the program. */
  launched(): void
  paused(sessionId: string, isPaused: boolean): void
  /** The debugger restarts the program by itself. */
  restarting(): void
}

/** After one of these, the program runs, or will not be resumed. */
const RESUMING = new Set(['continue', 'next', 'stepIn', 'stepOut', 'stepBack', 'reverseContinue', 'goto', 'restartFrame', 'restart', 'disconnect', 'terminate'])

/** What a debugger sends, as far as it is used here. */
interface Sent {
  readonly type: string
  readonly command?: string
  readonly success?: boolean
  readonly event?: string
  readonly body?: { readonly systemProcessId?: unknown }
}

/** Reads along what VS Code and a debugger say to each other. */
export function programTracker({ id }: Pick<vscode.DebugSession, 'id'>, observer: ProgramObserver): vscode.DebugAdapterTracker {
  return {
    onWillReceiveMessage({ type, command }: { readonly type: string; readonly command?: string }) {
      if (type !== 'request' || command === undefined || !RESUMING.has(command)) return
      observer.paused(id, false)
      if (command === 'restart') observer.restarting()
    },
    onDidSendMessage({ type, command, success, event, body }: Sent) {
      if (type === 'response' && command === 'launch' && success === true) observer.launched()
      if (type !== 'event') return
      if (event === 'stopped') observer.paused(id, true)
      if (event === 'continued' || event === 'exited' || event === 'terminated') observer.paused(id, false)
      if (event === 'process' && typeof body?.systemProcessId === 'number') observer.named(body.systemProcessId)
    },
    onExit: () => observer.paused(id, false),
    onError: () => observer.paused(id, false),
  }
}
