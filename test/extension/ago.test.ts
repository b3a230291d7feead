import { expect, it, vi } from 'vitest'
import { ago } from '../../extension/words/durations.ts'

vi.mock('vscode', () => import('./support/fake-vscode.ts'))

it.each([
  ['a moment', 59_999, 'en', 'now'],
  ['nothing: clocks differ', -5_000, 'en', 'now'],
  ['minutes, begun ones left out', 3.9 * 60_000, 'en', '3m ago'],
  ['hours', 5 * 3_600_000, 'en', '5h ago'],
  ['days', 40 * 86_400_000, 'en', '40d ago'],
  ["minutes, in VS Code's language", 3 * 60_000, 'zh-cn', '3分钟前'],
])('formats %s', (_, durationMs, language, text) => {
  expect(ago(durationMs, language)).toBe(text)
})
