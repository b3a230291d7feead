import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { harmless } from '../../shared/lease/harmless.ts'
import { formatAge, parseDuration } from '../../kubectl-plugin/output/duration.ts'
import { columnsOf, cut, fit } from '../../shared/text-columns.ts'
import { CommandError } from '../../kubectl-plugin/exit-code.ts'
import { hostileText, UNPRINTABLE } from './arbitrary.ts'

describe('text made harmless', () => {
  it('has no character that a terminal would act on', () => {
    fc.assert(fc.property(hostileText, (text) => { expect(harmless(text)).not.toMatch(UNPRINTABLE) }))
  })

  it('is never longer than its limit', () => {
    fc.assert(
      fc.property(hostileText, fc.integer({ min: 1, max: 40 }), (text, limit) => {
        const shown = harmless(text, limit)
        expect(shown.length).toBeLessThanOrEqual(limit)
        expect(shown).not.toMatch(UNPRINTABLE)
      }),
    )
  })

  it('still tells any two texts apart', () => {
    fc.assert(
      fc.property(hostileText, hostileText, (a, b) => {
        expect(harmless(a) === harmless(b)).toBe(a === b)
      }),
    )
  })

  it('is left alone where nothing is wrong with it', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\p{L}\p{Nd} .,:;/_@-]*$/u), (text) => { expect(harmless(text)).toBe(text) }),
    )
  })
})

describe('text fitted to a terminal', () => {
  const shown = hostileText.map((text) => harmless(text))

  it('takes exactly the columns that it is to take', () => {
    fc.assert(fc.property(shown, fc.nat({ max: 60 }), (text, columns) => { expect(columnsOf(fit(text, columns))).toBe(columns) }))
  })

  it('is whole where it fits, and begins as it did where it does not', () => {
    fc.assert(
      fc.property(shown, fc.integer({ min: 1, max: 60 }), (text, columns) => {
        const result = cut(text, columns)
        if (columnsOf(text) <= columns) expect(result).toBe(text)
        else expect(text.startsWith(result.slice(0, -1)) && result.endsWith('…')).toBe(true)
        expect(columnsOf(result)).toBeLessThanOrEqual(columns)
      }),
    )
  })
})

describe('durations', () => {
  it('are read, or refused in a sentence', () => {
    const anyText = fc.oneof(hostileText, fc.stringMatching(/^[-+.0-9]{0,5}(ns|us|µs|ms|s|m|h|d)?[0-9.]{0,3}(s|m)?$/))
    fc.assert(
      fc.property(anyText, (text) => {
        try {
          const ms = parseDuration(text)
          expect(Number.isFinite(ms) && ms >= 0).toBe(true)
        } catch (error) {
          expect(error).toBeInstanceOf(CommandError)
        }
      }),
    )
  })

  it('are read as they were written', () => {
    const parts = fc.record({ h: fc.nat({ max: 99 }), m: fc.nat({ max: 59 }), s: fc.nat({ max: 59 }), ms: fc.nat({ max: 999 }) })
    fc.assert(
      fc.property(parts, ({ h, m, s, ms }) => {
        expect(parseDuration(`${h}h${m}m${s}s${ms}ms`)).toBeCloseTo(((h * 60 + m) * 60 + s) * 1000 + ms, 3)
      }),
    )
  })

  it('are shown so that they are read as nearly the same', () => {
    fc.assert(
      fc.property(fc.nat({ max: 8 * 3600_000 - 1 }), (ms) => {
        const read = parseDuration(formatAge(ms))
        expect(read).toBeLessThanOrEqual(ms)
        expect(ms - read).toBeLessThan(60_000)
      }),
    )
  })
})
