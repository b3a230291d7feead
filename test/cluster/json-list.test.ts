import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonListDecoder, type ListEnvelope } from '../../shared/cluster/list-watch/json-list.ts'

/** Decodes a text that arrives in pieces cut at `cuts`. */
function decode(text: string, cuts: readonly number[] = []): { items: unknown[]; envelope: ListEnvelope } {
  const bytes = Buffer.from(text)
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  const items: unknown[] = []
  const decoder = new JsonListDecoder((item) => items.push(item))
  let start = 0
  for (const end of ends) {
    decoder.push(bytes.subarray(start, end))
    start = end
  }
  return { items, envelope: decoder.end() }
}

describe('taking a list apart', () => {
  it.each<[string, string, readonly unknown[], ListEnvelope]>([
    ['no items', '{"items":[]}', [], { items: [] }],
    ['no items, with space', ' { "items" : [ \n ] } ', [], { items: [] }],
    ['null for no items', '{"items":null,"kind":"L"}', [], { items: null, kind: 'L' }],
    ['nothing', '{}', [], {}],
    ['what stands before and after', '{"kind":"L","items":[{"a":1}],"metadata":{}}', [{ a: 1 }], {
      kind: 'L',
      items: [],
      metadata: {},
    }],
    ['items of every type', '{"items":[1,"a",null,true,[1,[2]],{"b":{}}]}', [1, 'a', null, true, [1, [2]], { b: {} }], {
      items: [],
    }],
    ['brackets and quotes in strings', '{"items":["]","}","\\"],[","\\\\"]}', [']', '}', '"],[', '\\'], { items: [] }],
    ['items elsewhere', '{"metadata":{"items":[1]},"x":[{"items":[2]}]}', [], {
      metadata: { items: [1] },
      x: [{ items: [2] }],
    } as ListEnvelope],
    ['the word as a value', '{"kind":"items","x":[1],"items":[2]}', [2], {
      kind: 'items',
      x: [1],
      items: [],
    } as ListEnvelope],
    ['an escaped key', '{"\\u0069tems":[1]}', [1], { items: [] }],
    ['a Status instead', '{"kind":"Status","code":403}', [], { kind: 'Status', code: 403 } as ListEnvelope],
  ])('%s', (_, text, items, envelope) => {
    expect(decode(text)).toEqual({ items, envelope })
    expect(decode(text, Array.from({ length: text.length }, (_, at) => at))).toEqual({ items, envelope })
  })

  it.each([
    ['a list that breaks off between items', '{"items":[1,'],
    ['a list that breaks off in an item', '{"items":[{"a":'],
    ['a list that breaks off after the items', '{"items":[1]'],
    ['a missing item', '{"items":[1,,2]}'],
    ['a comma at the end', '{"items":[1,]}'],
    ['a comma alone', '{"items":[,]}'],
    ['brackets that do not match', '{"items":[{]}]}'],
    ['a bracket too many', '{"items":[1]]}'],
    ['two values without a comma', '{"items":[1 2]}'],
    ['no JSON', '<html>'],
    ['no object', '"items"'],
    ['null', 'null'],
    ['nothing', ''],
  ])('refuses %s', (_, text) => {
    expect(() => decode(text)).toThrow(SyntaxError)
  })

  it('hands over each item as soon as it is complete', () => {
    const items: unknown[] = []
    const decoder = new JsonListDecoder((item) => items.push(item))
    decoder.push(Buffer.from('{"items":[{"a":1},{"b"'))
    expect(items).toEqual([{ a: 1 }])
  })

  it('agrees with JSON.parse on every list, wherever it is cut', () => {
    const envelope = fc.dictionary(fc.string().filter((key) => key !== 'items' && key !== '__proto__'), fc.jsonValue())
    fc.assert(
      fc.property(
        envelope,
        fc.array(fc.jsonValue()),
        envelope,
        fc.constantFrom(undefined, 1, '\t'),
        fc.array(fc.nat(), { maxLength: 20 }),
        (before, items, after, space, cuts) => {
          const text = JSON.stringify({ ...before, items, ...after }, null, space)
          const parsed = JSON.parse(text) as { items: unknown[] }
          expect(decode(text, cuts)).toEqual({ items: parsed.items, envelope: { ...parsed, items: [] } })
        },
      ),
    )
  })

  it('agrees with JSON.parse on what is not JSON', () => {
    const valid = '{"kind":"L","items":[{"a":"]"},[1,"x"],3],"m":{}}'
    const other = fc.constantFrom('', ',', '"', '{', '}', '[', ']', ':', '\\', '1')
    fc.assert(
      fc.property(fc.nat(valid.length - 1), other, (at, byte) => {
        const text = valid.slice(0, at) + byte + valid.slice(at + 1)
        let parsed: unknown
        try {
          parsed = JSON.parse(text)
        } catch {
          expect(() => decode(text)).toThrow(SyntaxError)
          return
        }
        const { items, envelope } = decode(text)
        const isList = Array.isArray((parsed as { items?: unknown }).items)
        expect(isList ? { ...envelope, items } : envelope).toEqual(parsed)
      }),
      { numRuns: 1_000 },
    )
  })
})
