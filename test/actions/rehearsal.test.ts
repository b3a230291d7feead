import { describe, expect, it } from 'vitest'
import { LeaseGuard } from '../../shared/actions/rehearse/overwritten-leases.ts'
import { spreadsOf, type RehearsalReport, type Round } from '../../shared/actions/rehearse/rehearsal.ts'
import type { ElectionRecord } from '../../shared/lease/record.ts'
import { reportHtml } from '../../kubectl-plugin/rehearse/report-html.ts'
import { reportJunit, reportLines } from '../../kubectl-plugin/rehearse/report.ts'

const record = (holderIdentity: string, leaseDurationSeconds = 15): ElectionRecord => ({
  ...{ holderIdentity, leaseDurationSeconds, leaseTransitions: 0, acquireTime: null, renewTime: null, strategy: null, preferredHolder: null },
})

describe('the write of a deposed leader', () => {
  const see = (...writes: readonly (readonly [atSeconds: number, holder: string])[]): unknown => {
    const guard = new LeaseGuard()
    return writes.map(([atSeconds, holder]) => guard.see(record(holder, holder === '' ? 1 : 15), atSeconds * 1_000)).at(-1)
  }

  it.each<[string, readonly (readonly [number, string])[]]>([
    ['over the lease of another leader is told', [[0, 'a'], [5, 'failover'], [9, 'b'], [10, 'a']]],
    ['right after it was deposed is told', [[0, 'a'], [1, 'b'], [2, 'a']]],
  ])('%s', (_what, writes) => expect(see(...writes)).toEqual({ by: 'a', of: 'b' }))

  it.each<[string, readonly (readonly [number, string])[]]>([
    ['that was released may be acquired again', [[0, 'a'], [1, 'b'], [2, ''], [3, 'a']]],
    ['that has expired may be acquired again', [[0, 'a'], [1, 'b'], [17, 'a']]],
    ['may be renewed by its leader', [[0, 'a'], [2, 'a']]],
    ['may be overwritten by another identity, which has not led', [[0, 'a'], [1, 'b'], [2, 'c']]],
    ['of a failover may be followed by any candidate', [[0, 'a'], [1, 'b'], [2, 'kubectl-leader-failover_1'], [3, 'a']]],
  ])('a lease %s', (_what, writes) => expect(see(...writes)).toBeNull())
})

describe('the report', () => {
  const round = (number: number, leaderlessMs: number | null, failures: Round['failures'] = []): Round => ({
    ...{ number, kind: 'handover', startedAt: '2026-11-28T10:00:00.000Z', from: 'a', waitedMs: 0, recoveredMs: null, failures },
    result: { outcome: 'moved', from: 'a', to: 'b', pod: null, leaderlessMs, leaderlessAtLeastMs: 0, tookMs: 1_500, abortion: null },
  })

  it('has the nearest ranks of the times without a leader', () => {
    const gapMs = ({ result }: Round): number | null => result?.leaderlessMs ?? null
    const rounds = [5, 1, 4, 2, 3].map((seconds, index) => round(index, seconds * 1_000))
    expect(spreadsOf([...rounds, round(6, null)], gapMs)).toEqual([{ kind: 'handover', rounds: 5, medianMs: 3_000, p95Ms: 5_000, longestMs: 5_000 }])
    expect(spreadsOf([], gapMs)).toEqual([])
  })

  const report = (rounds: readonly Round[], more: Partial<RehearsalReport> = {}): RehearsalReport => ({
    ...{ place: { lock: 'lease', namespace: 'a', name: 'b<"&\u001b' }, requested: { rounds: 3, kinds: ['handover', 'evict'], maxGapMs: 20_000 } },
    ...{ startedAt: '2026-11-28T10:00:00.000Z', tookMs: 61_000, rounds, gaps: [], recoveries: [], candidatesAtFirst: 0 },
    ...{ oldLeaderActed: 'no', judgedBy: ['audit'], deposedWrites: [], isPassed: false, isInterrupted: false, ...more },
  })
  const hostile = [round(1, 1), round(2, 2, [{ code: 'notLed', message: 'x < y </style><script>\u202e' }])]

  it('is valid JUnit, whatever names are in it, with the rounds that did not run', () => {
    const text = reportJunit(report(hostile))
    expect(text).toContain('<testsuite name="rehearse a/b&#60;&#34;&#38;\\x1b" tests="3" failures="1" errors="0" skipped="1" time="61.000" timestamp="2026-11-28T10:00:00">')
    expect(text).toContain('<failure type="notLed" message="x &#60; y')
    expect(text).toContain('name="round 3: handover" time="0.000">\n    <skipped message="stopped in round 2"/>')
    expect(text).not.toMatch(/[\0-\x08\x0b-\x1f\u202e]/)
  })

  it('is one page with nothing from elsewhere, whatever names are in it', () => {
    const page = reportHtml(report(hostile), 'kind-test')
    expect(page).not.toMatch(/<script|src=|href=|url\(|@import|\u202e|\u001b/)
    expect(page).toContain('Failed: 1 of 3 rounds')
    expect(page).toContain('judged by the audit log')
  })

  it.each<[string, Partial<RehearsalReport>, RegExp]>([
    ['passed', { isPassed: true }, /^Passed: 3 rounds of the .*, in 1m1s\.$/m],
    ['failed', {}, /^Failed: 1 of 3 rounds of the .*\. It stopped in round 2\.$/m],
    ['interrupted', { isInterrupted: true }, /^Interrupted: 2 of 3 rounds of the .* began\.$/m],
    ['not judged', { oldLeaderActed: 'not judged', judgedBy: [] }, /: not judged\. Pass --check or --audit\.$/m],
    ['not judged, because no leader lost the lease', { oldLeaderActed: 'not judged', judgedBy: [], rounds: [{ ...round(1, null, [{ code: 'checkFailedBefore', message: 'x' }]), result: null }] }, /: not judged\. No leader lost the lease\.$/m],
    ['not judged, because the check failed', { oldLeaderActed: 'not judged', judgedBy: [], rounds: [round(1, 1, [{ code: 'checkNotRecovered', message: 'x' }])] }, /: not judged\. The check did not succeed after a leader lost the lease\.$/m],
  ])('says that it has %s', (_what, more, words) => expect(reportLines(report(hostile, more)).join('\n')).toMatch(words))
})
