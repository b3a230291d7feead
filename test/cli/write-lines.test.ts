import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { writeLines } from '../../kubectl-plugin/output/write-lines.ts'

/** Lines that count how many of them were asked for. */
function counted(total: number): { readonly lines: Iterable<string>; readonly taken: () => number } {
  let taken = 0
  function* generate(): Generator<string> {
    for (let line = 0; line < total; line++) {
      taken++
      yield `${line} ${'x'.repeat(100)}`
    }
  }
  return { lines: generate(), taken: () => taken }
}

describe('writing many lines', () => {
  it('writes them all, in order', async () => {
    const stream = new PassThrough({ highWaterMark: 100_000_000 })
    const { lines } = counted(5_000)
    await writeLines(stream, lines)
    const written = String(stream.read()).trimEnd().split('\n')
    expect(written).toHaveLength(5_000)
    expect(written[4_999]).toMatch(/^4999 x/)
  })

  it('goes no faster than they are read', async () => {
    const stream = new PassThrough()
    const { lines, taken } = counted(5_000)
    const writing = writeLines(stream, lines)
    await new Promise((resolve) => setImmediate(resolve))
    expect(taken()).toBeLessThan(1_000)
    stream.resume()
    await writing
    expect(taken()).toBe(5_000)
  })

  it('ends when nobody reads any more', async () => {
    const stream = new PassThrough()
    const { lines, taken } = counted(5_000)
    const writing = writeLines(stream, lines)
    stream.destroy()
    await writing
    expect(taken()).toBeLessThan(1_000)
  })
})
