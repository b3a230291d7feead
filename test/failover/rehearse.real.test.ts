import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runBuilt } from '../support/built-cli.ts'
import { realClusterAssets } from '../support/real-cluster.ts'
import type { NodeCluster, PodPlan } from './node-cluster.ts'
import { useNodeServer } from './node-server.ts'

/** A rehearsal passes a good workload, and finds what was planted in a bad one. */
const TIMINGS = { leaseDuration: 5, renewDeadline: 3, retryPeriod: 0.5 }

const real = useNodeServer(TIMINGS)

const world = (name: string, restartMs?: number | null): Promise<NodeCluster> =>
  real.cluster({ 'node-a': 'zone-1' },
    ['a', 'b', 'c'].map((letter): PodPlan => ({ name: `${name}-${letter}`, node: 'node-a', elections: [name], ...(restartMs !== undefined && { restartMs }) })),
  )

interface Report {
  readonly isPassed: boolean
  readonly oldLeaderActed: string
  readonly candidatesAtFirst: number
  readonly gaps: readonly { readonly longestMs: number }[]
  readonly rounds: readonly { readonly waitedMs: number; readonly recoveredMs: number | null; readonly result: { readonly to: string } | null; readonly failures: readonly { readonly code: string }[] }[]
}

async function rehearse(name: string, ...flags: readonly string[]): Promise<{ readonly code: number | null; readonly report: Report; readonly codes: readonly string[] }> {
  const { code, stdout, stderr } = await runBuilt(['rehearse', name, '--yes', '-o', 'json', ...flags], { KUBECONFIG: real.server.kubeconfig })
  if (stdout === '') throw new Error(stderr)
  const report = JSON.parse(stdout) as Report
  return { code, report, codes: report.rounds.flatMap(({ failures }) => failures.map((failure) => failure.code)) }
}

/** A shell script of the test; it may use `$KUBECTL`. */
function script(name: string, text: string): string {
  const file = join(real.server.directory, name)
  writeFileSync(file, `#!/bin/sh\nKUBECTL="${join(realClusterAssets()!, 'kubectl')} --kubeconfig ${real.server.kubeconfig}"\n${text}\n`)
  chmodSync(file, 0o700)
  return file
}

describe('rehearse', () => {
  it('passes a good workload, with its check before, during and after each round', async () => {
    await using cluster = await world('good')
    const log = join(real.server.directory, 'good.log')
    const check = script('good.sh', `echo "$LEADER_PHASE $LEADER_ROUND $LEADER_KIND $LEADER_NAMESPACE/$LEADER_NAME $LEADER_TO" >> ${log}`)
    const { report, codes, code } = await rehearse('good', '--rounds', '3', '--check', check, '--max-gap', '60s')
    expect(codes).toEqual([])
    expect(report).toMatchObject({ kind: 'RehearsalReport', candidatesAtFirst: 3, oldLeaderActed: 'no', isPassed: true })
    expect(code).toBe(0)
    const led = cluster.termsOf('good').slice(1).map(({ by }) => by)
    expect(report.rounds.map(({ result }) => result!.to)).toEqual(led)
    const phases = readFileSync(log, 'utf8').trim().split('\n')
    expect(phases).toEqual([1, 2, 3].flatMap((round) => [`before ${round} handover default/good `, `during ${round} handover default/good `, `after ${round} handover default/good ${led[round - 1]!}`]))
    expect(cluster.overlaps).toEqual({})
  })

  it('finds a candidate that never runs again', async () => {
    await using _cluster = await world('gone', null)
    const { code, report, codes } = await rehearse('gone', '--rounds', '3', '--ready-timeout', '3s')
    expect(codes).toContain('candidateMissing')
    expect(report).toMatchObject({ isPassed: false, oldLeaderActed: 'not judged' })
    expect(report.rounds.length).toBeLessThan(3)
    expect(code).toBe(1)
  })

  it('tells a slow restart apart from the time without a leader', async () => {
    await using _cluster = await world('slow', 9_000)
    const { report, codes } = await rehearse('slow', '--rounds', '2', '--max-gap', '20s')
    expect(codes).toEqual([])
    expect(report.rounds[1]!.waitedMs).toBeGreaterThan(3_000)
    expect(report.gaps[0]!.longestMs).toBeLessThan(9_000)
  })

  it('finds a check that does not succeed again, and one that reports something unsafe', async () => {
    await using _cluster = await world('checked')
    const stuck = await rehearse('checked', '--rounds', '2', '--max-gap', '12s', '--check', script('stuck.sh', '[ "$LEADER_PHASE" != after ]'))
    expect(stuck).toMatchObject({ code: 1, report: { isPassed: false, oldLeaderActed: 'no' } })
    expect(stuck.codes).toContain('checkNotRecovered')
    const unsafe = await rehearse('checked', '--rounds', '2', '--check', script('unsafe.sh', '[ "$LEADER_PHASE" = during ] && exit 2; exit 0'))
    expect(unsafe).toMatchObject({ code: 1, report: { isPassed: false, oldLeaderActed: 'yes' } })
    expect(unsafe.report.rounds).toHaveLength(1)
    expect(unsafe.codes).toContain('unsafeCheck')
  })

  it('finds a deposed leader that writes the lease of another', async () => {
    await using _cluster = await world('deposed')
    const patch = `[ "$LEADER_PHASE" = after ] && [ "$LEADER_FROM" != "$LEADER_TO" ] && $KUBECTL patch lease deposed --type=merge -p '{"spec":{"holderIdentity":"'$LEADER_FROM'"}}'; sleep 1; exit 0`
    const { code, report, codes } = await rehearse('deposed', '--rounds', '3', '--check', script('deposed.sh', patch))
    expect(codes).toContain('deposedWrite')
    expect(report.rounds.length).toBeLessThan(3)
    expect(code).toBe(1)
  })

  it.each([
    [['-n', 'kube-system'], /rehearse does not move leaders in kube-system/],
    [['--server', 'https://prod.example:6443'], /is not a server on this machine/],
    [['--kinds', 'explode'], /"explode" is not a kind of round/],
    [['--rounds', '0'], /--rounds needs a whole number from 1/],
  ])('with %j is refused', async (flags, words) => {
    const { code, stderr } = await runBuilt(['rehearse', 'x', '--yes', ...flags], { KUBECONFIG: real.server.kubeconfig })
    expect(code).toBe(2)
    expect(stderr).toMatch(words)
  })
})
