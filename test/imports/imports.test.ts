import { describe, expect, it } from 'vitest'
import { circlesIn, importGraph, isList } from './import-graph.ts'

const graph = importGraph(['shared', 'kubectl-plugin', 'extension'])

/** The imports from the files of one room to those of another. */
const between = (from: string, to: string): readonly string[] =>
  [...graph].flatMap(([file, imports]) =>
    file.startsWith(`${from}/`) ? imports.filter((each) => each.startsWith(`${to}/`)).map((each) => `${file} -> ${each}`) : [],
  )

describe('the imports of the sources', () => {
  it('are read: imports of values, of types, and on demand', () => {
    expect(graph.size).toBeGreaterThan(400)
    expect(graph.get('shared/index.ts')).toContain('shared/election/index.ts')
    expect(graph.get('kubectl-plugin/session.ts')).toContain('shared/time/clock.ts')
    expect(graph.get('kubectl-plugin/watch/run-watch.ts')).toContain('kubectl-plugin/watch/watch-on-screen.ts')
  })

  it('have no circle, types included', () => {
    expect(circlesIn(graph)).toEqual([])
  })

  it.each([
    ['shared/cluster/connection', 'shared/cluster/list-watch'],
    ['shared/cluster/list-watch', 'shared/cluster/connection'],
  ])('do not lead from %s to %s: both build on the files above them', (from, to) => {
    expect(between(from, to)).toEqual([])
  })
})

describe('an index.ts of shared/ lists what the library publishes of its folder', () => {
  const published = (graph.get('shared/index.ts') ?? []).filter((file) => isList(file))
  const everything = importGraph(['shared', 'kubectl-plugin', 'extension', 'test'])

  it('and each name is imported from the file that defines it', () => {
    expect(published).toContain('shared/lease/index.ts')
    const importers = [...everything].flatMap(([file, imports]) => imports.filter((each) => published.includes(each)).map(() => file))
    expect([...new Set(importers)]).toEqual(['shared/index.ts'])
  })
})

describe('a circle', () => {
  it.each<readonly [string, Record<string, string[]>, string[][]]>([
    ['of two files', { a: ['b'], b: ['a'] }, [['a', 'b']]],
    ['of one file', { a: ['a'] }, [['a']]],
    ['of three files, one of which leads out', { a: ['b'], b: ['c', 'd'], c: ['a'], d: [] }, [['a', 'b', 'c']]],
    ['behind a file that is in none', { a: ['b'], b: ['c'], c: ['b'] }, [['b', 'c']]],
    ['that is none: two ways to one file', { a: ['b', 'c'], b: ['d'], c: ['d'], d: [] }, []],
    ['that shares a file with another one', { a: ['b', 'c'], b: ['a'], c: ['a'] }, [['a', 'b', 'c']]],
  ])('%s', (_, imports, circles) => {
    expect(circlesIn(new Map(Object.entries(imports)))).toEqual(circles)
  })
})
