const CHUNK_LENGTH = 64 * 1024

/** Writes lines in chunks, no faster than they are read, until whoever reads has gone. */
export async function writeLines(stream: NodeJS.WritableStream, lines: Iterable<string>): Promise<void> {
  let chunk = ''
  for (const line of lines) {
    chunk += line + '\n'
    if (chunk.length < CHUNK_LENGTH) continue
    if (!(await write(stream, chunk))) return
    chunk = ''
  }
  if (chunk !== '') await write(stream, chunk)
}

/** Whether there is still someone to read. */
async function write(stream: NodeJS.WritableStream, text: string): Promise<boolean> {
  if (stream.write(text)) return true
  return new Promise((resolve) => {
    const end = (isOpen: boolean): void => {
      stream.removeListener('drain', onDrain).removeListener('close', onClose).removeListener('error', onClose)
      resolve(isOpen)
    }
    const onDrain = (): void => end(true)
    const onClose = (): void => end(false)
    stream.once('drain', onDrain).once('close', onClose).once('error', onClose)
  })
}
