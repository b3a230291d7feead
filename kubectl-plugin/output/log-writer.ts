import type { LogSource } from '../../shared/actions/log-notice.ts'
import type { LogPiece } from '../../shared/cluster/holders/log-pieces.ts'
import { terminalLogText } from './log-text.ts'
import { writeChunk } from './write-lines.ts'

const NEWLINE = 0x0a

/** How lines of a log are printed. */
export interface LogStyle {
  /** Whether each line begins with its Pod and container, as with `kubectl logs --prefix`. */
  readonly hasPrefix: boolean
  readonly hasTimestamps: boolean
  /** A terminal gets no control sequences except colors. Other outputs get the exact bytes that the program wrote. */
  readonly isTerminal: boolean
  /** Whether a terminal gets colors. */
  readonly isColored: boolean
}

/** Writes the lines of a log, and waits if the reader is slow. */
export class LogWriter {
  readonly #stream: NodeJS.WritableStream
  readonly #style: LogStyle
  #isInLine = false

  constructor(stream: NodeJS.WritableStream, style: LogStyle) {
    this.#stream = stream
    this.#style = style
  }

  async write({ bytes, isStart, timestamp }: LogPiece, source: LogSource): Promise<void> {
    const { hasPrefix, hasTimestamps, isTerminal } = this.#style
    const head = isStart
      ? (this.#isInLine ? '\n' : '') +
        (hasPrefix ? `[pod/${source.pod}/${source.container}] ` : '') +
        (hasTimestamps && timestamp !== null ? `${timestamp} ` : '')
      : ''
    this.#isInLine = bytes.at(-1) !== NEWLINE
    await writeChunk(this.#stream, isTerminal ? head + this.#terminalText(bytes) : Buffer.concat([Buffer.from(head), bytes]))
  }

  /** Ends a line that the program has not ended, so that a notice starts on its own line. */
  endLine(): void {
    if (this.#isInLine) this.#stream.write('\n')
    this.#isInLine = false
  }

  #terminalText(bytes: Buffer): string {
    const line = this.#isInLine ? bytes : bytes.subarray(0, -1)
    return terminalLogText(line.toString('utf8'), this.#style.isColored) + (this.#isInLine ? '' : '\n')
  }
}
