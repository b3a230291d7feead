import { describe, expect, it } from 'vitest'
import { byHand, deletes, ends, is, isTold, Journal, labels, leads, reads, record, releases, resumes, writes, writesUnheard, type Member } from './journal.ts'

/** `a` leads from second 0 on, by a write sent then; whoever else there is has read it. */
function ledByA(members: Readonly<Record<string, Member>> = {}): Journal {
  const journal = new Journal({ a: {}, b: {}, ...members }).at(0, writes('a', record('a', 0)), leads('a'), reads('b'))
  return journal
}

/** `b` takes over and leads for a while. */
const follows = (at: number) => [writes('b', record('b', at, 1)), ...leadsForAWhile]
const leadsForAWhile = [
  leads('b'),
  (journal: Journal) => void journal.at(journal.scheduler.nowMs / 1000 + 3, isTold('b', 'stopped'), ends('b'), releases('b')),
]

/** Each rule: what breaks it, and its nearest innocent neighbour. */
const CASES: readonly [rule: string, guilty: () => Journal, fault: RegExp, innocent: () => Journal][] = [
  [
    'S1: two lead at once',
    () => ledByA().at(15.01, ...follows(15), (j) => j.judge.health(j.process('a'), false)).at(16, isTold('a', 'taken'), ends('a')),
    /S1: a and b led at once/,
    () => ledByA().at(9.9, isTold('a', 'deadline'), ends('a')).at(15.01, ...follows(15)),
  ],
  [
    'S1: a leader that knows that the record is no longer its own keeps leading',
    () => ledByA().at(5, byHand(record('b', 5)), reads('a')).at(5.1, isTold('a', 'taken'), ends('a')),
    /S1: a goes on although/,
    () => ledByA().at(5, byHand(record('b', 5)), reads('a'), isTold('a', 'taken'), ends('a')),
  ],
  [
    'S2: a leader acts beyond its deadline',
    () => ledByA().at(10.1, isTold('a', 'deadline'), ends('a')),
    /S2: a acts 10100 ms after/,
    () => ledByA().at(10, isTold('a', 'deadline'), ends('a')),
  ],
  [
    'S2: a leader that was stopped acts for longer than one turn',
    () => ledByA().at(5, is('a', 'stopped')).at(12, resumes('a')).at(12.02, isTold('a', 'deadline'), ends('a')),
    /S2: a acts 12020 ms after/,
    () => ledByA().at(5, is('a', 'stopped')).at(12, resumes('a'), isTold('a', 'deadline'), ends('a')),
  ],
  [
    'S2: a leader whose machine slept acts for longer than a tick',
    () => ledByA().at(5, is('a', 'asleep')).at(12, resumes('a')).at(12.06, isTold('a', 'deadline'), ends('a')),
    /S2: a acts 12060 ms after/,
    () => ledByA().at(5, is('a', 'asleep')).at(12, resumes('a')).at(12.05, isTold('a', 'deadline'), ends('a')),
  ],
  [
    'S2: a term begins by an answer that came too late',
    () => new Journal({ a: {} }).at(0, writes('a', record('a', 0))).at(10.1, leads('a')),
    /S2: a starts to act 10100 ms after/,
    () => new Journal({ a: {} }).at(0, writes('a', record('a', 0))).at(1, leads('a')).at(9, isTold('a', 'stopped'), ends('a'), releases('a')),
  ],
  [
    'S2: a standby takes over too early',
    () => ledByA().at(9, isTold('a', 'deadline'), ends('a')).at(14.9, ...follows(15)),
    /S2: b took over from a after 14900 ms/,
    () => ledByA().at(9, isTold('a', 'deadline'), ends('a')).at(15, ...follows(15)),
  ],
  [
    'S2: a standby takes over from a record that says longer',
    () => ledByA().at(1, byHand({ ...record('a', 1), leaseDurationSeconds: 30 }), reads('a'), isTold('a', 'stranger'), ends('a'), reads('b')).at(20, ...follows(20)),
    /S2: b took over from a after 19000 ms/,
    () => ledByA().at(1, byHand({ ...record('a', 1), leaseDurationSeconds: 30 }), reads('a'), isTold('a', 'stranger'), ends('a'), reads('b')).at(31, ...follows(31)),
  ],
  [
    'S2: a lease emptied by hand is taken at once',
    () => ledByA().at(1, byHand(record('', 1)), reads('a'), isTold('a', 'emptied'), ends('a'), reads('b')).at(1.1, ...follows(1)),
    /S2: b took over from {2}after|S2: b took over from .*after 100 ms/,
    () => ledByA().at(1, isTold('a', 'stopped'), ends('a'), releases('a'), reads('b')).at(1.1, ...follows(1)),
  ],
  [
    'S2: a deletion is taken for a release',
    () => ledByA().at(5, deletes, reads('a'), isTold('a', 'deleted'), ends('a')).at(5.1, writes('b', record('b', 5), { base: null }), leads('b')),
    /S2: b took over from nobody after 5100 ms/,
    () => ledByA().at(5, deletes, reads('a'), isTold('a', 'deleted'), ends('a')).at(15, writes('b', record('b', 15), { base: null }), ...leadsForAWhile),
  ],
  [
    'S3: a write compares with nothing',
    () => new Journal({ a: {} }).at(0, writes('a', record('a', 0)), (j) => writes('a', record('a', 2), { base: { ...j.locked!, version: '' } })(j)),
    /S3: a wrote without comparing/,
    () => new Journal({ a: {} }).at(0, writes('a', record('a', 0)), (j) => writes('a', record('a', 2), { base: j.locked })(j)),
  ],
  [
    'S3: a write compares with what was never read',
    () => new Journal({ a: {}, b: {} }).at(0, writes('a', record('a', 0))).at(16, ...follows(16)),
    /S3: b compared with a version that it had not seen/,
    () => ledByA().at(9, isTold('a', 'deadline'), ends('a')).at(16, ...follows(16)),
  ],
  [
    'S3: a write loses labels',
    () => new Journal({ a: {} }).at(0, writes('a', record('a', 0)), labels('x')).at(2, reads('a'), writes('a', record('a', 2), { labels: '' })),
    /S3: a lost labels/,
    () => new Journal({ a: {} }).at(0, writes('a', record('a', 0)), labels('x')).at(2, reads('a'), writes('a', record('a', 2), { labels: 'x' })),
  ],
  [
    'S3: a candidate releases what is not its own',
    () => ledByA().at(9, isTold('a', 'deadline'), ends('a')).at(9.1, releases('b')),
    /S3: b released what was not its own/,
    () => ledByA().at(9, isTold('a', 'stopped'), ends('a')).at(9.1, releases('a')),
  ],
  [
    'a lease is released that is not to be',
    () => ledByA({ a: { releaseOnCancel: false } }).at(5, isTold('a', 'stopped'), ends('a'), releases('a')),
    /a released although it is not to/,
    () => ledByA({ a: { releaseOnCancel: true } }).at(5, isTold('a', 'stopped'), ends('a'), releases('a')),
  ],
  [
    'S4: a lease is released while the work goes on',
    () => ledByA().at(5, isTold('a', 'stopped'), releases('a')).at(6, ends('a')),
    /S4: a released while its work went on/,
    () => ledByA().at(5, isTold('a', 'stopped')).at(6, ends('a'), releases('a')),
  ],
  [
    'S4: a leader acknowledges while its work goes on',
    () => ledByA({ f: { kind: 'failover' } }).at(5, writes('f', record('kubectl-leader-failover_f', 5)), reads('a'), isTold('a', 'blocked'), acknowledges('a', 'a')).at(6, ends('a')),
    /S4: a acknowledged while its work went on/,
    () => ledByA({ f: { kind: 'failover' } }).at(5, writes('f', record('kubectl-leader-failover_f', 5)), reads('a'), isTold('a', 'blocked'), ends('a'), acknowledges('a', 'a')),
  ],
  [
    'a leader acknowledges in the name of another',
    () => ledByA({ f: { kind: 'failover' } }).at(5, writes('f', record('kubectl-leader-failover_f', 5)), reads('a'), isTold('a', 'blocked'), ends('a'), acknowledges('a', 'b')),
    /a acknowledged for another/,
    () => ledByA({ f: { kind: 'failover' } }).at(5, writes('f', record('kubectl-leader-failover_f', 5)), reads('a'), isTold('a', 'blocked'), ends('a'), acknowledges('a', 'a')),
  ],
  [
    'S4: work outlives its lease, untold',
    () => ledByA().at(10, isTold('a', 'deadline')).at(15.1, ends('a')),
    /S4: the work of a outlived its lease by 99 ms, untold/,
    () => ledByA().at(10, isTold('a', 'deadline')).at(15, (j) => j.judge.overran(j.process('a'))).at(15.1, ends('a')),
  ],
  [
    'S4: work outlives its lease, although the process should have ended',
    () => ledByA({ a: { onOverrun: 'exit' } }).at(10, isTold('a', 'deadline')).at(14.9, (j) => j.judge.overran(j.process('a'))).at(15.1, ends('a')),
    /S4: the work of a outlived its lease by 99 ms$/,
    () => ledByA({ a: { onOverrun: 'exit' } }).at(10, isTold('a', 'deadline')).at(14.9, (j) => j.judge.overran(j.process('a')), (j) => j.judge.died(j.process('a'))),
  ],
  [
    'S4: a command outlives its lease',
    () => new Journal({ a: { runsCommands: true } }).at(0, writes('a', record('a', 0)), leads('a'), runs('a')).at(10, isTold('a', 'deadline')).at(15.1, isGone('a'), ends('a')),
    /S4: the command of a outlived its lease by 100 ms/,
    () => new Journal({ a: { runsCommands: true } }).at(0, writes('a', record('a', 0)), leads('a'), runs('a')).at(10, isTold('a', 'deadline')).at(14.9, isGone('a'), ends('a')),
  ],
  [
    'S4: a command is left running without join or watchdog',
    () => new Journal({ a: { runsCommands: true } }).at(0, writes('a', record('a', 0)), leads('a'), runs('a')).at(3, dies('a')),
    /S4: the command of a outlived its lease by/,
    () => new Journal({ a: { runsCommands: true } }).at(0, writes('a', record('a', 0)), leads('a'), runs('a')).at(3, dies('a')).at(5, isGone('a')),
  ],
  [
    'S4: a command is taken for gone that runs',
    () => new Journal({ a: { runsCommands: true } }).at(0, writes('a', record('a', 0)), leads('a'), runs('a')).at(5, isTold('a', 'stopped'), ends('a')).at(6, isGone('a')),
    /S4: a takes its command for gone, and it runs/,
    () => new Journal({ a: { runsCommands: true } }).at(0, writes('a', record('a', 0)), leads('a'), runs('a')).at(5, isTold('a', 'stopped'), isGone('a'), ends('a'), releases('a')),
  ],
  [
    'S4: a lease is released while its command runs',
    () => new Journal({ a: { runsCommands: true } }).at(0, writes('a', record('a', 0)), leads('a'), runs('a')).at(5, isTold('a', 'stopped'), ends('a'), releases('a')).at(6, isGone('a')),
    /S4: a released while its work went on/,
    () => new Journal({ a: { runsCommands: true } }).at(0, writes('a', record('a', 0)), leads('a'), runs('a')).at(5, isTold('a', 'stopped'), isGone('a'), ends('a'), releases('a')),
  ],
  [
    'a healthy watchdog is taken for lost',
    () => new Journal({ a: { runsCommands: true } }).at(0, hasWatchdog('a', true)).at(1, losesWatchdog('a')),
    /W: a takes a watchdog for lost that is healthy since 1000 ms/,
    () => new Journal({ a: { runsCommands: true } }).at(0, hasWatchdog('a', true)).at(0.5, hasWatchdog('a', false)).at(1, losesWatchdog('a')),
  ],
  [
    'transitions are counted wrong',
    () => ledByA().at(9, isTold('a', 'deadline'), ends('a')).at(16, writes('b', record('b', 16, 0)), leads('b')),
    /b counted 0 transitions/,
    () => ledByA().at(9, isTold('a', 'deadline'), ends('a')).at(16, ...follows(16)),
  ],
  [
    'a renewal loses its acquire time',
    () => ledByA().at(2, writes('a', { ...record('a', 2), acquireTime: '2026-01-01T00:00:02.000000Z' })).at(3, isTold('a', 'stopped'), ends('a'), releases('a')),
    /a lost its acquire time/,
    () => ledByA().at(2, writes('a', record('a', 2))).at(3, isTold('a', 'stopped'), ends('a'), releases('a')),
  ],
  [
    'a leader stops for a record that is its own',
    () => ledByA().at(2, writesUnheard('a', record('a', 2)), reads('a'), isTold('a', 'taken'), ends('a')),
    /a stopped \(taken\) although the newest record that it was told of is its own/,
    () => ledByA().at(2, byHand(record('b', 2)), reads('a'), isTold('a', 'taken'), ends('a')),
  ],
]

const acknowledges = (name: string, identity: string) => (journal: Journal) =>
  writes(name, journal.locked!.record, { acknowledgement: { nonce: 'f', identity } })(journal)
const runs = (name: string) => (journal: Journal) => journal.judge.commandStarted(journal.process(name), journal.process(name))
const isGone = (name: string) => (journal: Journal) => journal.judge.commandGone(journal.process(name))
const hasWatchdog = (name: string, isHealthy: boolean) => (journal: Journal) => journal.judge.watchdog(journal.process(name), isHealthy)
const losesWatchdog = (name: string) => (journal: Journal) => journal.judge.watchdogLost(journal.process(name))
const dies = (name: string) => (journal: Journal) => {
  journal.judge.died(journal.process(name))
  journal.process(name).kill()
}

/** What is about liveness is judged elsewhere. */
const ofSafety = (violations: readonly string[]): readonly string[] => violations.filter((text) => !text.startsWith('L:'))

describe('the judge', () => {
  it.each(CASES)('flags it if %s', async (_rule, guilty, fault) => {
    expect(ofSafety(await guilty().violations(40))).toContainEqual(expect.stringMatching(fault))
  })

  it.each(CASES)('does not flag the neighbor of: %s', async (_rule, _guilty, _fault, innocent) => {
    expect(ofSafety(await innocent().violations(40))).toEqual([])
  })
})
