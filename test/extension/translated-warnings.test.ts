import { afterEach, describe, expect, it, vi } from 'vitest'
import { translatedHolderWarnings, translatedRecordWarnings } from '../../extension/words/warnings.ts'
import type { Holder } from '../../shared/cluster/holders/holder.ts'
import type { HolderWarningCode } from '../../shared/cluster/holders/holder-warnings.ts'
import type { NodeFacts } from '../../shared/cluster/holders/nodes.ts'
import { electionFromLease, type Election } from '../../shared/lease/election.ts'
import type { Status } from '../../shared/lease/status.ts'
import type { RecordWarningCode } from '../../shared/lease/warnings.ts'
import { l10n } from './support/fake-vscode.ts'
import { readJson } from './texts.ts'

vi.mock('vscode', () => import('./support/fake-vscode.ts'))

const NAMES = ['worker-7d4f9c6b5-x2k9p', 'x2k9p', 'Pod', 'Failed', 'finalizer', 'example.com/guard', '2026-01-01T00:00:00Z', 'soon', 'kubectl']

type RecordCase = { readonly spec?: object; readonly election?: Partial<Election>; readonly status?: Partial<Status> }

const RECORDS: Readonly<Record<RecordWarningCode, readonly [RecordCase, string][]>> = {
  beingDeleted: [
    [
      { election: { deletion: { timestamp: '2026-01-01T00:00:00Z', finalizers: ['example.com/guard'] } } },
      'The object was marked for deletion at 2026-01-01T00:00:00Z. It disappears when its finalizers are removed (example.com/guard), and its leader then loses the lease.',
    ],
    [
      { election: { deletion: { timestamp: '2026-01-01T00:00:00Z', finalizers: [] } } },
      'The object was marked for deletion at 2026-01-01T00:00:00Z. It disappears, and its leader then loses the lease.',
    ],
  ],
  placeholder: [
    [
      { spec: { holderIdentity: 'kubectl-leader-failover_1' } },
      'A failover is blocking this election. There is no leader until the failover ends or its lease expires.',
    ],
  ],
  blocked: [
    [
      { spec: { holderIdentity: 'kubectl-leader-block_1' } },
      'This election is blocked for maintenance: see its Events. There is no leader until the block ends or its lease expires.',
    ],
  ],
  badDuration: [
    [{ spec: { leaseDurationSeconds: undefined } }, 'The lease duration is missing, so it is not known when the lease expires.'],
    [{ spec: { leaseDurationSeconds: 0 } }, 'The lease duration is 0, so it is not known when the lease expires.'],
    [{ spec: { leaseDurationSeconds: 180_000 } }, 'The lease duration is 2d2h. If the leader fails, no candidate takes over for that long.'],
  ],
  neverRenewed: [
    [{ spec: { renewTime: undefined } }, 'The record has a holder but no renew time. It may not have been written by a leader election client.'],
  ],
  badTime: [[{ spec: { renewTime: 'soon' } }, 'The renew time is not a valid timestamp: soon']],
  clockSkew: [
    [{ status: { unchangedForMs: -5_000 } }, "The renew time is 5s in the future. The holder's clock and this machine's clock differ."],
  ],
  expired: [
    [{ status: { state: 'expired', unchangedForMs: 20_000 } }, 'The lease was not renewed for 20s (lease duration 15s). There is no leader.'],
    [
      { status: { state: 'expired', unchangedForMs: 20_000, isChangeSeen: false } },
      "No renewal was observed in 20s (lease duration 15s). There is no leader. The last renewal was before that: 2026-01-01T00:00:00Z, by the holder's clock.",
    ],
    [
      { election: { category: 'node' }, status: { state: 'expired', unchangedForMs: 20_000, isChangeSeen: false }, spec: { renewTime: undefined } },
      'No renewal was observed in 20s (lease duration 15s). Its holder is gone.',
    ],
    [
      { status: { state: 'expired', basis: 'recorded', unchangedForMs: 95_000 } },
      "The lease was last renewed 1m35s ago, according to the holder's clock (lease duration 15s). Unless the clocks differ, there is no leader.",
    ],
    [
      { election: { category: 'node' }, status: { state: 'expired', unchangedForMs: 20_000 } },
      'The lease was not renewed for 20s (lease duration 15s). Its holder is gone.',
    ],
    [
      { election: { category: 'node' }, status: { state: 'expired', basis: 'recorded', unchangedForMs: 20_000 } },
      "The lease was last renewed 20s ago, according to the holder's clock (lease duration 15s). Unless the clocks differ, its holder is gone.",
    ],
  ],
}

const HOLDERS: Readonly<Record<HolderWarningCode, readonly [Partial<Holder>, NodeFacts | null, string]>> = {
  holderPodGone: [{ doubt: 'absent' }, null, 'The holder worker-7d4f9c6b5-x2k9p has the name of a Pod that does not exist.'],
  holderNotFound: [{ doubt: 'absent' }, null, 'No Pod or Node matches the holder kubectl. It is gone, or it runs outside this cluster.'],
  holderPodReplaced: [
    { doubt: 'younger', pod: { name: 'x2k9p', isReady: true, deletionTimestamp: null } as Holder['pod'] },
    null,
    'Pod x2k9p was created after the record was written. The holder may be an earlier Pod of that name.',
  ],
  holderPodEvicted: [{ pod: { name: 'x2k9p', phase: 'Failed', reason: 'Evicted' } as Holder['pod'] }, null, 'Pod x2k9p was evicted.'],
  holderPodEnded: [{ pod: { name: 'x2k9p', phase: 'Failed' } as Holder['pod'] }, null, 'Pod x2k9p has terminated (Failed).'],
  holderPodTerminating: [{ pod: { name: 'x2k9p', deletionTimestamp: '2026-01-01T00:00:00Z' } as Holder['pod'] }, null, 'Pod x2k9p is being deleted.'],
  holderPodNotReady: [{ pod: { name: 'x2k9p', deletionTimestamp: null, isReady: false } as Holder['pod'] }, null, 'Pod x2k9p is not ready.'],
  holderNodeNotReady: [{}, { name: 'x2k9p', isReady: false, isCordoned: false, zone: null }, 'Node x2k9p is not ready.'],
}

const SPEC = { holderIdentity: 'worker-7d4f9c6b5-x2k9p', leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00Z' }
const STATUS: Status = { state: 'held', basis: 'observed', expiresInMs: 10_000, unchangedForMs: 5_000, isChangeSeen: true }

afterEach(() => {
  l10n.bundle = undefined
})

describe.each(Object.entries(RECORDS))('the warning %s', (code, cases) => {
  it.each(cases)('%j is written from its code and facts, in English and in Chinese', (given, expected) => {
    const election = { ...electionFromLease({ metadata: { name: 'worker' }, spec: { ...SPEC, ...given.spec } }), ...given.election }
    const texts = (): string[] =>
      translatedRecordWarnings(election, { ...STATUS, ...given.status }).filter((warning) => warning.code === code).map(({ message }) => message)
    expect(texts()).toEqual([expected])
    expectChinese(texts)
  })
})

describe.each(Object.entries(HOLDERS))('the warning %s', (code, [holder, node, expected]) => {
  it('is written from its code and facts, in English and in Chinese', () => {
    const identity = code === 'holderNotFound' ? 'kubectl' : SPEC.holderIdentity
    const known = { doubt: null, pod: null, ...holder } as Holder
    const texts = (): string[] => translatedHolderWarnings(identity, known, node).filter((warning) => warning.code === code).map(({ message }) => message)
    expect(texts()).toEqual([expected])
    expectChinese(texts)
  })
})

/** No English word is left but names and values. */
function expectChinese(texts: () => readonly string[]): void {
  l10n.bundle = readJson('l10n/bundle.l10n.zh-cn.json') as Record<string, string>
  const words = NAMES.reduce((text, name) => text.replaceAll(name, ''), texts().join(''))
  expect(words).toMatch(/\p{Script=Han}/u)
  expect(words).not.toMatch(/[A-Za-z]{2}/)
}
