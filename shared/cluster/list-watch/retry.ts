import { Backoff } from './backoff.ts'
import type { ClusterError, ClusterErrorKind } from '../errors.ts'

/** client-go's reflector starts with the same. */
const INITIAL_MS = 800
/** Short, unlike client-go's 30 s: who watches wants to see within seconds that the server is back. */
const LONGEST_MS = 4_000
/** Where the server answers, but a person has to change something first. */
const LONGEST_FOR_REFUSED_MS = 30_000
/** A server that asks for more than this is asked again nevertheless. */
const LONGEST_RETRY_AFTER_MS = 60_000

const REFUSED: readonly ClusterErrorKind[] = ['forbidden', 'denied', 'notFound', 'invalid', 'config', 'certificate']

/** How long to wait after each kind of failure. */
export class Retry {
  readonly #failures: Backoff
  readonly #refusals: Backoff

  /** @param random A number from 0 up to 1, for the jitter. */
  constructor(random: () => number) {
    this.#failures = new Backoff({ initialMs: INITIAL_MS, maxMs: LONGEST_MS, random })
    this.#refusals = new Backoff({ initialMs: INITIAL_MS, maxMs: LONGEST_FOR_REFUSED_MS, random })
  }

  /** Milliseconds to wait before the next try: what the server asks for, where that is longer. */
  delayMs(error: ClusterError): number {
    // Who has waited for an answer in vain need not wait for long again.
    if (error.kind === 'timeout') return INITIAL_MS
    const backoff = REFUSED.includes(error.kind) ? this.#refusals : this.#failures
    return Math.max(backoff.next(), Math.min(error.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS))
  }

  /** Starts over: things have gone well for a while. */
  reset(): void {
    this.#failures.reset()
    this.#refusals.reset()
  }
}
