import type { Writable } from 'node:stream'

/** How much may wait for a slow reader before lines that the next one supersedes are left out; in UTF-16 units. */
const LONGEST_BACKLOG = 4 * 1024 * 1024

/**
 * Writes whole lines, in order. Whoever reads them may be slow or stopped (`| less`): then renewals, each of which the
 * next one supersedes, are left out rather than kept, so that memory does not grow; nothing else is ever left out.
 */
export class LineWriter {
  readonly #stream: Writable

  constructor(stream: Writable) {
    this.#stream = stream
  }

  /** Writes one line; `text` has no line break in it. */
  write(text: string, kind: 'kept' | 'superseded' = 'kept'): void {
    if (kind === 'superseded' && this.#stream.writableLength > LONGEST_BACKLOG) return
    if (!this.#stream.destroyed) this.#stream.write(`${text}\n`)
  }
}
