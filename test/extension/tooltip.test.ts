import { expect, it, vi } from 'vitest'
import { ElectionHandle, type ElectionView } from '../../extension/clusters/election-handle.ts'
import type { ClusterSession } from '../../extension/clusters/cluster-session.ts'
import { electionTooltip, markdownText } from '../../extension/tree/tooltip.ts'
import { electionFromLease } from '../../shared/lease/election.ts'
import type { Status } from '../../shared/lease/status.ts'

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

const NOW_MS = Date.UTC(2026, 0, 1, 12, 0, 0)
const STATUS: Status = { state: 'held', basis: 'observed', expiresInMs: 13_000, unchangedForMs: 2_000, isChangeSeen: true }

/** The tooltip, with its escaped characters as they are shown. */
function tooltip(status: Partial<Status>, spec: object = {}): string {
  const election = electionFromLease({
    metadata: { namespace: 'shop', name: 'worker' },
    spec: { holderIdentity: 'a', leaseDurationSeconds: 15, renewTime: '2026-01-01T11:00:00Z', acquireTime: '2026-01-01T11:57:00Z', ...spec },
  })
  const handle = new ElectionHandle({ name: 'one', id: 'context one' } as unknown as ClusterSession, election)
  const text = electionTooltip(handle, { election, status: { ...STATUS, ...status } } as unknown as ElectionView, NOW_MS)
  return text.replace(/&#(\d+);/g, (_entity, code: string) => String.fromCharCode(Number(code)))
}

it.each<[string, Partial<Status>, RegExp]>([
  ['that was seen', {}, /\| Renewed \| 2s ago \|\n\| Expires \| in 13s \|/],
  ['of a lease that was dead before', { state: 'expired', isChangeSeen: false, unchangedForMs: 50_000, expiresInMs: -35_000 }, /\| Renewed \| not observed in 50s; recorded: .*, 1h ago \|\n\| Expires \| 35s ago \|/],
  ['that is only recorded', { basis: 'recorded' }, /\| Renewed \| .*:00:00.*, 1h ago \|/],
])('tells a renewal %s', (_, status, expected) => {
  expect(tooltip(status)).toMatch(expected)
})

it('tells of an acquisition that the clock of the holder puts in the future', () => {
  expect(tooltip({}, { acquireTime: '2026-01-01T13:00:00Z' })).toMatch(/\| Acquired \| .*:00:00.*, in 1h \|/)
})

it('has times in local time, with how long ago', () => {
  expect(tooltip({})).toMatch(/\| Acquired \| .*:57:00.*, 3m ago \|/)
})

it('links to what can be done with the election', () => {
  const links = (text: string): string[] => [...text.matchAll(/\[([^\]]+)\]\(command:kubectlLeader\.(\w+)\?([^)]+)\)/g)].map(([, title, command, argument]) => `${title} ${command} ${decodeURIComponent(argument!)}`)
  const id = '["context one lease/shop/worker"]'
  expect(links(tooltip({}))).toEqual([`Timeline timeline ${id}`, `Describe describe ${id}`, `Follow Logs followLogs ${id}`, `Fail Over failOver ${id}`, `Join join ${id}`])
  expect(links(tooltip({ state: 'released' }, { holderIdentity: '' }))).toEqual([`Timeline timeline ${id}`, `Describe describe ${id}`, `Join join ${id}`])
})
