import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { PARTS } from './mutations.ts'

const ROOT = path.resolve(import.meta.dirname, '../../..')
const ALL = Object.values(PARTS).flatMap(({ mutations }) => mutations)

describe('mutations', () => {
  it.each(ALL)('can be planted in exactly one place: $name', async ({ file, from, to }) => {
    const source = await readFile(path.join(ROOT, file), 'utf8')
    expect(source.split(from).length - 1).toBe(1)
    expect(to).not.toBe(from)
  })

  it('are told apart by their names', () => {
    expect(new Set(ALL.map(({ name }) => name)).size).toBe(ALL.length)
    expect(ALL.length).toBeGreaterThanOrEqual(60)
  })
})
