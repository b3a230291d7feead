import { closeSync, createReadStream, existsSync, fstatSync, openSync, readSync, renameSync, statSync, writeSync } from 'node:fs'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { parseRecordingLine } from '../../shared/history/recording/format.ts'
import { LineScanner } from '../../shared/history/line-scanner.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import type { Clock } from '../../shared/time/clock.ts'
import { CommandError, ExitCode } from '../exit-code.ts'
import { fileProblem } from '../file-problem.ts'
import { openFile } from '../history/open-file.ts'

/** The mode of a new file: it tells servers and holders, and the sandbox's address contains its secret. */
const OWNER_ONLY = 0o600

/** A recorder that is connected writes at least this often. */
const WRITES_WITHIN_MS = 2_500

/** How to rotate. */
export interface Rotation {
  /** In bytes; null: never. */
  readonly atBytes: number | null
  /** How many older files to keep. */
  readonly keep: number
}

/**
 * The file of a recording, which is only ever appended to. Lines are written when {@link flush} is called. With a name that
 * ends in `.gz`, each flush is a gzip member of its own, so that a kill damages the last one at most.
 */
export class RecordingFile {
  readonly #path: string
  readonly #rotation: Rotation
  readonly #isCompressed: boolean
  readonly #clock: Clock
  /** Until then it is not known whether another recorder writes to the file, and lines are kept; null: there is none. */
  #aloneAtMs: number | null
  /** Whether another recorder writes to the file. */
  #isOthers = false
  #descriptor: number
  #lines: string[] = []
  #bytes: number

  private constructor(path: string, rotation: Rotation, clock: Clock) {
    this.#path = path
    this.#rotation = rotation
    this.#clock = clock
    this.#isCompressed = path.endsWith('.gz')
    this.#descriptor = openSync(path, 'a+', OWNER_ONLY)
    const { size, mtimeMs } = fstatSync(this.#descriptor)
    this.#bytes = size
    const isFresh = size > 0 && clock.wallMs() - mtimeMs < WRITES_WITHIN_MS
    this.#aloneAtMs = isFresh ? clock.monotonicMs() + WRITES_WITHIN_MS : null
    if (!this.#isCompressed && !isFresh) this.#endLine()
  }

  /**
   * Opens the file, or creates it. A compressed file whose end a kill has damaged is put aside first, because nothing after
   * the damage could be read.
   *
   * @throws CommandError if it cannot be opened, or is not a recording.
   */
  static async open(path: string, rotation: Rotation, clock: Clock): Promise<RecordingFile> {
    if (path === '-') throw new CommandError('record cannot write to stdout. Pass the name of a file to --to.')
    // A device or a pipe can be endless, and then the read of its first line never returns.
    if (!isFileOrFree(path)) throw new CommandError(`"${harmless(path)}" is not a regular file. Choose another file.`)
    if (existsSync(path)) {
      const first = await firstLine(path)
      if (first !== null && parseRecordingLine(first) === null) {
        throw new CommandError(`"${harmless(path)}" already exists and is not a recording. Choose another file.`)
      }
    }
    try {
      if (path.endsWith('.gz') && existsSync(path) && !(await isWhole(path))) shift(path, rotation.keep)
      return new RecordingFile(path, rotation, clock)
    } catch (error) {
      throw notWritten(path, error)
    }
  }

  add(line: string): void {
    this.#lines.push(line)
  }

  /** Writes what was added. @throws CommandError if it cannot be written, or another recorder writes to the file. */
  flush(): void {
    if (this.#isOthers) return
    if (this.#aloneAtMs !== null) {
      this.#isOthers = fstatSync(this.#descriptor).size !== this.#bytes
      if (this.#isOthers) {
        throw new CommandError(`Another recorder is writing to "${harmless(this.#path)}". Choose another file.`)
      }
      if (this.#clock.monotonicMs() < this.#aloneAtMs) return
      this.#aloneAtMs = null
      if (!this.#isCompressed) this.#endLine()
    }
    if (this.#lines.length === 0) return
    const text = Buffer.from(`${this.#lines.join('\n')}\n`)
    this.#lines = []
    const bytes = this.#isCompressed ? gzipSync(text) : text
    try {
      for (let written = 0; written < bytes.length; ) written += writeSync(this.#descriptor, bytes, written)
    } catch (error) {
      throw notWritten(this.#path, error)
    }
    this.#bytes += bytes.length
  }

  /** Whether the file has reached its size. */
  get isFull(): boolean {
    return this.#rotation.atBytes !== null && this.#bytes >= this.#rotation.atBytes
  }

  /** Puts the file aside as `FILE.1`, and starts a new one. @throws CommandError if that fails. */
  rotate(): void {
    try {
      shift(this.#path, this.#rotation.keep)
      const next = openSync(this.#path, 'a+', OWNER_ONLY)
      closeSync(this.#descriptor)
      this.#descriptor = next
    } catch (error) {
      throw notWritten(this.#path, error)
    }
    this.#bytes = 0
  }

  close(): void {
    this.#aloneAtMs &&= this.#clock.monotonicMs()
    this.flush()
    closeSync(this.#descriptor)
  }

  /** A kill may have cut off the last line: what follows must not become a part of it. */
  #endLine(): void {
    if (this.#bytes === 0) return
    const last = Buffer.alloc(1)
    readSync(this.#descriptor, last, 0, 1, this.#bytes - 1)
    if (last[0] !== 0x0a) this.#bytes += writeSync(this.#descriptor, '\n')
  }
}

/** @throws CommandError if that cannot be found out */
function isFileOrFree(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? true
  } catch (error) {
    throw notWritten(path, error)
  }
}

function notWritten(path: string, error: unknown): CommandError {
  return new CommandError(`Cannot write "${harmless(path)}": ${fileProblem(error)}`, ExitCode.server, { cause: error })
}

/** `rec.jsonl` to `rec.jsonl.1`, `rec.jsonl.gz` to `rec.jsonl.1.gz`, and so on; the oldest one is overwritten. */
function shift(path: string, keep: number): void {
  const [stem, ending] = path.endsWith('.gz') ? [path.slice(0, -3), '.gz'] : [path, '']
  const older = (number: number): string => `${stem}.${number}${ending}`
  for (let number = keep - 1; number >= 1; number--) {
    if (existsSync(older(number))) renameSync(older(number), older(number + 1))
  }
  renameSync(path, older(1))
}

/** Null if there is none. @throws CommandError if the file cannot be read. */
async function firstLine(path: string): Promise<string | null> {
  const lines: string[] = []
  const scanner = new LineScanner([], { onLine: (line) => void lines.push(line.toString()) })
  const { chunks } = await openFile(path, Readable.from([]), () => {})
  try {
    for await (const chunk of chunks) {
      scanner.chunk(chunk)
      if (lines.length > 0) return lines[0]!
    }
  } catch {
    // A kill has damaged a compressed file before the end of its first line.
    return null
  }
  scanner.end()
  return lines[0] ?? null
}

async function isWhole(path: string): Promise<boolean> {
  const { createGunzip } = await import('node:zlib')
  const { pipeline } = await import('node:stream/promises')
  const { Writable } = await import('node:stream')
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  return pipeline(createReadStream(path), createGunzip(), nowhere).then(() => true, () => false)
}
