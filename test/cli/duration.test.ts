import { describe, expect, it } from 'vitest'
import { formatAge, parseDuration } from '../../kubectl-plugin/output/duration.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

describe('durations as kubectl takes them', () => {
  it.each([
    ['0', 0],
    ['15', 15 * SECOND],
    ['15s', 15 * SECOND],
    ['1m30s', 90 * SECOND],
    ['1.5h', 90 * MINUTE],
    ['.5s', 500],
    ['250ms', 250],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  it.each(['', 's', '-5s', '1d', '1m 30s', '5s!', 'soon', '1e3s'])('refuses "%s"', (text) => {
    expect(() => parseDuration(text)).toThrow('is not a valid duration')
  })
})

// The cases of apimachinery's duration_test.go that show where the units change.
describe('ages as kubectl shows them', () => {
  it.each([
    [-5 * SECOND, '0s'],
    [999, '0s'],
    [119 * SECOND, '119s'],
    [2 * MINUTE, '2m'],
    [2 * MINUTE + SECOND, '2m1s'],
    [9 * MINUTE + 59 * SECOND, '9m59s'],
    [10 * MINUTE + 5 * SECOND, '10m'],
    [179 * MINUTE, '179m'],
    [3 * HOUR + 5 * MINUTE, '3h5m'],
    [8 * HOUR + 5 * MINUTE, '8h'],
    [47 * HOUR, '47h'],
    [48 * HOUR, '2d'],
    [7 * DAY + 23 * HOUR, '7d23h'],
    [8 * DAY + HOUR, '8d'],
    [2 * 365 * DAY + DAY, '2y1d'],
    [8 * 365 * DAY, '8y'],
  ])('%i ms is %s', (ms, text) => {
    expect(formatAge(ms)).toBe(text)
  })
})
