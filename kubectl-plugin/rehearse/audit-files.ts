import { open, stat, type FileHandle } from 'node:fs/promises'
import type { AuditReading, AuditTrail } from '../../shared/actions/rehearse/audit-trail.ts'
import { AuditReader } from '../../shared/history/audit/audit-reader.ts'
import { stepsOf } from '../../shared/history/history.ts'
import { LineScanner } from '../../shared/history/line-scanner.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import type { ElectionRef } from '../../shared/lease/election-ref.ts'
import { CommandError, ExitCode } from '../exit-code.ts'
import { fileProblem } from '../file-problem.ts'

const CHUNK_BYTES = 1024 * 1024

/** A file that grows, and perhaps is rotated. */
interface Growing {
  readonly path: string
  readonly scanner: LineScanner
  handle: FileHandle
  ino: number
  readBytes: number
}

/** The audit logs of API servers, one each, from their present end on. */
export class AuditFiles implements AuditTrail {
  readonly #ref: ElectionRef
  readonly #reader: AuditReader
  readonly #files: Growing[] = []

  private constructor(ref: ElectionRef) {
    this.#ref = ref
    this.#reader = new AuditReader({ locks: [ref.lock], includes: (namespace, name) => namespace === ref.namespace && name === ref.name })
  }

  /** @throws CommandError if one cannot be read */
  static async open(paths: readonly string[], ref: ElectionRef): Promise<AuditFiles> {
    const all = new AuditFiles(ref)
    try {
      for (const [source, path] of paths.entries()) {
        const scanner = new LineScanner(all.#reader.needles, { onLine: (line) => all.#reader.line(line.toString(), source) })
        const { handle, ino, size } = await opened(path).catch((error: unknown) => {
          throw new CommandError(`Cannot read the audit log "${harmless(path)}": ${fileProblem(error)}. No changes were made.`, ExitCode.usage, { cause: error })
        })
        all.#files.push({ path, scanner, handle, ino, readBytes: size })
      }
    } catch (error) {
      await all.close()
      throw error
    }
    return all
  }

  async read(): Promise<AuditReading> {
    for (const file of this.#files) await readOn(file)
    const reader = this.#reader
    const { lock, namespace, name } = this.#ref
    const writes = [...reader.writesOf(namespace, name, lock)]
    const sources = this.#files.map(({ path }, index) => ({ name: path, kind: 'audit' as const, ...reader.sourceReading(index), levels: [] }))
    return {
      // Not at each read: comparing the clocks costs more than reading.
      get steps() {
        return stepsOf({ sources, writes, sightings: [], clockReadings: reader.clockReadings() })
      },
      newestVersion: Math.max(0, ...writes.map(({ made, replaced }) => made ?? replaced ?? 0)),
    }
  }

  async close(): Promise<void> {
    for (const { handle } of this.#files) await handle.close()
  }
}

/** Reads what was added. A log that is rotated is renamed, and a new file has its name. */
async function readOn(file: Growing): Promise<void> {
  await drain(file)
  const now = await stat(file.path).catch(() => null)
  if (now === null) return
  if (now.ino !== file.ino) {
    await drain(file)
    const { handle, ino } = await opened(file.path)
    await file.handle.close()
    Object.assign(file, { handle, ino, readBytes: 0 })
    await drain(file)
  } else if (now.size < file.readBytes) {
    file.readBytes = 0
    await drain(file)
  }
}

async function drain(file: Growing): Promise<void> {
  for (;;) {
    const { bytesRead, buffer } = await file.handle.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, file.readBytes)
    if (bytesRead === 0) return
    file.readBytes += bytesRead
    file.scanner.chunk(buffer.subarray(0, bytesRead))
  }
}

async function opened(path: string): Promise<{ readonly handle: FileHandle; readonly ino: number; readonly size: number }> {
  const handle = await open(path)
  const found = await handle.stat()
  if (found.isFile()) return { handle, ino: found.ino, size: found.size }
  await handle.close()
  throw new Error('it is not a file')
}
