import { describe, expect, it } from 'vitest'
import { printText, wrapped } from '../../kubectl-plugin/output/wrap.ts'
import { fakeSession } from '../support/fake-session.ts'

describe('text for a terminal', () => {
  const narrow = { isTTY: true, columns: 20 }

  it.each([
    ['breaks between words', 'one two three four five', 'one two three four\nfive'],
    ['keeps a longer word whole', 'the holder-with-a-long-identity renews', 'the\nholder-with-a-long-identity\nrenews'],
    ['hangs below a bullet', '  - one two three four', '  - one two three\n    four'],
    ['hangs below a label', 'Leader:  one two three', 'Leader:  one two\n         three'],
    ['keeps an indentation', '     one two three four', '     one two three\n     four'],
    ['keeps lines of a table', 'NAME    HOLDER      STATE', 'NAME    HOLDER      STATE'],
    ['keeps short lines', 'one two\nthree', 'one two\nthree'],
    ['counts the columns of wide characters', '领导者 领导者 领导者', '领导者 领导者 领导者'],
    ['breaks wide characters', '领导者 领导者 领导者 一', '领导者 领导者 领导者\n一'],
  ])('%s', (_what, text, lines) => {
    expect(wrapped(text, narrow)).toBe(lines)
  })

  it('is not broken in a file or pipe', () => {
    const text = 'one two three four five'
    expect(wrapped(text, { isTTY: false, columns: 20 })).toBe(text)
  })

  it('ends with a line break when it is printed', () => {
    const session = fakeSession({ columns: 20 })
    printText(session.session.stdout, 'one two three four five')
    expect(session.stdout()).toBe('one two three four\nfive\n')
  })
})
