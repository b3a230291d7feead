import { closeSync, createReadStream, existsSync, fstatSync, openSync, readSync, renameSync, writeSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { harmless } from '../../shared/lease/harmless.ts'
import { CommandError, ExitCode } from '../exit-code.ts'

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
  #descriptor: number
  #lines: string[] = []
  #bytes: number

  private constructor(path: string, rotation: Rotation) {
    this.#path = path
    this.#rotation = rotation
    this.#isCompressed = path.endsWith('.gz')
    this.#descriptor = openSync(path, 'a+')
    this.#bytes = fstatSync(this.#descriptor).size
    if (!this.#isCompressed) this.#endLine()
  }

  /**
   * Opens the file, or creates it. A compressed file whose end a kill has damaged is put aside first, because nothing after
   * the damage could be read.
   *
   * @throws CommandError if it cannot be opened.
   */
  static async open(path: string, rotation: Rotation): Promise<RecordingFile> {
    try {
      if (path.endsWith('.gz') && existsSync(path) && !(await isWhole(path))) shift(path, rotation.keep)
      return new RecordingFile(path, rotation)
    } catch (error) {
      throw new CommandError(`Cannot write "${harmless(path)}": ${(error as Error).message}`, ExitCode.usage, { cause: error })
    }
  }

  add(line: string): void {
    this.#lines.push(line)
  }

  /** Writes what was added. @throws CommandError if it cannot be written. */
  flush(): void {
    if (this.#lines.length === 0) return
    const text = Buffer.from(`${this.#lines.join('\n')}\n`)
    this.#lines = []
    const bytes = this.#isCompressed ? gzipSync(text) : text
    try {
      for (let written = 0; written < bytes.length; ) written += writeSync(this.#descriptor, bytes, written)
    } catch (error) {
      throw new CommandError(`Cannot write "${harmless(this.#path)}": ${(error as Error).message}`, ExitCode.usage, { cause: error })
    }
    this.#bytes += bytes.length
  }

  /** Whether the file has reached its size. */
  get isFull(): boolean {
    return this.#rotation.atBytes !== null && this.#bytes >= this.#rotation.atBytes
  }

  /** Puts the file aside as `FILE.1`, and starts a new one. */
  rotate(): void {
    closeSync(this.#descriptor)
    shift(this.#path, this.#rotation.keep)
    this.#descriptor = openSync(this.#path, 'a+')
    this.#bytes = 0
  }

  close(): void {
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

/** `rec.jsonl` to `rec.jsonl.1`, `rec.jsonl.gz` to `rec.jsonl.1.gz`, and so on; the oldest one is overwritten. */
function shift(path: string, keep: number): void {
  const [stem, ending] = path.endsWith('.gz') ? [path.slice(0, -3), '.gz'] : [path, '']
  const older = (number: number): string => `${stem}.${number}${ending}`
  for (let number = keep - 1; number >= 1; number--) {
    if (existsSync(older(number))) renameSync(older(number), older(number + 1))
  }
  renameSync(path, older(1))
}

async function isWhole(path: string): Promise<boolean> {
  const { createGunzip } = await import('node:zlib')
  const { pipeline } = await import('node:stream/promises')
  const { Writable } = await import('node:stream')
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  return pipeline(createReadStream(path), createGunzip(), nowhere).then(() => true, () => false)
}
