const NEWLINE = 0x0a

/** Cuts a stream of bytes into lines. Bytes, so that a character which two chunks share is not torn. */
export class LineSplitter {
  readonly #onLine: (line: string) => void
  #pending: Buffer[] = []

  /** @param onLine Called with each line that is not empty, in order, without its end. */
  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine
  }

  /** Takes the next bytes. A line without an end stays, and is dropped if no end comes. */
  push(chunk: Buffer): void {
    let start = 0
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start)
      if (end < 0) break
      const rest = chunk.subarray(start, end)
      const line = this.#pending.length === 0 ? rest : Buffer.concat([...this.#pending, rest])
      this.#pending = []
      if (line.length > 0) this.#onLine(line.toString('utf8'))
      start = end + 1
    }
    if (start < chunk.length) this.#pending.push(chunk.subarray(start))
  }
}
