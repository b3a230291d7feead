import { constants } from 'node:os'
import { ExitCode } from './exit-code.ts'

/** Signals that end this program in good order. */
export const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP'] as const
export type EndingSignal = (typeof ENDING_SIGNALS)[number]

/** Signals that are for a command which this program runs, where one does. Without one, SIGHUP ends this program. */
export const PASSED_SIGNALS = ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'] as const

/** For so long the same signal again is the same request: npm, timeout(1) and terminals send it twice. Milliseconds. */
const SAME_REQUEST_MS = 1_000

/** Why a session's signal is aborted: somebody sent this program a signal. */
export class Interruption extends Error {
  override readonly name = 'AbortError'
  readonly exitCode: ExitCode

  constructor(signal: EndingSignal) {
    super(`Interrupted by ${signal}.`)
    this.exitCode = exitCodeOf(signal)
  }
}

/** The code to end with where the session was interrupted: 128 + n for signal n, as shells say it. */
export function interruptedCode(signal: AbortSignal): ExitCode {
  return signal.reason instanceof Interruption ? signal.reason.exitCode : ExitCode.interrupted
}

/** What a command wants of signals beside its own end. A command that wants something sets it; the rest need not know. */
export interface SignalWishes {
  /** Passes a signal to a command that this program runs for the user. False where none runs. */
  pass: (signal: (typeof PASSED_SIGNALS)[number]) => boolean
  /** What it leaves behind where it is ended at once, in a sentence; empty for nothing. */
  leavesBehind: () => string
}

export function noWishes(): SignalWishes {
  return { pass: () => false, leavesBehind: () => '' }
}

export interface InterrupterOptions {
  readonly wishes: SignalWishes
  readonly monotonicMs: () => number
  /** Tells a person, in a line. */
  readonly tell: (text: string) => void
  /** Ends the process, at once. */
  readonly exit: (code: ExitCode) => void
}

/** Turns signals into the end of a session: the first asks for it, and a second one that is meant insists. */
export class Interrupter {
  readonly #options: InterrupterOptions
  readonly #controller = new AbortController()
  #first: { readonly signal: EndingSignal; readonly atMs: number } | null = null

  constructor(options: InterrupterOptions) {
    this.#options = options
  }

  /** Aborted with an {@link Interruption}, or with what {@link end} was given. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Ends the session for another reason than a signal. */
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
    tell(`Received ${signal} after ${this.#first.signal}. Exiting at once. ${wishes.leavesBehind()}`.trimEnd())
    exit(exitCodeOf(signal))
  }
}

function exitCodeOf(signal: EndingSignal): ExitCode {
  return 128 + constants.signals[signal]
}
