const LINE_BREAK = 0x0a
/** A line longer than this is not an audit event: an API server limits objects to a few MB. */
const LONGEST_LINE = 64 * 1024 * 1024

/** What a {@link LineScanner} finds. */
export interface LineFinder {
  /** A line that contains a needle, as bytes of UTF-8 without the line break; valid only during the call. */
  readonly onLine: (line: Buffer) => void
  /** The first line, and the last line of every chunk, whatever they contain. */
  readonly onSample?: (line: Buffer) => void
}

/**
 * Finds the lines of a stream that contain one of some texts, by a search for bytes over whole chunks, so that the other
 * lines cost next to nothing.
 */
export class LineScanner {
  readonly #needles: readonly Buffer[]
  readonly #finder: LineFinder
  #rest: Buffer[] = []
  #restLength = 0
  #isFirst = true

  /** @param needles empty: every line. */
  constructor(needles: readonly string[], finder: LineFinder) {
    this.#needles = needles.map((needle) => Buffer.from(needle))
    this.#finder = finder
  }

  chunk(chunk: Buffer): void {
    const end = chunk.lastIndexOf(LINE_BREAK)
    if (end === -1) {
      this.#keep(chunk)
      return
    }
    const first = chunk.indexOf(LINE_BREAK)
    this.#keep(chunk.subarray(0, first))
    this.#flush()
    this.#lines(chunk.subarray(first + 1, end + 1))
    this.#keep(chunk.subarray(end + 1))
  }

  /** Takes a last line without a line break. */
  end(): void {
    this.#flush()
  }

  #keep(piece: Buffer): void {
    // The caller may reuse a chunk.
    if (this.#restLength + piece.length <= LONGEST_LINE) this.#rest.push(Buffer.from(piece))
    this.#restLength += piece.length
  }

  #flush(): void {
    const line = this.#rest.length === 1 ? this.#rest[0]! : Buffer.concat(this.#rest)
    const isWhole = this.#restLength <= LONGEST_LINE
    this.#rest = []
    this.#restLength = 0
    if (!isWhole || line.length === 0) return
    if (this.#isFirst) this.#finder.onSample?.(line)
    this.#isFirst = false
    if (this.#needles.length === 0 || this.#needles.some((needle) => line.includes(needle))) this.#finder.onLine(line)
  }

  /** @param block whole lines. */
  #lines(block: Buffer): void {
    if (block.length === 0) return
    const lastStart = block.lastIndexOf(LINE_BREAK, block.length - 2) + 1
    this.#finder.onSample?.(block.subarray(lastStart, block.length - 1))
    if (this.#needles.length === 0) {
      for (let start = 0; start < block.length; ) {
        const end = block.indexOf(LINE_BREAK, start)
        if (end > start) this.#finder.onLine(block.subarray(start, end))
        start = end + 1
      }
      return
    }
    const next = this.#needles.map((needle) => block.indexOf(needle))
    for (;;) {
      const found = Math.min(...next.map((at) => (at === -1 ? Number.POSITIVE_INFINITY : at)))
      if (found === Number.POSITIVE_INFINITY) return
      const start = block.lastIndexOf(LINE_BREAK, found) + 1
      const end = block.indexOf(LINE_BREAK, found)
      this.#finder.onLine(block.subarray(start, end))
      for (let index = 0; index < next.length; index++) {
        if (next[index]! !== -1 && next[index]! < end) next[index] = block.indexOf(this.#needles[index]!, end)
      }
    }
  }
}
