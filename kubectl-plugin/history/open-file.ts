import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { createGunzip, constants } from 'node:zlib'
import type { Readable } from 'node:stream'
import { harmless } from '../../shared/lease/harmless.ts'
import { CommandError, ExitCode } from '../exit-code.ts'
import { fileProblem } from '../file-problem.ts'

const CHUNK_BYTES = 1024 * 1024

/** A file that is being read. */
export interface OpenFile {
  readonly chunks: AsyncIterable<Buffer>
  /** Its size on disk in bytes; null if it is not known (stdin). */
  readonly bytes: number | null
}

/**
 * Opens a file, or stdin for `-`, and decompresses gzip, which is recognized by its first bytes. A gzip file that was cut off
 * is read as far as it goes.
 *
 * @param onBytes is called with the bytes that were read from the disk.
 * @throws CommandError if it cannot be opened.
 */
export async function openFile(file: string, stdin: Readable, onBytes: (bytes: number) => void): Promise<OpenFile> {
  if (file === '-') {
    const chunks = counted(stdin, onBytes)
    const first = await chunks.next()
    const head = first.done ? Buffer.alloc(0) : first.value
    return { chunks: decoded(rejoined(head, chunks), isGzip(head)), bytes: null }
  }
  try {
    const handle = await open(file)
    const { size } = await handle.stat()
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    await handle.close()
    const stream = createReadStream(file, { highWaterMark: CHUNK_BYTES })
    return { chunks: decoded(counted(stream, onBytes), isGzip(buffer.subarray(0, bytesRead))), bytes: size }
  } catch (error) {
    throw new CommandError(`Cannot read "${harmless(file)}": ${fileProblem(error)}`, ExitCode.usage, { cause: error })
  }
}

/**
 * The name that the rotated files of one log share: `audit.log`, `audit.log.1`, `audit.log.2.gz`, and what lumberjack, and so
 * kube-apiserver, names `audit-2026-11-28T08-01-17.123.log.gz`.
 */
export function logName(file: string): string {
  if (file === '-') return '-'
  const name = basename(file)
    .replace(/\.gz$/, '')
    .replace(/\.\d+$/, '')
    .replace(/-\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}\.\d{3}(?=\.|$)/, '')
  return join(dirname(file), name)
}

function isGzip(head: Buffer): boolean {
  return head[0] === 0x1f && head[1] === 0x8b
}

async function* counted(stream: AsyncIterable<unknown>, onBytes: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer)
    onBytes(bytes.length)
    yield bytes
  }
}

async function* rejoined(head: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield head
  yield* rest
}

async function* decoded(chunks: AsyncIterable<Buffer>, isCompressed: boolean): AsyncGenerator<Buffer> {
  if (!isCompressed) {
    yield* chunks
    return
  }
  const { pipeline } = await import('node:stream')
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES, finishFlush: constants.Z_SYNC_FLUSH })
  pipeline(chunks, gunzip, () => {})
  for await (const chunk of gunzip) yield chunk as Buffer
}
