interface Running<T> {
  readonly result: Promise<T>
  readonly abort: AbortController
  waiting: number
}

/**
 * Work that several callers may want at the same moment is done once. Each can give up on it alone; when all have, the
 * work itself is aborted.
 */
export class SharedRun<T> {
  readonly #work: (signal: AbortSignal) => Promise<T>
  #running: Running<T> | undefined

  constructor(work: (signal: AbortSignal) => Promise<T>) {
    this.#work = work
  }

  /** Starts the work or waits for what is under way. Rejects with the signal's reason when it is aborted. */
  async join(signal: AbortSignal): Promise<T> {
    signal.throwIfAborted()
    const running = (this.#running ??= this.#start())
    running.waiting += 1
    let onAbort: (() => void) | undefined
    const aborted = new Promise<never>((_, reject) => {
      onAbort = () => reject(signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })
    })
    try {
      return await Promise.race([running.result, aborted])
    } finally {
      signal.removeEventListener('abort', onAbort!)
      running.waiting -= 1
      if (running.waiting === 0 && this.#running === running) {
        this.#running = undefined
        running.abort.abort(signal.reason)
      }
    }
  }

  #start(): Running<T> {
    const abort = new AbortController()
    const result = this.#work(abort.signal)
    const running: Running<T> = { result, abort, waiting: 0 }
    const forget = (): void => {
      if (this.#running === running) this.#running = undefined
    }
    result.then(forget, forget)
    return running
  }
}
