import type { Writable } from 'node:stream'

/** The backlog for a slow reader above which superseded lines are dropped; in UTF-16 units. */
const LONGEST_BACKLOG = 4 * 1024 * 1024

/**
 * Writes whole lines, in order. If the reader is slow or paused (`| less`), renewals are dropped so that memory does not
 * grow, because each renewal supersedes the previous one. All other lines are kept.
 */
export class LineWriter {
  readonly #stream: Writable

  constructor(stream: Writable) {
    this.#stream = stream
  }

  /** Writes one line; `text` contains no line break. */
  write(text: string, kind: 'kept' | 'superseded' = 'kept'): void {
    if (kind === 'superseded' && this.#stream.writableLength > LONGEST_BACKLOG) return
    if (!this.#stream.destroyed) this.#stream.write(`${text}\n`)
  }
}
