import { describe, expect, it } from 'vitest'
import { applyMergePatch, applyStrategicMergePatch } from '../../shared/sandbox/merge-patch.ts'

describe('a merge patch', () => {
  // The test cases of RFC 7386, appendix A.
  it.each<[unknown, unknown, unknown]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('of %j by %j is %j', (target, patch, result) => {
    expect(applyMergePatch(target, patch)).toEqual(result)
  })
})

describe('a strategic merge patch', () => {
  const containers = [
    { name: 'a', image: '1', env: [{ name: 'X', value: '1' }] },
    { name: 'b', image: '1' },
  ]

  it.each<[string, unknown, Record<string, unknown>, unknown]>([
    [
      'merges items of a list by their key',
      { containers },
      { containers: [{ name: 'a', env: [{ name: 'Y', value: '2' }] }] },
      {
        containers: [
          {
            name: 'a',
            image: '1',
            env: [
              { name: 'X', value: '1' },
              { name: 'Y', value: '2' },
            ],
          },
          containers[1],
        ],
      },
    ],
    [
      'adds items',
      { containers: [containers[1]] },
      { containers: [{ name: 'c' }] },
      { containers: [containers[1], { name: 'c' }] },
    ],
    [
      'removes items',
      { containers },
      { containers: [{ name: 'a', $patch: 'delete' }] },
      { containers: [containers[1]] },
    ],
    [
      'replaces a list',
      { containers },
      { containers: [{ $patch: 'replace' }, { name: 'c' }] },
      { containers: [{ name: 'c' }] },
    ],
    ['replaces lists that have no key', { args: ['a'] }, { args: ['b'] }, { args: ['b'] }],
    ['replaces an object', { a: { b: 1 } }, { a: { $patch: 'replace', c: 2 } }, { a: { c: 2 } }],
    ['empties an object', { a: { b: 1 } }, { a: { $patch: 'delete' } }, { a: {} }],
    [
      'keeps the keys that it names',
      { a: { b: 1, c: 2 } },
      { a: { $retainKeys: ['c', 'd'], d: 3 } },
      { a: { c: 2, d: 3 } },
    ],
    ['adds to a set', { finalizers: ['a'] }, { finalizers: ['a', 'b'] }, { finalizers: ['a', 'b'] }],
    [
      'takes from a set',
      { finalizers: ['a', 'b'] },
      { '$deleteFromPrimitiveList/finalizers': ['a'] },
      { finalizers: ['b'] },
    ],
    ['does without an order', { a: 1 }, { '$setElementOrder/containers': [{ name: 'a' }] }, { a: 1 }],
  ])('%s', (_what, target, patch, result) => {
    expect(applyStrategicMergePatch(target, patch)).toEqual(result)
  })

  it('leaves its target as it was', () => {
    const target = { containers: structuredClone(containers) }
    applyStrategicMergePatch(target, { containers: [{ name: 'a', image: '2' }] })
    expect(target).toEqual({ containers })
  })
})
