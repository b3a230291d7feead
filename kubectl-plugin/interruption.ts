import { constants } from 'node:os'
import type { PassedSignal } from '../shared/guard/watchdog-protocol.ts'
import { ExitCode } from './exit-code.ts'

/** Signals that shut this program down cleanly. */
export const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP'] as const
export type EndingSignal = (typeof ENDING_SIGNALS)[number]

/** Within this time, a repeated signal is the same request: npm, timeout(1) and terminals send it twice. Milliseconds. */
const SAME_REQUEST_MS = 1_000

/** The abort reason of a session's signal if this program received a signal. */
export class Interruption extends Error {
  override readonly name = 'AbortError'
  readonly exitCode: ExitCode

  constructor(signal: EndingSignal) {
    super(`Interrupted by ${signal}.`)
    this.exitCode = exitCodeOf(signal)
  }
}

/** The exit code of an interrupted session: 128 + n for signal n, as in shells. */
export function interruptedCode(signal: AbortSignal): ExitCode {
  return signal.reason instanceof Interruption ? signal.reason.exitCode : ExitCode.interrupted
}

/** Whether an error, or what caused it, is the abort of this signal. A lock wraps the reason in an error of its own. */
export function isInterruption(signal: AbortSignal, error: unknown): boolean {
  if (!signal.aborted) return false
  if (error instanceof Error && error.name === 'AbortError') return true
  let cause = error
  while (cause !== signal.reason && cause instanceof Error) cause = cause.cause
  return cause === signal.reason
}

/** What a command does with signals, apart from ending. Only commands that need it set these. */
export interface SignalWishes {
  /** Passes a signal to the command that this program runs for the user. False if no command is running; then SIGHUP ends this program. */
  pass: (signal: PassedSignal) => boolean
  /** What an immediate exit leaves behind, in a sentence; empty if nothing. */
  leavesBehind: () => string
}

export function noWishes(): SignalWishes {
  return { pass: () => false, leavesBehind: () => '' }
}

export interface InterrupterOptions {
  readonly wishes: SignalWishes
  readonly monotonicMs: () => number
  /** Prints a line for the user. */
  readonly tell: (text: string) => void
  /** Ends the process immediately. */
  readonly exit: (code: ExitCode) => void
}

/** Turns signals into the end of a session. The first signal requests a clean shutdown, a second one an immediate exit. */
export class Interrupter {
  readonly #options: InterrupterOptions
  readonly #controller = new AbortController()
  #first: { readonly signal: EndingSignal; readonly atMs: number } | null = null

  constructor(options: InterrupterOptions) {
    this.#options = options
  }

  /** Aborted with an {@link Interruption}, or with the reason passed to {@link end}. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Ends the session for a reason other than a signal. */
  end(reason: unknown): void {
    this.#controller.abort(reason)
  }

  take(signal: EndingSignal): void {
    const { wishes, monotonicMs, tell, exit } = this.#options
    if (signal === 'SIGHUP' && wishes.pass(signal)) return
    const atMs = monotonicMs()
    if (!this.#first) {
      this.#first = { signal, atMs }
      this.#controller.abort(new Interruption(signal))
      return
    }
    if (signal === this.#first.signal && atMs - this.#first.atMs < SAME_REQUEST_MS) return
    const again = signal === this.#first.signal ? 'again' : `after ${this.#first.signal}`
    tell(`Received ${signal} ${again}. Exiting immediately. ${wishes.leavesBehind()}`.trimEnd())
    exit(exitCodeOf(signal))
  }
}

function exitCodeOf(signal: EndingSignal): ExitCode {
  return 128 + constants.signals[signal]
}
