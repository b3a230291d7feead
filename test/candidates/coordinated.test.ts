import { expect, it } from 'vitest'
import { coordinatedChoice } from '../../shared/candidates/coordinated.ts'
import type { LeaseCandidate } from '../../shared/cluster/elections/lease-candidates.ts'

/** Whom the API server would choose (pickBestLeaderOldestEmulationVersion). */
const candidate = (name: string, emulationVersion: string | null, more: Partial<LeaseCandidate> = {}): LeaseCandidate => ({
  ...{ name, emulationVersion, binaryVersion: '1.36.0', strategy: 'OldestEmulationVersion', pingTime: null },
  ...{ renewTime: '2026-01-01T00:00:00Z', creationTimestamp: '2026-01-01T00:00:00Z' },
  ...more,
})

it.each<[string, readonly LeaseCandidate[], string | null]>([
  ['the only one', [candidate('a', '1.36.0')], 'a by only'],
  ['the oldest emulation version', [candidate('a', '1.36.0'), candidate('b', '1.35')], 'b by emulationVersion'],
  ['versions as numbers', [candidate('a', '1.10.0'), candidate('b', '1.9.0')], 'b by emulationVersion'],
  ['then the oldest binary', [candidate('a', '1.35.0'), candidate('b', '1.35.0', { binaryVersion: 'v1.35.4' })], 'b by binaryVersion'],
  ['then the oldest', [candidate('a', '1.35.0', { creationTimestamp: '2026-01-02T00:00:00Z' }), candidate('b', '1.35.0')], 'b by age'],
  ['none that has not answered the ping', [candidate('a', '1.35.0', { pingTime: '2026-01-01T00:00:01Z' }), candidate('b', '1.36.0')], 'b by only'],
  ['none without a version', [candidate('a', null), candidate('b', 'x')], null],
  ['none if another strategy is asked for', [candidate('a', '1.35.0'), candidate('b', '1.36.0', { strategy: 'Custom' })], null],
  ['none of none', [], null],
])('it chooses %s', (_what, candidates, expected) => {
  const choice = coordinatedChoice(candidates)
  expect(choice && `${choice.name} by ${choice.by}`).toBe(expected)
})
