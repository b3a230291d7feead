import { describe, expect, it } from 'vitest'
import { compareVersions } from '../../shared/locks/version.ts'

describe('versions compare as decimals', () => {
  it.each([
    ['9', '10', -1],
    ['10', '9', 1],
    ['10', '10', 0],
    ['010', '10', 0],
    ['0', '1', -1],
    ['99999999999999999999998', '99999999999999999999999', -1],
  ])('%s and %s', (a, b, sign) => {
    expect(Math.sign(compareVersions(a, b))).toBe(sign)
  })
})
