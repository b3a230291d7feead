import { timestampNs } from './log-position.ts'

/** A line of a container's log, or a part of one that is very long. */
export interface LogPiece {
  /** The bytes as the program wrote them: its newline is among them, where there is one. */
  readonly bytes: Buffer
  /** Whether a line begins here. */
  readonly isStart: boolean
  /** When the line was written, by the clock of its Node: RFC 3339. Null in the middle of a line, or where none is given. */
  readonly timestamp: string | null
}

/** Longer lines come in parts, so that a program that never ends its line needs no memory here. */
const LONGEST_PIECE_BYTES = 64 * 1024
/** Longer than any timestamp. */
const LONGEST_TIMESTAMP = 40
const NEWLINE = 0x0a
const SPACE = 0x20

/** Cuts a log that was asked for with `timestamps` into lines, bytes as they are. */
export async function* logPieces(chunks: AsyncIterable<Buffer>): AsyncGenerator<LogPiece> {
  let pending: Buffer = Buffer.alloc(0)
  let isStart = true
  for await (const chunk of chunks) {
    const bytes: Buffer = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
    let start = 0
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      yield piece(bytes.subarray(start, end + 1), isStart)
      isStart = true
      start = end + 1
    }
    pending = bytes.subarray(start)
    if (pending.length > LONGEST_PIECE_BYTES) {
      yield piece(pending, isStart)
      isStart = false
      pending = Buffer.alloc(0)
    }
  }
  if (pending.length > 0) yield piece(pending, isStart)
}

function piece(bytes: Buffer, isStart: boolean): LogPiece {
  if (!isStart) return { bytes, isStart, timestamp: null }
  const space = bytes.subarray(0, LONGEST_TIMESTAMP).indexOf(SPACE)
  const timestamp = space < 0 ? '' : bytes.toString('latin1', 0, space)
  // What the kubelet itself has to say comes without a time.
  if (timestampNs(timestamp) === null) return { bytes, isStart, timestamp: null }
  return { bytes: bytes.subarray(space + 1), isStart, timestamp }
}
