import { expect, it } from 'vitest'
import { plainWords } from '../../extension/plain-words.ts'

it.each([
  ['a sentence that names a flag', 'It may return. To choose, say who (--to).', 'It may return.'],
  ['a sentence that begins with a list of choices', 'No context is set. Choose one with --context: a, b', 'No context is set.'],
  ['nothing where there is no flag', "It is a Node's -- not yours. Ask.", "It is a Node's -- not yours. Ask."],
  ['nothing where nothing would be left', '--a and --b exclude each other.', '--a and --b exclude each other.'],
])('leaves out %s', (_, message, said) => {
  expect(plainWords(message)).toBe(said)
})

it('makes what comes from elsewhere harmless, and no longer than there is room for', () => {
  expect(plainWords('a\u202eb')).toBe('a\\u202eb')
  expect(plainWords('x'.repeat(100), 20).length).toBeLessThanOrEqual(20)
})
