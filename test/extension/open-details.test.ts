import { beforeEach, describe, expect, it } from 'vitest'
import { OpenDetails } from '../../extension/tree/open-details.ts'
import type { DetailRow, ElectionRow } from '../../extension/tree/rows.ts'

const ROW = { kind: 'election', id: 'web' } as ElectionRow
const saying = (value: string): readonly DetailRow[] => [{ kind: 'detail', id: 'web/0', label: 'Holder', value, icon: 'person' }]

let details: OpenDetails
/** Readings that are under way. */
let readings: PromiseWithResolvers<readonly DetailRow[]>[]
let news: number

beforeEach(() => {
  readings = []
  news = 0
  const read = (): Promise<readonly DetailRow[]> => {
    const reading = Promise.withResolvers<readonly DetailRow[]>()
    readings.push(reading)
    return reading.promise
  }
  details = new OpenDetails(read, () => news++)
})

async function found(value: string): Promise<void> {
  readings.shift()!.resolve(saying(value))
  await new Promise(setImmediate)
}

describe('what is below an election', () => {
  beforeEach(async () => {
    const first = details.of(ROW)
    await found('a')
    expect(await first).toEqual(saying('a'))
  })

  it('is given at once while it is open, and read again meanwhile', async () => {
    expect(await details.of(ROW)).toEqual(saying('a'))
    expect(readings).toHaveLength(1)
  })

  it('is told once where it has changed, and then given without being read again', async () => {
    await details.of(ROW)
    await found('b')
    expect(news).toBe(1)
    expect(await details.of(ROW)).toEqual(saying('b'))
    expect(readings).toHaveLength(0)
    await details.of(ROW)
    await found('b')
    expect(news).toBe(1)
  })

  it('is read once at a time', async () => {
    await Promise.all([details.of(ROW), details.of(ROW), details.of(ROW)])
    expect(readings).toHaveLength(1)
  })

  it('is forgotten when it is closed', async () => {
    await details.of(ROW)
    details.close(ROW)
    await found('b')
    expect(news).toBe(0)
    const again = details.of(ROW)
    await found('c')
    expect(await again).toEqual(saying('c'))
  })
})
