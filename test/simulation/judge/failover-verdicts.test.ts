import { describe, expect, it } from 'vitest'
import { releasedRecord } from '../../../shared/lease/candidate-record.ts'
import { byHand, claims, ends, is, isTold, Journal, leads, reads, record, resumes, writes, type Member } from './journal.ts'

const MEMBERS: Readonly<Record<string, Member>> = { a: {}, b: { kind: 'client-go' }, f: { kind: 'failover' } }
const PLACEHOLDER = { ...record('kubectl-leader-failover_f', 5), leaseDurationSeconds: 17 }
const gives = (journal: Journal): void => writes('f', releasedRecord(journal.locked!.record, 1e12))(journal)

/** `a` leads until a failover displaces it at second 5. */
function displaced(): Journal {
  return new Journal(MEMBERS)
    .at(0, writes('a', record('a', 0)), leads('a'))
    .at(5, writes('f', PLACEHOLDER), reads('a'), isTold('a', 'blocked'), ends('a'))
}
const follows = (name: string) => [writes(name, record(name, 8, 1)), leads(name)]
const durations = { leaderlessMs: 3_000, leaderlessAtLeastMs: 2_000 }

/** What a failover says: where it is not so, and where it is. */
const CASES: readonly [claim: string, untrue: () => Journal, fault: RegExp, true_: () => Journal][] = [
  [
    'moved, to a candidate that has written',
    () => displaced().at(6, gives).at(8, claims('f', { outcome: 'moved', to: 'b', ...durations })),
    /F: f says that b leads, who has never written/,
    () => displaced().at(6, gives).at(8, ...follows('b'), claims('f', { outcome: 'moved', to: 'b', ...durations })),
  ],
  [
    'moved, to another',
    () => displaced().at(6, gives).at(8, ...follows('a'), claims('f', { outcome: 'moved', to: 'a', ...durations })),
    /F: f says moved from a to a/,
    () => displaced().at(6, gives).at(8, ...follows('a'), claims('f', { outcome: 'returned', to: 'a', ...durations })),
  ],
  [
    'the maximum time without a leader',
    () => displaced().at(6, gives).at(8, ...follows('b'), claims('f', { outcome: 'moved', to: 'b', leaderlessMs: 2_900, leaderlessAtLeastMs: 0 })),
    /F: f says that there was no leader for at most 2900 ms, and it was 3000 ms/,
    () => displaced().at(6, gives).at(8, ...follows('b'), claims('f', { outcome: 'moved', to: 'b', leaderlessMs: 3_000, leaderlessAtLeastMs: 0 })),
  ],
  [
    'the minimum time without a leader',
    () => displaced().at(6, gives).at(8, ...follows('b'), claims('f', { outcome: 'moved', to: 'b', leaderlessMs: 9_000, leaderlessAtLeastMs: 3_100 })),
    /F: f says that there was no leader for at least 3100 ms, and it was 3000 ms/,
    () => displaced().at(6, gives).at(8, ...follows('b')).at(8.2, claims('f', { outcome: 'moved', to: 'b', leaderlessMs: 9_000, leaderlessAtLeastMs: 3_100 })),
  ],
  [
    'free',
    () => displaced().at(6, gives).at(8, ...follows('b'), reads('f'), claims('f', { outcome: 'free' })),
    /F: f says free, and was told of b/,
    () => displaced().at(6, gives, reads('f'), claims('f', { outcome: 'free' })),
  ],
  [
    'that it left the lease untouched',
    () => displaced().at(6, claims('f', { outcome: 'aborted', left: 'untouched' })),
    /F: f says that it left the lease untouched, and has written/,
    () => new Journal(MEMBERS).at(0, writes('a', record('a', 0)), claims('f', { outcome: 'aborted', left: 'untouched' })),
  ],
  [
    'that it will not touch the lease any more',
    () => new Journal(MEMBERS).at(0, writes('a', record('a', 0)), claims('f', { outcome: 'aborted', left: 'untouched' })).at(1, writes('f', PLACEHOLDER)),
    /F: f wrote although it had said that it left the lease untouched/,
    () => new Journal(MEMBERS).at(0, writes('a', record('a', 0)), claims('f', { outcome: 'aborted', left: 'untouched' })).at(1, writes('a', record('a', 1))),
  ],
  [
    'that it has restored the lease',
    () => displaced().at(6, gives, claims('f', { outcome: 'aborted', left: 'restored' })),
    /F: f says that it has restored the lease, and has not/,
    () => displaced().at(6, writes('f', record('a', 0)), claims('f', { outcome: 'aborted', left: 'restored' })),
  ],
  [
    'that it has released the lease',
    () => displaced().at(6, claims('f', { outcome: 'aborted', left: 'released' })),
    /F: f says that it has released the lease, and has not/,
    () => displaced().at(6, gives, claims('f', { outcome: 'aborted', left: 'released' })),
  ],
  [
    'that it has lost the lease',
    () => displaced().at(6, reads('f'), claims('f', { outcome: 'aborted', left: 'lost' })),
    /F: f says that it has lost the lease, which is as it wrote it/,
    () => displaced().at(6, byHand(record('b', 6)), reads('f'), claims('f', { outcome: 'aborted', left: 'lost' })),
  ],
]

const ofFailovers = (violations: readonly string[]): readonly string[] => violations.filter((text) => text.startsWith('F:'))

describe('the judge of what failovers say', () => {
  it.each(CASES)('flags it: %s', async (_claim, untrue, fault) => {
    expect(ofFailovers(await untrue().violations(30))).toContainEqual(expect.stringMatching(fault))
  })

  it.each(CASES)('believes: %s', async (_claim, _untrue, _fault, true_) => {
    expect(ofFailovers(await true_().violations(30))).toEqual([])
  })

  it('does not ask of it to know when a paused leader stopped', async () => {
    const journal = displaced()
      .at(4, is('a', 'stopped'))
      .at(6, gives)
      .at(8, ...follows('b'), claims('f', { outcome: 'moved', to: 'b', leaderlessMs: 9_000, leaderlessAtLeastMs: 8_000 }))
      .at(9, resumes('a'))
    expect(ofFailovers(await journal.violations(30))).toEqual([])
  })
})
