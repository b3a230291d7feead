import { describe, expect, it } from 'vitest'
import { durationText } from '../../shared/lease/duration-text.ts'

describe('a length of time for a person', () => {
  it.each([
    [-1, '0s'],
    [0, '0s'],
    [140, '0.1s'],
    [9_440, '9.4s'],
    [15_000, '15s'],
    [59_600, '1m'],
    [90_000, '1m30s'],
    [120_000, '2m'],
    [599_400, '9m59s'],
    [600_000, '10m'],
    [7_199_000, '120m'],
    [7_200_000, '2h'],
    [172_800_000, '2d'],
  ])('%i ms is %s', (ms, text) => {
    expect(durationText(ms)).toBe(text)
  })
})
