import { describe, expect, it } from 'vitest'
import { LeaseGuard } from '../../shared/actions/rehearse/overwritten-leases.ts'
import { gapsOf, type Round } from '../../shared/actions/rehearse/rehearsal.ts'
import type { ElectionRecord } from '../../shared/lease/index.ts'
import { reportJunit } from '../../kubectl-plugin/rehearse/report.ts'

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
    ...{ number, kind: 'handover', waitedMs: 0, recoveredMs: null, failures },
    result: { outcome: 'moved', from: 'a', to: 'b', pod: null, leaderlessMs, leaderlessAtLeastMs: 0, tookMs: 1_500, abortion: null },
  })

  it('has the nearest ranks of the times without a leader', () => {
    const rounds = [5, 1, 4, 2, 3].map((seconds, index) => round(index, seconds * 1_000))
    expect(gapsOf([...rounds, round(6, null)])).toEqual([{ kind: 'handover', rounds: 5, medianMs: 3_000, p95Ms: 5_000, longestMs: 5_000 }])
    expect(gapsOf([])).toEqual([])
  })

  it('is valid JUnit, whatever names are in it', () => {
    const place = { lock: 'lease', namespace: 'a', name: 'b<"&\u001b' } as const
    const rounds = [round(1, 1), round(2, 2, [{ code: 'notLed', message: 'x < y' }])]
    const text = reportJunit({ place, rounds, gaps: [], candidatesAtFirst: 0, oldLeaderActed: 'no', deposedWrites: [], isPassed: false })
    expect(text).toContain('<testsuite name="rehearse a/b&#60;&#34;&#38;\\x1b" tests="2" failures="1">')
    expect(text).toContain('<failure type="notLed" message="x &#60; y"/>')
    expect(text).not.toMatch(/[\0-\x08\x0b-\x1f]/)
  })
})
