import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { appendFile, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseMemoryLine, type MemoryLine } from './lines.ts'

/** How much is kept by all windows together; the oldest files are removed first. */
export interface MemoryLimits {
  readonly ageMs: number
  readonly bytes: number
  readonly files: number
}

const FILE = /^memory-[0-9a-f-]{36}\.jsonl$/

/** The files in which windows remember. Each window appends to one of its own, and reads those of all. */
export class MemoryFiles {
  readonly #folder: string
  readonly #limits: MemoryLimits

  constructor(folder: string, limits: MemoryLimits) {
    this.#folder = folder
    this.#limits = limits
  }

  /** The path of a new file, which {@link append} creates. */
  newFile(): string {
    return join(this.#folder, `memory-${randomUUID()}.jsonl`)
  }

  /** @returns the size of the file before, in bytes; 0 if it did not exist */
  async append(file: string, text: string): Promise<number> {
    await mkdir(this.#folder, { recursive: true })
    const bytes = await stat(file).then(({ size }) => size, () => 0)
    await appendFile(file, text, { mode: 0o600 })
    return bytes
  }

  async remove(file: string): Promise<void> {
    await rm(file, { force: true })
  }

  /** Removes what is too old or too much. */
  async forgetOld(wallMs: number): Promise<void> {
    let bytes = 0
    for (const [index, { file, size, mtimeMs }] of (await this.#newestFirst()).entries()) {
      bytes += size
      const isKept = wallMs - mtimeMs <= this.#limits.ageMs && bytes <= this.#limits.bytes && index < this.#limits.files
      if (!isKept) await this.remove(file)
    }
  }

  async clear(): Promise<void> {
    for (const { file } of await this.#newestFirst()) await this.remove(file)
  }

  /** The lines of each file that may be about elections of a name, and all that are about none. */
  async linesAbout(name: string): Promise<MemoryLine[][]> {
    const quoted = JSON.stringify(name)
    const found: MemoryLine[][] = []
    for (const { file } of await this.#newestFirst()) {
      const lines: MemoryLine[] = []
      try {
        for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
          if (text.includes('"election":') && !text.includes(quoted)) continue
          const line = parseMemoryLine(text)
          if (line) lines.push(line)
        }
      } catch {
        // Another window may just have removed it.
      }
      found.push(lines)
    }
    return found
  }

  async #newestFirst(): Promise<{ readonly file: string; readonly size: number; readonly mtimeMs: number }[]> {
    const names = await readdir(this.#folder).catch(() => [])
    const files = await Promise.all(
      names.filter((name) => FILE.test(name)).map(async (name) => {
        const file = join(this.#folder, name)
        return stat(file).then(({ size, mtimeMs }) => [{ file, size, mtimeMs }], () => [])
      }),
    )
    return files.flat().sort((a, b) => b.mtimeMs - a.mtimeMs)
  }
}
