import type { IncomingMessage } from 'node:http'
import { pipeline, type Readable } from 'node:stream'

/** An answer's body, unpacked where the server packed it. It fails when the connection ends before the body does. */
export async function bodyOf(response: IncomingMessage): Promise<Readable> {
  if (response.headers['content-encoding'] !== 'gzip') return response
  const { createGunzip } = await import('node:zlib')
  // Whichever of the two fails or is closed takes the other with it.
  return pipeline(response, createGunzip(), () => {})
}

/** Reads a body as UTF-8, and no more of it than `mostBytes`. */
export async function readBody(response: IncomingMessage, mostBytes = Infinity): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of (await bodyOf(response)) as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    length += chunk.length
    if (length >= mostBytes) break
  }
  return Buffer.concat(chunks).toString('utf8')
}
