import type { Random } from './random.ts'

/** What happens to one message or one request. */
export interface Fate {
  /** To the server; null: it never arrives. Milliseconds. */
  readonly thereMs: number | null
  /** Back; null: it never arrives. */
  readonly backMs: number | null
  /** Whether the failure shows at once (a refused connection), or nothing ever comes. */
  readonly failsFast: boolean
  /** Whether something on the way sends the request twice, so that the second answer is what comes back. */
  readonly isRepeated: boolean
}

/** How bad the way between one candidate and the storage is. */
export interface LinkQuality {
  readonly latencyMs: number
  readonly slowestMs: number
  readonly lossRequest: number
  readonly lossReply: number
  readonly repeat: number
  /** How likely a request gets stuck, to arrive when nobody waits for it any more. */
  readonly stuck: number
}

export const GOOD: LinkQuality = { latencyMs: 2, slowestMs: 20, lossRequest: 0, lossReply: 0, repeat: 0, stuck: 0 }

/** The way between one candidate and the storage. */
export class Link {
  quality: LinkQuality = GOOD
  /** Nothing gets through, in either direction. */
  isCut = false
  /** What the server answers to each request instead of carrying it out; null where it does. */
  refusal: 'forbidden' | 'rejected' | null = null
  /** Whether a connection that can't be made fails at once. */
  failsFast = false
  /** Until when a stuck request may stay stuck; true milliseconds. */
  readonly #settledByMs: number
  readonly #random: Random
  readonly #now: () => number

  constructor(random: Random, now: () => number, settledByMs: number) {
    this.#random = random
    this.#now = now
    this.#settledByMs = settledByMs
  }

  /** Whether nothing is wrong with it. */
  get isHealthy(): boolean {
    return !this.isCut && this.refusal === null && this.quality === GOOD
  }

  fate(): Fate {
    const { quality } = this
    const random = this.#random
    if (this.isCut || random.chance(quality.lossRequest)) {
      return { thereMs: null, backMs: null, failsFast: this.failsFast, isRepeated: false }
    }
    const isStuck = random.chance(quality.stuck)
    const leftMs = Math.max(this.#settledByMs - this.#now(), 0)
    return {
      thereMs: isStuck ? Math.min(random.between(0, 40_000), leftMs) : this.delayMs(),
      backMs: random.chance(quality.lossReply) ? null : this.delayMs(),
      failsFast: this.failsFast,
      isRepeated: random.chance(quality.repeat),
    }
  }

  delayMs(): number {
    return this.#random.skewed(this.quality.latencyMs, this.quality.slowestMs)
  }
}

/** How a watch fares; it may get worse while it runs. */
export interface WatchQuality {
  readonly isAllowed: boolean
  readonly lossEvent: number
  readonly lateEvent: number
  readonly repeatEvent: number
  /** How likely, with each event, it falls silent for good. */
  readonly silent: number
  /** How likely, with each event, it ends. */
  readonly end: number
}

export const GOOD_WATCH: WatchQuality = {
  isAllowed: true,
  lossEvent: 0,
  lateEvent: 0,
  repeatEvent: 0,
  silent: 0,
  end: 0,
}
