import { describe, expect, it } from 'vitest'
import { durationMsOf, durationText } from '../../shared/duration.ts'

describe('a duration for a person', () => {
  it.each([
    [-5, '0s'],
    [0, '0s'],
    [4, '0s'],
    [31, '0.03s'],
    [140, '0.14s'],
    [996, '1s'],
    [2_349, '2.3s'],
    [9_440, '9.4s'],
    [9_949, '9.9s'],
    [9_960, '10s'],
    [15_000, '15s'],
    [59_400, '59s'],
    [59_600, '1m'],
    [90_000, '1m30s'],
    [119_400, '1m59s'],
    [120_000, '2m'],
    [185_000, '3m5s'],
    [599_400, '9m59s'],
    [3_599_600, '1h'],
    [5_000_000, '1h23m'],
    [7_200_000, '2h'],
    [172_799_000, '47h59m'],
    [172_800_000, '2d'],
    [183_600_000, '2d3h'],
  ])('%i ms is %s', (ms, text) => {
    expect(durationText(ms)).toBe(text)
  })

  it('in the words of a language', () => {
    const chinese = {
      seconds: '{0} 秒',
      minutes: '{0} 分钟',
      minutesAndSeconds: '{0} 分 {1} 秒',
      hours: '{0} 小时',
      hoursAndMinutes: '{0} 小时 {1} 分钟',
      days: '{0} 天',
      daysAndHours: '{0} 天 {1} 小时',
    }
    expect([4_200, 90_000, 7_200_000, 183_600_000].map((ms) => durationText(ms, chinese))).toEqual([
      '4.2 秒',
      '1 分 30 秒',
      '2 小时',
      '2 天 3 小时',
    ])
  })
})

describe('a duration that a person wrote', () => {
  it.each([
    ['0', 0],
    ['15', 15_000],
    ['1m30s', 90_000],
    ['.5s', 500],
    ['250ms', 250],
  ])('%s', (text, ms) => {
    expect(durationMsOf(text)).toBe(ms)
  })

  it.each(['', 's', '-5s', '1d', '1m 30s', '5s!', 'soon', '1e3s', `${'9'.repeat(400)}h`, '9'.repeat(400)])('is none: "%s"', (text) => {
    expect(durationMsOf(text)).toBeNull()
  })
})
