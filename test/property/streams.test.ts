import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ClusterError } from '../../shared/cluster/errors.ts'
import { JsonListDecoder } from '../../shared/cluster/list-watch/json-list.ts'
import { LineSplitter } from '../../shared/cluster/list-watch/line-splitter.ts'
import { logPieces } from '../../shared/cluster/holders/log-pieces.ts'
import { LogPosition } from '../../shared/cluster/holders/log-position.ts'
import { readWatch, type WatchEvent } from '../../shared/cluster/list-watch/watch-stream.ts'
import { anyJson, anyLease, cuts, hostileText, pieces } from './arbitrary.ts'

async function* chunksOf(text: string | Buffer, at: readonly number[]): AsyncGenerator<Buffer> {
  for (const piece of pieces(text, at)) yield piece
}

describe('lines', () => {
  it('are the same wherever the stream is cut', () => {
    fc.assert(
      fc.property(hostileText, hostileText, cuts, (a, b, at) => {
        const text = `${a}\n${b}\n`
        const lines: string[] = []
        const splitter = new LineSplitter((line) => lines.push(line))
        for (const piece of pieces(text, at)) splitter.push(piece)
        expect(lines).toEqual(Buffer.from(text).toString('utf8').split('\n').filter((line) => line !== ''))
      }),
    )
  })
})

describe('a list', () => {
  const list = fc.record({ kind: anyJson, metadata: anyJson, items: fc.array(fc.oneof(anyLease, anyJson), { maxLength: 4 }) }, { requiredKeys: ['items'] })

  it('is taken apart as JSON.parse has it, wherever it is cut', () => {
    fc.assert(
      fc.property(list, fc.constantFrom(undefined, 1, '\t'), cuts, (value, space, at) => {
        const text = JSON.stringify(value, null, space)
        const items: unknown[] = []
        const decoder = new JsonListDecoder((item) => items.push(item))
        for (const piece of pieces(text, at)) decoder.push(piece)
        const envelope = decoder.end()
        expect({ ...envelope, items }).toEqual(JSON.parse(text))
      }),
    )
  })

  it('that is none is a SyntaxError, however it is broken', () => {
    fc.assert(
      fc.property(list, fc.nat(), fc.oneof(hostileText, fc.constantFrom(']', '}', '{', '"', ',', '[', '\\')), cuts, (value, place, wrong, at) => {
        const text = JSON.stringify(value)
        const broken = text.slice(0, place % text.length) + wrong + text.slice(place % text.length)
        const decoder = new JsonListDecoder(() => {})
        try {
          for (const piece of pieces(broken, at)) decoder.push(piece)
          decoder.end()
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError)
        }
      }),
    )
  })
})

describe('a watch', () => {
  const origin = { server: 'https://api', subject: { verb: 'watch', resource: 'leases' } }
  const stream = (text: string | Buffer, at: readonly number[]) => ({ status: 200, chunks: chunksOf(text, at), close: () => {} })

  it('tells the same events wherever it is cut', async () => {
    const event = fc.record({ type: fc.constantFrom('ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'), name: hostileText, version: hostileText })
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 5 }), cuts, async (events, at) => {
        const lines = events.map(({ type, name, version }) => JSON.stringify({ type, object: { metadata: { name, resourceVersion: version } } }))
        const told: WatchEvent[] = []
        const sink = { onBytes: () => {}, onEvent: (each: WatchEvent) => told.push(each) }
        await readWatch(stream(lines.map((line) => `${line}\n`).join(''), at), origin, sink, new AbortController().signal)
        expect(told.map(({ type, name, resourceVersion }) => ({ type, name, version: resourceVersion }))).toEqual(
          lines.map((line) => JSON.parse(line) as { type: string; object: { metadata: { name: string; resourceVersion: string } } }).map(({ type, object }) => ({ type, name: object.metadata.name, version: object.metadata.resourceVersion })),
        )
      }),
    )
  })

  it('of anything else ends, or fails as a ClusterError', async () => {
    const line = fc.oneof(hostileText, anyJson.map((value) => JSON.stringify(value)), fc.record({ type: anyJson, object: anyLease }).map((value) => JSON.stringify(value)), anyJson.map((object) => JSON.stringify({ type: 'ERROR', object })))
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 4 }), cuts, async (lines, at) => {
        const sink = { onBytes: () => {}, onEvent: () => {} }
        await readWatch(stream(lines.join('\n'), at), origin, sink, new AbortController().signal).catch((error: unknown) => {
          expect(error).toBeInstanceOf(ClusterError)
        })
      }),
    )
  })
})

describe('a log', () => {
  const time = fc.integer({ min: 0, max: 5 }).map((second) => `2026-01-01T00:00:0${second}.123456789Z`)
  const line = fc.tuple(fc.option(time), fc.oneof(hostileText, fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString('latin1'))))
    .map(([at, text]) => `${at === null ? '' : `${at} `}${text}\n`)

  it('is told byte for byte, wherever it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 6 }), cuts, async (lines, at) => {
        const text = Buffer.from(lines.join(''))
        let told = ''
        for await (const { bytes, timestamp } of logPieces(chunksOf(text, at))) {
          told += (timestamp === null ? '' : `${timestamp} `) + bytes.toString('latin1')
        }
        expect(told).toBe(text.toString('latin1'))
      }),
    )
  })

  it('that breaks off anywhere is told once, from where it was', () => {
    const times = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 12 }).map((seconds) => seconds.sort((a, b) => a - b))
    fc.assert(
      fc.property(times, fc.array(fc.nat({ max: 12 }), { maxLength: 4 }), (seconds, breaks) => {
        const lines = seconds.map((second, index) => ({ at: `2026-01-01T00:00:0${second}Z`, index }))
        const position = new LogPosition()
        const told: number[] = []
        for (const [round, length] of [...breaks, lines.length].entries()) {
          if (round > 0) position.resume()
          const since = position.sinceTime
          const again = lines.filter(({ at }) => since === null || at >= since)
          for (const { at, index } of again.slice(0, round === breaks.length ? Infinity : length)) if (position.take(at)) told.push(index)
        }
        expect(told).toEqual(lines.map(({ index }) => index))
      }),
    )
  })
})
