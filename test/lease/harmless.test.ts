import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { harmless } from '../../shared/lease/harmless.ts'

it.each([
  ['plain-name_1', 'plain-name_1'],
  ['größe 日本語 🚀', 'größe 日本語 🚀'],
  ['\u001b[31mred', '\\x1b[31mred'],
  ['\u009b31m', '\\x9b31m'],
  ['two\nlines\r\t', 'two\\x0alines\\x0d\\x09'],
  ['abc\u202edcba', 'abc\\u202edcba'],
  ['zero\u200bwidth', 'zero\\u200bwidth'],
  ['\u2028', '\\u2028'],
  ['\ud800', '\\ud800'],
  ['\u{e0041}', '\\u{e0041}'],
  ['Z\u0301\u0323e\u0301', 'Z\u0301\u0323e\u0301'],
  [`Z${'\u0301'.repeat(8)}a`, `Z${'\u0301'.repeat(6)}\\u0301\\u0301a`],
  ['C:\\path', 'C:\\path'],
  ['\\x1b', '\\\\x1b'],
])('%j is shown as %j', (text, shown) => {
  expect(harmless(text)).toBe(shown)
})

describe('a limit', () => {
  it.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdef', 5, 'abcd…'],
    ['🚀🚀🚀', 4, '🚀…'],
    ['\u001b\u001b', 5, '\\x1b…'],
    ['abc', 0, '…'],
  ])('cuts %j at %i to %j', (text, limit, shown) => expect(harmless(text, limit)).toBe(shown))
})

it('leaves nothing that a terminal acts on, whatever it is given', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(40), (text, limit) => {
      expect(harmless(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/u)
      expect(harmless(text, limit).length).toBeLessThanOrEqual(Math.max(limit, 1))
    }),
  )
})
