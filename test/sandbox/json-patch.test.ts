import { describe, expect, it } from 'vitest'
import { applyJsonPatch, JsonPatchError } from '../../shared/sandbox/json-patch.ts'

// Mostly the examples of RFC 6902, appendix A.
describe('a JSON patch', () => {
  it.each<[string, unknown, object[], unknown]>([
    ['adds a member', { foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { foo: 'bar', baz: 'qux' }],
    ['adds into an array', { foo: ['a', 'c'] }, [{ op: 'add', path: '/foo/1', value: 'b' }], { foo: ['a', 'b', 'c'] }],
    ['appends to an array', { foo: ['a'] }, [{ op: 'add', path: '/foo/-', value: ['b'] }], { foo: ['a', ['b']] }],
    ['replaces by adding', { foo: 1 }, [{ op: 'add', path: '/foo', value: 2 }], { foo: 2 }],
    ['removes a member', { a: 1, b: 2 }, [{ op: 'remove', path: '/a' }], { b: 2 }],
    ['removes from an array', { foo: ['a', 'b', 'c'] }, [{ op: 'remove', path: '/foo/1' }], { foo: ['a', 'c'] }],
    ['replaces', { a: 1 }, [{ op: 'replace', path: '/a', value: null }], { a: null }],
    ['replaces the whole', { a: 1 }, [{ op: 'replace', path: '', value: [1] }], [1]],
    ['moves', { a: { b: 1 }, c: {} }, [{ op: 'move', from: '/a/b', path: '/c/d' }], { a: {}, c: { d: 1 } }],
    ['moves in an array', ['a', 'b', 'c'], [{ op: 'move', from: '/0', path: '/2' }], ['b', 'c', 'a']],
    ['copies', { a: { b: 1 } }, [{ op: 'copy', from: '/a', path: '/c' }], { a: { b: 1 }, c: { b: 1 } }],
    ['tests deeply', { a: [1, { b: 2 }] }, [{ op: 'test', path: '/a', value: [1, { b: 2 }] }], { a: [1, { b: 2 }] }],
    ['reads ~01 as ~1', { '~1': 1 }, [{ op: 'replace', path: '/~01', value: 2 }], { '~1': 2 }],
    ['reads ~1 as /', { 'a/b': 1 }, [{ op: 'remove', path: '/a~1b' }], {}],
  ])('%s', (_what, document, operations, result) => {
    expect(applyJsonPatch(document, operations)).toEqual(result)
  })

  it.each<[string, unknown, unknown[]]>([
    ['a parent that is not there', {}, [{ op: 'add', path: '/a/b', value: 1 }]],
    ['an index behind the end', { a: [1] }, [{ op: 'add', path: '/a/2', value: 1 }]],
    ['an index with leading zeros', { a: [1] }, [{ op: 'remove', path: '/a/00' }]],
    ['removing behind the end', { a: [1] }, [{ op: 'remove', path: '/a/-' }]],
    ['replacing what is not there', {}, [{ op: 'replace', path: '/a', value: 1 }]],
    ['another type in a test', { a: 1 }, [{ op: 'test', path: '/a', value: '1' }]],
    ['a pointer without a slash', { a: 1 }, [{ op: 'remove', path: 'a' }]],
    ['no pointer', { a: 1 }, [{ op: 'remove' }]],
    ['an operation that is no object', {}, [null]],
    ['members that every object inherits', {}, [{ op: 'remove', path: '/toString' }]],
  ])('refuses %s', (_what, document, operations) => {
    expect(() => applyJsonPatch(document, operations)).toThrow(JsonPatchError)
  })

  it('leaves the document as it was', () => {
    const document = { a: { b: [1] } }
    applyJsonPatch(document, [{ op: 'add', path: '/a/b/-', value: 2 }])
    expect(document).toEqual({ a: { b: [1] } })
  })

  it('copies, so that a later change touches one of the two', () => {
    const operations = [
      { op: 'copy', from: '/a', path: '/c' },
      { op: 'replace', path: '/c/b', value: 2 },
    ]
    expect(applyJsonPatch({ a: { b: 1 } }, operations)).toEqual({ a: { b: 1 }, c: { b: 2 } })
  })

  it('takes __proto__ for an ordinary member', () => {
    const patched = applyJsonPatch({}, [{ op: 'add', path: '/__proto__', value: { polluted: true } }])
    expect(Object.keys(patched as object)).toEqual(['__proto__'])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})
