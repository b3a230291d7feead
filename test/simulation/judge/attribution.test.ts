import { describe, expect, it } from 'vitest'
import { releasedRecord } from '../../../shared/lease/candidate-record.ts'
import { byHand, ends, is, isTold, Journal, leads, reads, record, resumes, writes, writesUnheard, type Member } from './journal.ts'

const follows = (at: number) => [writes('b', record('b', at, 1)), leads('b')]
const stops = (name: string) => [isTold(name, 'client-go'), ends(name)]

function ledByA(a: Member, b: Member = {}): Journal {
  return new Journal({ a, b }).at(0, reads('b'), writes('a', record('a', 0)), leads('a'), reads('b'))
}
const GO: Member = { kind: 'client-go' }

/** Each excuse: an overlap that it explains, and the nearest that it does not: without its cause, or for too long. */
const CASES: readonly [excuse: string, explained: () => Journal, unexplained: () => Journal][] = [
  [
    'another client wrote the record by hand, until kubectl-leader learned of it',
    () => ledByA({}).at(1, byHand(releasedRecord(record('a', 0), 1e12)), reads('b'), ...follows(1)).at(10, isTold('a', 'deadline'), ends('a')),
    () => ledByA({}).at(1, byHand(releasedRecord(record('a', 0), 1e12)), reads('b'), ...follows(1)).at(10.1, isTold('a', 'deadline'), ends('a')),
  ],
  [
    'another client wrote the record by hand, until client-go gave up',
    () => ledByA(GO, GO).at(1, byHand(record('', 1)), ...follows(1)).at(11.9, ...stops('a')),
    () => ledByA(GO, GO).at(1, byHand(record('', 1)), ...follows(1)).at(12.5, ...stops('a')),
  ],
  [
    'the clocks ran further apart than S1 allows',
    () => ledByA({ rate: 0.8 }, { rate: 1.6 }).at(10, ...follows(10)).at(12.4, isTold('a', 'deadline'), ends('a')),
    () => ledByA({ rate: 0.8 }, { rate: 1.1 }).at(10, ...follows(10)).at(12.4, isTold('a', 'deadline'), ends('a')),
  ],
  [
    'the machine slept',
    () => ledByA({}).at(5, is('a', 'asleep')).at(15.1, ...follows(15)).at(20, resumes('a')).at(20.05, isTold('a', 'deadline'), ends('a')),
    () => ledByA({}).at(5, is('a', 'stopped')).at(15.1, ...follows(15)).at(20, resumes('a')).at(20.05, isTold('a', 'deadline'), ends('a')),
  ],
  [
    'the machine was suspended with both of its clocks',
    () => ledByA({}).at(5, is('a', 'frozen')).at(15.1, ...follows(15)).at(20, resumes('a')).at(25, isTold('a', 'deadline'), ends('a')),
    () => ledByA({}).at(5, is('a', 'frozen')).at(15.1, ...follows(15)).at(20, resumes('a')).at(25.2, isTold('a', 'deadline'), ends('a')),
  ],
  [
    'the work blocked the event loop',
    () => ledByA({}).at(5, is('a', 'blocked')).at(15.1, ...follows(15)).at(20, resumes('a'), isTold('a', 'deadline'), ends('a')),
    () => ledByA({}).at(5, is('a', 'blocked')).at(15.1, ...follows(15)).at(20, resumes('a')).at(20.1, isTold('a', 'deadline'), ends('a')),
  ],
  [
    'the work blocked the event loop',
    () => frozenThenBlocked(17).at(30, resumes('a'), isTold('a', 'deadline'), ends('a')),
    () => frozenThenBlocked(18.2).at(30, resumes('a'), isTold('a', 'deadline'), ends('a')),
  ],
  [
    'client-go: the leader was paused',
    () => ledByA(GO, GO).at(5, is('a', 'stopped')).at(15.1, ...follows(15)).at(20, resumes('a')).at(31.9, ...stops('a')),
    () => ledByA(GO, GO).at(5, is('a', 'stopped')).at(15.1, ...follows(15)).at(20, resumes('a')).at(32.5, ...stops('a')),
  ],
  [
    'client-go: the leader was partitioned, with ReleaseOnCancel',
    () => ledByA(GO, GO).at(12, (j) => j.judge.releasing(j.process('a'))).at(15.1, ...follows(15)).at(21.9, ...stops('a')),
    () => ledByA(GO, GO).at(15.1, ...follows(15)).at(21.9, ...stops('a')),
  ],
  [
    'client-go: the leader learned of its renewal too late',
    () => heardLate(4.5).at(15.1, ...follows(15)).at(16.4, ...stops('a')),
    () => heardLate(2.5).at(15.1, ...follows(15)).at(16.4, ...stops('a')),
  ],
]

/** Both clocks of `a` stood still for 8 s, so that its deadline is at second 18; and then its event loop blocks. */
function frozenThenBlocked(seconds: number): Journal {
  return ledByA({}).at(5, is('a', 'frozen')).at(13, resumes('a')).at(15.1, ...follows(15)).at(seconds, is('a', 'blocked'))
}

/** client-go counts from the answer. */
function heardLate(seconds: number): Journal {
  let answer = (): void => undefined
  return new Journal({ a: GO, b: GO })
    .at(0, (j) => ({ answer } = j.send('a', record('a', 0)).apply()), reads('b'))
    .at(seconds, () => answer(), leads('a'))
}

describe('an overlap', () => {
  it.each(CASES)('is excused if %s', async (excuse, explained) => {
    const journal = explained()
    expect((await journal.violations(40)).filter((text) => text.startsWith('S1'))).toEqual([])
    expect([...journal.judge.attributions.keys()]).toEqual([excuse])
  })

  it.each(CASES)('is not excused by the nearest to: %s', async (_excuse, _explained, unexplained) => {
    expect(await unexplained().violations(40)).toContainEqual(expect.stringMatching(/^S1: [ab] and [ab] led at once/))
  })

  it('that is not reported is found if the other leader has kept leading since', async () => {
    const journal = ledByA({}).at(5, writesUnheard('a', record('a', 5))).at(15.1, ...follows(15)).at(16, isTold('a', 'deadline'), ends('a'))
    expect(await journal.violations(40)).toContainEqual(expect.stringMatching(/^S1/))
  })
})
