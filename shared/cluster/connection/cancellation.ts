import type { Clock } from '../../time/index.ts'

/** Why a sleep ends that nobody waits for any more. One for all: making a new one with its stack costs more than the rest. */
const ANSWERED = new Error('there is an answer')

/** One signal for all that can end a request: its caller, and a lack of an answer. */
export class Cancellation implements Disposable {
  readonly #controller = new AbortController()
  readonly #answered = new AbortController()
  readonly #clock: Clock
  readonly #deadlineMs: number
  readonly #caller: AbortSignal | undefined
  readonly #onCallerAbort = (): void => this.#controller.abort(this.#caller!.reason)

  /**
   * @param timeoutMs milliseconds until the signal is aborted with `createTimeout()`; 0 is never
   * @throws the caller's reason where it has already aborted
   */
  constructor(caller: AbortSignal | undefined, timeoutMs: number, clock: Clock, createTimeout: () => Error) {
    caller?.throwIfAborted()
    this.#caller = caller
    this.#clock = clock
    this.#deadlineMs = timeoutMs > 0 ? clock.monotonicMs() + timeoutMs : Infinity
    caller?.addEventListener('abort', this.#onCallerAbort, { once: true })
    if (timeoutMs <= 0) return
    clock.sleep(timeoutMs, this.#answered.signal).then(
      () => this.#controller.abort(createTimeout()),
      () => {},
    )
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Milliseconds until the timeout. */
  get remainingMs(): number {
    return this.#deadlineMs - this.#clock.monotonicMs()
  }

  /** There is an answer: only the caller can end it now. */
  stopTimeout(): void {
    this.#answered.abort(ANSWERED)
  }

  /** Lets go of the caller's signal. */
  [Symbol.dispose](): void {
    this.stopTimeout()
    this.#caller?.removeEventListener('abort', this.#onCallerAbort)
  }
}
