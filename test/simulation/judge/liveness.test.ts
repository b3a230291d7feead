import { describe, expect, it } from 'vitest'
import { byHand, ends, is, isTold, Journal, leads, reads, record, releases, resumes, writes, type Member } from './journal.ts'

const idle: Member = { kind: 'client-go' }
const unhealthy = (name: string) => (journal: Journal) => journal.judge.health(journal.process(name), false)
const leaves = (name: string) => (journal: Journal) => journal.judge.leaving(journal.process(name))
const hasLeft = (name: string) => (journal: Journal) => {
  journal.judge.left(journal.process(name))
  journal.process(name).kill()
}
const renews = (seconds: readonly number[]) => (journal: Journal) => {
  for (const at of seconds) journal.at(at, writes('a', record('a', at)))
}
const FAILOVER: Member = { kind: 'failover' }
const PLACEHOLDER = { ...record('kubectl-leader-failover_f', 5), leaseDurationSeconds: 17 }

/** What must happen in time: where it does not, and where it does, or nothing can be said. */
const CASES: readonly [rule: string, late: () => Journal, fault: RegExp, inTime: () => Journal][] = [
  [
    'free → led',
    () => new Journal({ a: idle, b: {} }).at(0, writes('a', record('a', 0)), releases('a')).at(15.5, unhealthy('b')),
    /L: b did not take what is free within 9200 ms/,
    () => new Journal({ a: idle, b: {} }).at(0, writes('a', record('a', 0)), releases('a')).at(14, unhealthy('b')),
  ],
  [
    'expired → led',
    () => new Journal({ a: idle, b: {} }).at(0, writes('a', record('a', 0))).at(30, unhealthy('b')),
    /L: b did not take over within 9200 ms/,
    () => new Journal({ a: idle, b: {} }).at(0, writes('a', record('a', 0))).at(24, unhealthy('b')),
  ],
  [
    'expired → led, on a slow clock',
    () => new Journal({ a: idle, b: { rate: 0.8 } }).at(0, writes('a', record('a', 0))).at(37, unhealthy('b')),
    /L: b did not take over within 9200 ms/,
    () => new Journal({ a: idle, b: { rate: 0.8 } }).at(0, writes('a', record('a', 0))).at(30, unhealthy('b')),
  ],
  [
    'expired → led, after the link was mended',
    () => new Journal({ a: idle, b: {} }).at(0, writes('a', record('a', 0))).at(3, unhealthy('b')).at(8, healthy('b')).at(33, unhealthy('b')),
    /L: b did not take over within 9200 ms/,
    () => new Journal({ a: idle, b: {} }).at(0, writes('a', record('a', 0))).at(3, unhealthy('b')).at(8, healthy('b')).at(31, unhealthy('b')),
  ],
  [
    'backing off → led',
    () => lostByB().at(35, unhealthy('b')),
    /L: b did not take over within 9200 ms/,
    () => lostByB().at(28, unhealthy('b')),
  ],
  [
    'lost → backs off',
    () => lostByB().at(15.9, writes('b', record('b', 15, 1)), leads('b')),
    /L: b did not back off, but acquired the lease again after 14900 ms/,
    () => lostByB().at(2, writes('a', record('a', 2))).at(17.1, writes('b', record('b', 17, 1)), leads('b')).at(18, unhealthy('b')),
  ],
  [
    'lost → backs off, and heard late',
    () => heardLate().at(15.9, writes('b', record('b', 15, 1)), leads('b')),
    /L: b did not back off, but acquired the lease again after 12900 ms/,
    () => heardLate(writes('a', record('a', 2))).at(17.1, writes('b', record('b', 17, 1)), leads('b')).at(18, unhealthy('b')),
  ],
  [
    'told to leave → does not lead',
    () => new Journal({ a: {} }).at(0, writes('a', record('a', 0)), leaves('a'), leads('a')),
    /L: a begins to lead although it was told to leave/,
    () => new Journal({ a: {} }).at(0, writes('a', record('a', 0)), leads('a'), leaves('a'), isTold('a', 'stopped'), ends('a'), releases('a')).at(1, hasLeft('a')),
  ],
  [
    'own → led',
    () => new Journal({ a: {}, b: idle }).at(0, writes('a', record('a', 0))).at(14.5, unhealthy('a')),
    /L: a did not lead within 9200 ms/,
    () => new Journal({ a: {}, b: idle }).at(0, writes('a', record('a', 0))).at(0.1, leads('a')).at(6, unhealthy('a')),
  ],
  [
    'undone → led',
    () => undone().at(40, unhealthy('a')),
    /L: a did not lead again within 9200 ms/,
    () => undone().at(7, writes('a', record('a', 7)), leads('a')).at(12, unhealthy('a')),
  ],
  [
    'led → renewed',
    () => new Journal({ a: {} }).at(0, writes('a', record('a', 0)), leads('a')).at(11.7, unhealthy('a')),
    /L: a did not renew within 6600 ms/,
    () => new Journal({ a: {} }).at(0, writes('a', record('a', 0)), leads('a'), renews([2, 4, 6, 8, 10])).at(11.7, unhealthy('a')),
  ],
  [
    'ended → free',
    () => new Journal({ a: {} }).at(0, writes('a', record('a', 0)), leads('a')).at(5, isTold('a', 'max-hold'), ends('a')).at(40, unhealthy('a')),
    /L: a did not release within 4600 ms/,
    () => new Journal({ a: {} }).at(0, writes('a', record('a', 0)), leads('a')).at(5, isTold('a', 'max-hold'), ends('a'), releases('a')).at(20, unhealthy('a')),
  ],
  [
    'told → left',
    () => new Journal({ a: {} }).at(0, writes('a', record('a', 0)), leads('a')).at(6, leaves('a'), isTold('a', 'stopped')).at(7, ends('a'), releases('a')).at(9.5, hasLeft('a')),
    /L: a did not leave within 2300 ms/,
    () => new Journal({ a: {} }).at(0, writes('a', record('a', 0)), leads('a')).at(6, leaves('a'), isTold('a', 'stopped')).at(7, ends('a'), releases('a')).at(9, hasLeft('a')),
  ],
  [
    'left → free',
    () => new Journal({ a: {} }).at(0, writes('a', record('a', 0)), leads('a')).at(6, leaves('a'), isTold('a', 'stopped'), ends('a'), hasLeft('a')),
    /L: a left, and did not release what was its own/,
    () => new Journal({ a: { releaseOnCancel: false } }).at(0, writes('a', record('a', 0)), leads('a')).at(6, leaves('a'), isTold('a', 'stopped'), ends('a'), hasLeft('a')),
  ],
  [
    'put back and learned of → free',
    () => undone().at(7, reads('a'), leaves('a'), hasLeft('a')),
    /L: a left, and did not release what was its own/,
    () => undone().at(7, leaves('a'), hasLeft('a')),
  ],
  [
    'undone → led, by hand before',
    () => undone().at(40, unhealthy('a')),
    /L: a did not lead again within 9200 ms/,
    () => undone(byHand({ ...record('a', 0), leaseDurationSeconds: 14 }), byHand(record('a', 0))).at(40, unhealthy('a')),
  ],
  [
    'backing off → led, on a clock that stood still',
    () => lostByB().at(5, is('b', 'stopped')).at(6, resumes('b')).at(30.4, unhealthy('b')),
    /L: b did not take over within 9200 ms/,
    () => lostByB().at(5, is('b', 'asleep')).at(6, resumes('b')).at(30.4, unhealthy('b')),
  ],
  [
    'expired → led, not while work winds down',
    () => lostByB().at(35, unhealthy('b')),
    /L: b did not take over within 9200 ms/,
    () => windsDownUntil(20).at(35, unhealthy('b')),
  ],
  [
    'lost → backs off, by a write that was sent before',
    () => lostByB().at(2, writes('b', record('b', 2, 1))),
    /L: b did not back off, but acquired the lease again after 1000 ms/,
    () => writtenLate().at(3, unhealthy('b')),
  ],
]

/** As {@link lostByB}, but the work of `b` ends late. */
function windsDownUntil(seconds: number): Journal {
  return new Journal({ a: idle, b: {} })
    .at(0, writes('b', record('b', 0)), leads('b'))
    .at(1, byHand(record('a', 1)), reads('b'), isTold('b', 'taken'))
    .at(seconds, ends('b'))
}

/** What `b` sent before its lease was taken is applied after it has heard of that. */
function writtenLate(): Journal {
  let apply = (): unknown => undefined
  return new Journal({ a: idle, b: {} })
    .at(0, writes('b', record('b', 0)), leads('b'), (journal) => ({ apply } = journal.send('b', record('b', 1, 1))))
    .at(1, byHand(record('a', 1)), reads('b'), isTold('b', 'taken'), ends('b'))
    .at(2, () => apply())
}

const healthy = (name: string) => (journal: Journal) => journal.judge.health(journal.process(name), true)

/** `b` led, somebody took its lease, and nobody renews it: it backs off until second 20.4, and may take over then. */
function lostByB(): Journal {
  return new Journal({ a: idle, b: {} })
    .at(0, writes('b', record('b', 0)), leads('b'))
    .at(1, byHand(record('a', 1)), reads('b'), isTold('b', 'taken'), ends('b'))
}

/** `b` hears at second 3 that somebody took its lease at second 1, and of what was done in between. */
function heardLate(between: (journal: Journal) => unknown = () => undefined): Journal {
  return new Journal({ a: idle, b: {} })
    .at(0, writes('b', record('b', 0)), leads('b'))
    .at(1, byHand(record('a', 1)))
    .at(2, between)
    .at(3, reads('b'), isTold('b', 'taken'), ends('b'))
}

/** A failover put `a` back, into its own record. */
function undone(...before: ((journal: Journal) => void)[]): Journal {
  return new Journal({ a: {}, f: FAILOVER })
    .at(0, writes('a', record('a', 0)), leads('a'), ...before)
    .at(5, writes('f', PLACEHOLDER), reads('a'), isTold('a', 'blocked'), ends('a'))
    .at(6, writes('f', record('a', 0)))
}

const ofLiveness = (violations: readonly string[]): readonly string[] => violations.filter((text) => text.startsWith('L:'))

describe('the judge of what must happen in time', () => {
  it.each(CASES)('flags it: %s', async (_rule, late, fault) => {
    expect(ofLiveness(await late().violations(60))).toContainEqual(expect.stringMatching(fault))
  })

  it.each(CASES)('does not flag the neighbor of: %s', async (_rule, _late, _fault, inTime) => {
    expect(ofLiveness(await inTime().violations(60))).toEqual([])
  })

  it('requires nothing of a stopped process, nor of a candidate that is no longer the leader', async () => {
    const journal = new Journal({ a: idle, b: {} }).at(0, writes('a', record('a', 0))).at(1, is('b', 'stopped')).at(50, resumes('b'))
    expect(await journal.violations(60)).toEqual([])
  })
})
