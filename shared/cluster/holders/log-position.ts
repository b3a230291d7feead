const RFC_3339 = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/

/** An RFC 3339 time in nanoseconds since the Unix epoch, the precision of the times in logs; null if it is not a time. */
export function timestampNs(text: string): bigint | null {
  const [, seconds, fraction = '', zone] = RFC_3339.exec(text) ?? []
  const ms = seconds === undefined ? NaN : Date.parse(`${seconds}${zone}`)
  return Number.isNaN(ms) ? null : BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'))
}

/**
 * How far a log was told, so that it can be asked for again from there without a line told twice or left out. Several
 * lines may have the same time, so those of the last one are counted.
 *
 * Where the Node's clock was set back, lines of the time in between are told twice rather than left out.
 */
export class LogPosition {
  #last: { readonly timestamp: string; readonly ns: bigint } | null = null
  #countAtLast = 0
  #toSkipAtLast = 0
  #isResuming = false

  /** From when to ask for it again; null where nothing was told yet. */
  get sinceTime(): string | null {
    return this.#last?.timestamp ?? null
  }

  /** The log begins again, at or before {@link sinceTime}. */
  resume(): void {
    this.#isResuming = true
    this.#toSkipAtLast = this.#countAtLast
  }

  /** Whether the next line, of this time, is a new one; it then counts as told. */
  take(timestamp: string): boolean {
    const ns = timestampNs(timestamp) ?? 0n
    if (this.#isResuming && this.#last) {
      if (ns < this.#last.ns) return false
      if (ns === this.#last.ns && this.#toSkipAtLast > 0) {
        this.#toSkipAtLast--
        return false
      }
      this.#isResuming = false
    }
    if (ns === this.#last?.ns) {
      this.#countAtLast++
    } else {
      this.#last = { timestamp, ns }
      this.#countAtLast = 1
    }
    return true
  }
}
