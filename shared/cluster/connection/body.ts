import type { IncomingMessage } from 'node:http'
import { pipeline, type Readable } from 'node:stream'

/** An answer's body, unpacked where the server packed it. It fails when the connection ends before the body does. */
export async function bodyOf(response: IncomingMessage): Promise<Readable> {
  // In any case, as client-go compares it (RFC 9110 8.4.1).
  if (response.headers['content-encoding']?.toLowerCase() !== 'gzip') return response
  const { createGunzip } = await import('node:zlib')
  // Whichever of the two fails or is closed takes the other with it.
  return pipeline(response, createGunzip(), () => {})
}

/**
 * Reads a body as UTF-8, and no more of it than `mostBytes`. By its events: an iterator over the stream would cost a
 * process that leads in a thousand elections more than all else about an answer.
 */
export async function readBody(response: IncomingMessage, mostBytes = Infinity): Promise<string> {
  const body = response.headers['content-encoding'] === undefined ? response : await bodyOf(response)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const finish = (): void => resolve((chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString('utf8'))
    body.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      length += chunk.length
      if (length < mostBytes) return
      finish()
      body.destroy()
    })
    body.once('end', finish)
    body.once('error', reject)
    // Where it was cut off, it says so by an error first.
    body.once('close', () => {
      if (!body.readableEnded) reject(new Error('the answer was cut off'))
    })
  })
}
