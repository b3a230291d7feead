const CHUNK_LENGTH = 64 * 1024

/** Writes lines in chunks, and waits if the reader is slow, until the reader closes the stream. */
export async function writeLines(stream: NodeJS.WritableStream, lines: Iterable<string>): Promise<void> {
  let chunk = ''
  for (const line of lines) {
    chunk += line + '\n'
    if (chunk.length < CHUNK_LENGTH) continue
    if (!(await writeChunk(stream, chunk))) return
    chunk = ''
  }
  if (chunk !== '') await writeChunk(stream, chunk)
}

/** Writes text or bytes, and waits until there is room for more. Resolves to whether the stream is still open. */
export async function writeChunk(stream: NodeJS.WritableStream, chunk: string | Uint8Array): Promise<boolean> {
  return stream.write(chunk) || untilDrained(stream)
}

/** Waits for a slow reader, unless the signal is aborted. Resolves to whether more can be written. */
export function untilDrained(stream: NodeJS.WritableStream, signal?: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (isOpen: boolean): void => {
      stream.removeListener('drain', onDrain).removeListener('close', onClose).removeListener('error', onClose)
      signal?.removeEventListener('abort', onClose)
      resolve(isOpen)
    }
    const onDrain = (): void => end(true)
    const onClose = (): void => end(false)
    stream.once('drain', onDrain).once('close', onClose).once('error', onClose)
    signal?.addEventListener('abort', onClose, { once: true })
  })
}
