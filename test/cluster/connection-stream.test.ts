import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { createGzip } from 'node:zlib'
import type { ApiStream } from '../../shared/cluster/client.ts'
import { connectTo, failure, LIST, rejectionOf, startServer } from './local-server.ts'

const WATCH = { ...LIST, query: { watch: true } }

async function readAll({ chunks }: ApiStream): Promise<string> {
  let text = ''
  for await (const chunk of chunks) text += chunk.toString()
  return text
}

async function nextText(chunks: AsyncIterator<Buffer, unknown>): Promise<string | undefined> {
  const next = await chunks.next()
  return next.done ? undefined : next.value.toString()
}

describe('a streamed answer', () => {
  it('gives its chunks as they come, and ends with the answer', async () => {
    let release = (): void => {}
    const { url } = await startServer((_request, response) => {
      response.write('one\n')
      release = () => response.end('two\n')
    })
    const stream = await (await connectTo({ server: url })).stream(WATCH)
    const chunks = stream.chunks[Symbol.asyncIterator]()
    expect(await nextText(chunks)).toBe('one\n')
    release()
    expect(await nextText(chunks)).toBe('two\n')
    expect((await chunks.next()).done).toBe(true)
  })

  it('comes unpacked, piece by piece', async () => {
    const { url } = await startServer((_request, response) => {
      response.setHeader('Content-Encoding', 'gzip')
      const gzip = createGzip()
      gzip.pipe(response)
      gzip.write('one\n')
      gzip.flush()
    })
    const stream = await (await connectTo({ server: url })).stream(WATCH)
    const chunks = stream.chunks[Symbol.asyncIterator]()
    expect(await nextText(chunks)).toBe('one\n')
    stream.close()
    expect((await chunks.next()).done).toBe(true)
  })

  it.each([['that ends', true], ['that stays open', false]])('that is a web page %s is not the response of an API server', async (_, ends) => {
    const { url } = await startServer((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).write('<html><body>Please log in')
      if (ends) response.end()
    })
    const client = await connectTo({ server: url })
    expect(await rejectionOf(client.stream(WATCH))).toMatchObject({
      kind: 'protocol',
      message: expect.stringContaining('it returned a web page'),
    })
  })

  it.each([
    { name: 'without its last chunk', headers: {} },
    { name: 'shorter than announced', headers: { 'Content-Length': '100' } },
  ])('that is cut off $name is an error', async ({ headers }) => {
    const { url } = await startServer((_request, response) => {
      response.writeHead(200, headers).write('one\n')
      setImmediate(() => response.socket!.end())
    })
    const stream = await (await connectTo({ server: url })).stream(WATCH)
    expect(await rejectionOf(readAll(stream))).toMatchObject({ kind: 'unreachable', subject: WATCH.subject })
  })

  it('that is cut off before the first read is an error for that read', async () => {
    const { url, requests } = await startServer((_request, response) => void response.write('one\n'))
    const stream = await (await connectTo({ server: url })).stream(WATCH)
    requests[0]!.socket.resetAndDestroy()
    await new Promise((resolve) => setImmediate(resolve))
    expect(await rejectionOf(readAll(stream))).toMatchObject({ kind: 'unreachable' })
  })

  it('goes on for longer than the request timeout', async () => {
    let end = (): void => {}
    const { url } = await startServer((_request, response) => {
      response.write('one\n')
      end = () => response.end()
    })
    const client = await connectTo({ server: url })
    const stream = await client.stream({ ...WATCH, timeoutMs: 500 })
    const text = readAll(stream)
    await new Promise((resolve) => setTimeout(resolve, 700))
    end()
    expect(await text).toBe('one\n')
  })

  it.each([
    { name: 'by close()', isAborted: false },
    { name: 'by the signal', isAborted: true },
  ])('is ended $name, with its connection', async ({ isAborted }) => {
    const { url, requests } = await startServer((_request, response) => void response.write('one\n'))
    const abort = new AbortController()
    const stream = await (await connectTo({ server: url })).stream({ ...WATCH, signal: abort.signal })
    const text = readAll(stream)
    const closed = once(requests[0]!.socket, 'close')
    const reason = new Error('enough')
    if (isAborted) abort.abort(reason)
    else stream.close()
    if (isAborted) expect(await rejectionOf(text)).toBe(reason)
    else expect(await text).toMatch(/^(one\n)?$/)
    await closed
  })

  it('is closed when its reader stops', async () => {
    const { url, requests } = await startServer((_request, response) => void response.write('one\n'))
    const stream = await (await connectTo({ server: url })).stream(WATCH)
    const closed = once(requests[0]!.socket, 'close')
    for await (const chunk of stream.chunks) {
      expect(chunk.toString()).toBe('one\n')
      break
    }
    await closed
  })

  it('waits for a slow reader', async () => {
    const chunk = Buffer.alloc(64 * 1024)
    let written = 0
    const { url } = await startServer((_request, response) => {
      const write = (): void => {
        while (written < 1_000 && response.write(chunk)) written += 1
        if (written < 1_000) response.once('drain', write)
      }
      write()
    })
    const stream = await (await connectTo({ server: url })).stream(WATCH)
    const chunks = stream.chunks[Symbol.asyncIterator]()
    await chunks.next()
    // The sockets' buffers fill up, and then nothing more is sent.
    let before = -1
    await expect
      .poll(
        () => {
          const isStill = before === written
          before = written
          return isStill
        },
        { interval: 100, timeout: 5_000 },
      )
      .toBe(true)
    expect(written).toBeLessThan(1_000)
    stream.close()
  })

  it('that is refused is an error like that of a request', async () => {
    const { url } = await startServer(failure(410, 'Expired', 'too old resource version'))
    const client = await connectTo({ server: url })
    expect(await rejectionOf(client.stream(WATCH))).toMatchObject({ kind: 'expired', reason: 'Expired' })
  })
})
