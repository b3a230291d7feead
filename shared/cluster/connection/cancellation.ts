import type { Clock } from '../../time/clock.ts'

/** The reason for ending a sleep whose result is not needed any more: not an Error, whose stack would cost more than the rest. */
const ANSWERED = 'there is an answer'

/** One signal for all that can end a request: its caller, and a lack of an answer. */
export class Cancellation implements Disposable {
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #createTimeout: (timeoutMs: number) => Error
  readonly #caller: AbortSignal | undefined
  /** Aborts {@link signal}; null where that is the caller's own. */
  readonly #controller: AbortController | null
  readonly #onCallerAbort: (() => void) | null
  #timer: { readonly startedMs: number; readonly timeoutMs: number; readonly stop: AbortController } | undefined

  /**
   * @param timeoutMs milliseconds from {@link startTimeout} until the signal is aborted with `createTimeout(timeoutMs)`; 0
   *   is never
   * @param isTimeoutFinal whether the timeout is never changed: without one, the signal is then the caller's, as a
   *   process with a thousand elections sends 500 requests a second that need no other
   * @throws the caller's reason if it has already aborted
   */
  constructor(
    caller: AbortSignal | undefined,
    timeoutMs: number,
    clock: Clock,
    createTimeout: (timeoutMs: number) => Error,
    isTimeoutFinal = false,
  ) {
    caller?.throwIfAborted()
    this.#caller = caller
    this.#clock = clock
    this.#timeoutMs = timeoutMs
    this.#createTimeout = createTimeout
    const controller = caller && timeoutMs === 0 && isTimeoutFinal ? null : new AbortController()
    this.#controller = controller
    this.#onCallerAbort = caller && controller ? () => controller.abort(caller.reason) : null
    if (this.#onCallerAbort) caller!.addEventListener('abort', this.#onCallerAbort, { once: true })
  }

  get signal(): AbortSignal {
    return this.#controller?.signal ?? this.#caller!
  }

  /** Milliseconds until the timeout. */
  get remainingMs(): number {
    return this.#timer ? this.#timer.startedMs + this.#timer.timeoutMs - this.#clock.monotonicMs() : Infinity
  }

  /** Counts the timeout from now, unless it is being counted already. */
  startTimeout(): void {
    if (this.#timeoutMs > 0 && !this.#timer) this.#count(this.#clock.monotonicMs(), this.#timeoutMs)
  }

  /** Counts another timeout, from when the present one was started; 0 is never. */
  changeTimeout(timeoutMs: number): void {
    const startedMs = this.#timer?.startedMs ?? this.#clock.monotonicMs()
    this.stopTimeout()
    if (timeoutMs > 0) this.#count(startedMs, timeoutMs)
  }

  /** From now on only the caller can end it, until a timeout is started again. */
  stopTimeout(): void {
    this.#timer?.stop.abort(ANSWERED)
    this.#timer = undefined
  }

  #count(startedMs: number, timeoutMs: number): void {
    const stop = new AbortController()
    this.#timer = { startedMs, timeoutMs, stop }
    this.#clock.sleep(this.remainingMs, stop.signal).then(
      () => this.#controller!.abort(this.#createTimeout(timeoutMs)),
      () => {},
    )
  }

  /** Lets go of the caller's signal. */
  [Symbol.dispose](): void {
    this.stopTimeout()
    if (this.#onCallerAbort) this.#caller!.removeEventListener('abort', this.#onCallerAbort)
  }
}
