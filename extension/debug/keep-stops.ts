import type * as vscode from 'vscode'

/** What the debuggers of one program tell about it. */
export interface StopListener {
  /** A debugger reported a stop, and no request that resumes the program was sent since. */
  onStopped(): void
  /** A request that resumes the program is about to reach its debugger. */
  onResuming(): void
  /** The program was resumed, or a debug session of it has ended, without such a request. */
  onResumed(): void
  /** The debugger is asked to start the program anew, in the same session. */
  onRestarting(): void
  /** The process ID of the program, as its debugger tells it. */
  onProcess(pid: number): void
}

/** Requests after which the program may run. `evaluate` is not one: what it runs, its debugger stops again by itself. */
const RESUMING: ReadonlySet<unknown> = new Set([
  ...['continue', 'next', 'stepIn', 'stepOut', 'stepBack', 'reverseContinue', 'goto'],
  ...['restart', 'restartFrame', 'disconnect', 'terminate', 'terminateThreads'],
])

/** The end of a stop, without a request. */
const RUNNING: ReadonlySet<unknown> = new Set(['continued', 'exited', 'terminated'])

interface Message {
  readonly type?: unknown
  readonly command?: unknown
  readonly event?: unknown
  readonly body?: { readonly systemProcessId?: unknown }
}

/**
 * Whether a program is stopped, by what VS Code and its debuggers say to each other, in all sessions of the program: a
 * debugger can have child sessions, as that of JavaScript has for everything that it runs. Whether *all* threads are
 * stopped, no debugger tells reliably (`allThreadsStopped` is always false for JavaScript, and Java stops one thread), so
 * it is not asked: a program that still renews its lease is left alone.
 */
export class ProgramStops {
  readonly #listener: StopListener
  readonly #stopped = new Set<string>()

  constructor(listener: StopListener) {
    this.#listener = listener
  }

  /** Reads along in one session. */
  tracker({ id }: Pick<vscode.DebugSession, 'id'>): vscode.DebugAdapterTracker {
    return {
      onWillReceiveMessage: (message: Message) => this.#sent(id, message),
      onDidSendMessage: (message: Message) => this.#told(id, message),
      onExit: () => this.ended(id),
      onError: () => this.ended(id),
    }
  }

  /** The session has ended. */
  ended(id: string): void {
    if (this.#stopped.delete(id) && this.#stopped.size === 0) this.#listener.onResumed()
  }

  #sent(id: string, { type, command }: Message): void {
    if (type !== 'request' || !RESUMING.has(command)) return
    if (this.#stopped.delete(id) && this.#stopped.size === 0) this.#listener.onResuming()
    if (command === 'restart') this.#listener.onRestarting()
  }

  #told(id: string, { type, event, body }: Message): void {
    if (type !== 'event') return
    if (event === 'stopped' && !this.#stopped.has(id)) {
      this.#stopped.add(id)
      if (this.#stopped.size === 1) this.#listener.onStopped()
    }
    if (RUNNING.has(event)) this.ended(id)
    if (event === 'process' && typeof body?.systemProcessId === 'number') this.#listener.onProcess(body.systemProcessId)
  }
}
