import { expect, it, vi } from 'vitest'
import { markdownText } from '../../extension/tree/tooltip.ts'

vi.mock('vscode', () => import('./support/fake-vscode.ts'))

it.each([
  ['a link', '[x](command:workbench.action.quit)'],
  ['an image', '![x](https://example.com/x.png)'],
  ['HTML', '<img src=x>'],
  ['an icon', '$(rocket)'],
  ['an address that would become a link', 'https://example.com'],
  ['a table', 'a | b'],
  ['emphasis and code', '*a* _b_ `c` ~d~'],
  ['an entity', '&lt;'],
])('escapes every character of %s that has a meaning in Markdown', (_, text) => {
  const shown = markdownText(text)
  expect(shown.replace(/&#\d+;/g, '')).not.toMatch(/[[\]()<>!$`*_|~:&]/)
  expect(shown.replace(/&#(\d+);/g, (_entity, code: string) => String.fromCharCode(Number(code)))).toBe(text)
})

it('keeps a text on its line', () => {
  expect(markdownText('a\n\n# b')).not.toContain('\n')
})
