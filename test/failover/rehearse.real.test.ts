import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pause } from '../bench/election-candidate.ts'
import { AuditLog } from '../generate/audit.ts'
import { runBuilt, startBuilt, type Finished } from '../support/built-cli.ts'
import { realClusterAssets } from '../support/real-cluster.ts'
import type { NodeCluster, PodPlan } from './node-cluster.ts'
import { useNodeServer } from './node-server.ts'

/** A rehearsal passes a good workload, and finds what was planted in a bad one. */
const TIMINGS = { leaseDuration: 5, renewDeadline: 3, retryPeriod: 0.5 }

/** May not watch, so it sees a write only in the audit log. */
const BLIND = 'blind'
const audit = new AuditLog('RequestResponse')
afterAll(() => audit[Symbol.dispose]())
const real = useNodeServer(TIMINGS, { apiServerFlags: audit.flags, users: [BLIND] })

const world = (name: string, more: Partial<PodPlan> = {}): Promise<NodeCluster> =>
  real.cluster({ 'node-a': 'zone-1' },
    ['a', 'b', 'c'].map((letter): PodPlan => ({ name: `${name}-${letter}`, node: 'node-a', elections: [name], ...more })),
  )

beforeAll(async () => {
  const { server } = real
  await server.kubectl(['create', 'clusterrole', BLIND, '--verb=get,list,update,create', '--resource=leases.coordination.k8s.io,pods,events,nodes'])
  await server.kubectl(['create', 'clusterrolebinding', BLIND, `--clusterrole=${BLIND}`, `--user=${BLIND}`])
})

interface Report {
  readonly isPassed: boolean
  readonly oldLeaderActed: string
  readonly judgedBy: readonly string[]
  readonly isInterrupted: boolean
  readonly deposedWrites: readonly { readonly by: string; readonly of: string }[]
  readonly candidatesAtFirst: number
  readonly gaps: readonly { readonly kind: string; readonly longestMs: number }[]
  readonly rounds: readonly {
    readonly kind: string
    readonly from: string
    readonly waitedMs: number
    readonly recoveredMs: number | null
    readonly result: { readonly to: string; readonly outcome: string; readonly leaderlessMs: number; readonly abortion: { readonly left: string } | null } | null
    readonly failures: readonly { readonly code: string; readonly message: string }[]
  }[]
}

interface Rehearsed {
  readonly code: number | null
  readonly report: Report
  readonly codes: readonly string[]
}

const argsOf = (name: string, flags: readonly string[]): string[] => ['rehearse', name, '--yes', '-o', 'json', ...flags]

async function rehearse(name: string, ...flags: readonly string[]): Promise<Rehearsed> {
  return rehearsed(await runBuilt(argsOf(name, flags), { KUBECONFIG: real.server.kubeconfig }))
}

function rehearsed({ code, stdout, stderr }: Finished): Rehearsed {
  if (stdout === '') throw new Error(stderr)
  const report = JSON.parse(stdout) as Report
  return { code, report, codes: report.rounds.flatMap(({ failures }) => failures.map((failure) => failure.code)) }
}

const inDirectory = (name: string): string => join(real.server.directory, name)

/** A shell script of the test; it may use `$KUBECTL`. */
function script(name: string, text: string): string {
  const file = inDirectory(name)
  writeFileSync(file, `#!/bin/sh\nKUBECTL="${join(realClusterAssets()!, 'kubectl')} --kubeconfig ${real.server.kubeconfig}"\n${text}\n`)
  chmodSync(file, 0o700)
  return file
}

/** Kills the leaders that a script of the test asks for, by a file with the identity. */
function killWanted(cluster: NodeCluster, over: AbortSignal): Promise<void> {
  const killAll = async (): Promise<void> => {
    while (!over.aborted) {
      for (const pod of cluster.pods.filter(({ identity }) => existsSync(inDirectory(`kill-${identity}`)))) {
        const file = inDirectory(`kill-${pod.identity}`)
        await pod.kill()
        rmSync(file)
      }
      await pause(50)
    }
  }
  return killAll()
}

/** A PodDisruptionBudget for the Pods of one election, with the status that its controller gives it. */
async function forbidEvictions(name: string): Promise<void> {
  const { server } = real
  const labels = { app: name }
  await server.kubectl(['label', 'pod', ...['a', 'b', 'c'].map((letter) => `${name}-${letter}`), `app=${name}`])
  const budget = { apiVersion: 'policy/v1beta1', kind: 'PodDisruptionBudget', metadata: { name }, spec: { maxUnavailable: 0, selector: { matchLabels: labels } } }
  await server.kubectl(['create', '-f', '-'], { input: JSON.stringify(budget) })
  const created = JSON.parse(await server.kubectl(['get', 'poddisruptionbudgets.v1beta1.policy', name, '-o', 'json'])) as object
  const status = { observedGeneration: 1, disruptionsAllowed: 0, currentHealthy: 3, desiredHealthy: 3, expectedPods: 3 }
  const path = `/apis/policy/v1beta1/namespaces/default/poddisruptionbudgets/${name}/status`
  await server.kubectl(['replace', '--raw', path, '-f', '-'], { input: JSON.stringify({ ...created, status }) })
}

/** Once its lease is another candidate's, the first leader writes it as its own again, and leaves a file that it acts. */
async function actAfterLoss(cluster: NodeCluster, name: string): Promise<string> {
  const first = cluster.leaderOf(name)!.identity
  await cluster.until('another candidate leads', () => ![undefined, first].includes(cluster.leaderOf(name)?.identity))
  await real.server.kubectl(['patch', 'lease', name, '--type=merge', '-p', JSON.stringify({ spec: { holderIdentity: first } })])
  writeFileSync(inDirectory(`acting-${first}`), '')
  return first
}

describe('rehearse', () => {
  it('passes a good workload, with its check before, during and after each round', async () => {
    await using cluster = await world('good')
    const log = join(real.server.directory, 'good.log')
    const check = script('good.sh', `echo "$LEADER_PHASE $LEADER_ROUND $LEADER_KIND $LEADER_NAMESPACE/$LEADER_NAME $LEADER_TO" >> ${log}`)
    const { report, codes, code } = await rehearse('good', '--rounds', '2', '--check', check, '--max-gap', '60s')
    expect(codes).toEqual([])
    expect(report).toMatchObject({ kind: 'RehearsalReport', candidatesAtFirst: 3, oldLeaderActed: 'no', isPassed: true })
    expect(code).toBe(0)
    const led = cluster.termsOf('good').slice(1).map(({ by }) => by)
    expect(report.rounds.map(({ result }) => result!.to)).toEqual(led)
    const phases = readFileSync(log, 'utf8').trim().split('\n')
    expect(phases).toEqual([1, 2].flatMap((round) => [`before ${round} handover default/good `, `during ${round} handover default/good `, `after ${round} handover default/good ${led[round - 1]!}`]))
    expect(cluster.overlaps).toEqual({})
  })

  it('passes rounds of all kinds, judged by a check and an audit log', async () => {
    await using cluster = await world('kinds', { isReplaced: true })
    const over = new AbortController()
    const killing = killWanted(cluster, over.signal)
    const crash = script('crash.sh', `touch ${inDirectory('kill-')}$LEADER_FROM; while [ -e ${inDirectory('kill-')}$LEADER_FROM ]; do sleep 0.1; done`)
    const kinds = ['handover', 'delete-pod', 'evict', 'crash']
    const { report, codes, code } = await rehearse('kinds', '--rounds', '4', '--kinds', kinds.join(','), '--crash', crash, '--check', 'true', '--audit', audit.file)
    over.abort()
    await killing
    expect(codes).toEqual([])
    expect(report).toMatchObject({ isPassed: true, oldLeaderActed: 'no', judgedBy: ['check', 'audit'], deposedWrites: [], isInterrupted: false })
    expect(report.rounds.map(({ kind }) => kind)).toEqual(kinds)
    expect(report.gaps.map(({ kind }) => kind)).toEqual(kinds)
    expect(code).toBe(0)
    const terms = cluster.termsOf('kinds').map(({ by }) => by)
    expect(report.rounds.map(({ result }) => result!.to)).toEqual(terms.slice(1))
    expect(report.rounds.map(({ from }) => from)).toEqual(terms.slice(0, -1))
    expect(cluster.overlaps).toEqual({})
  })

  it('finds a candidate that never runs again', async () => {
    await using cluster = await world('gone', { restartMs: null })
    const gone = cluster.leaderOf('gone')!.name
    const { code, report, codes } = await rehearse('gone', '--rounds', '3', '--ready-timeout', '3s')
    expect(codes).toEqual(['candidateMissing'])
    expect(report).toMatchObject({ isPassed: false, oldLeaderActed: 'not judged', judgedBy: [] })
    expect(report.rounds.at(-1)!.failures[0]!.message).toContain(`Not Ready: ${gone}`)
    expect(report.rounds.length).toBeLessThan(3)
    expect(code).toBe(1)
  })

  it('tells a slow restart apart from the time without a leader, and finds one that is too slow', async () => {
    await using _cluster = await world('slow', { restartMs: 9_000 })
    const { report, codes } = await rehearse('slow', '--rounds', '2', '--max-gap', '20s')
    expect(codes).toEqual([])
    expect(report.rounds[1]!.waitedMs).toBeGreaterThan(3_000)
    expect(report.gaps[0]!.longestMs).toBeLessThan(9_000)
    const limited = await rehearse('slow', '--rounds', '2', '--ready-timeout', '2s')
    expect(limited).toMatchObject({ code: 1, codes: ['candidateMissing'], report: { isPassed: false } })
  })

  it('finds a check that fails only after a Pod was deleted', async () => {
    await using _cluster = await world('deleted', { isReplaced: true })
    // A program that depends on the names of its Pods.
    const check = script('names.sh', '$KUBECTL get pod deleted-a deleted-b deleted-c')
    const flags = ['--rounds', '4', '--max-gap', '15s', '--check', check]
    const { code, report, codes } = await rehearse('deleted', '--kinds', 'handover,delete-pod', ...flags)
    expect(codes).toEqual(['checkNotRecovered'])
    expect(report.rounds.map(({ kind }) => kind)).toEqual(['handover', 'delete-pod'])
    expect(report.rounds[0]!.recoveredMs).toBeGreaterThan(0)
    expect(report.rounds[1]).toMatchObject({ recoveredMs: null, result: { outcome: 'moved' } })
    expect(code).toBe(1)
  })

  it('finds a check that does not succeed again, and one that reports something unsafe', async () => {
    await using _cluster = await world('checked')
    const stuck = await rehearse('checked', '--rounds', '2', '--max-gap', '12s', '--check', script('stuck.sh', '[ "$LEADER_PHASE" != after ]'))
    expect(stuck).toMatchObject({ code: 1, codes: ['checkNotRecovered'], report: { isPassed: false, oldLeaderActed: 'no' } })
    const unsafe = await rehearse('checked', '--rounds', '2', '--check', script('unsafe.sh', '[ "$LEADER_PHASE" = during ] && exit 2; exit 0'))
    expect(unsafe).toMatchObject({ code: 1, codes: ['unsafeCheck'], report: { isPassed: false, oldLeaderActed: 'yes', judgedBy: ['check'] } })
    expect(unsafe.report.rounds).toHaveLength(1)
  })

  it.each<[string, string, (name: string) => readonly string[], string]>([
    ['its watch', 'watched', () => [], 'deposedWrite'],
    ['the audit log', 'audited', () => ['--audit', audit.file], 'deposedWrite'],
    ['the check', 'acting', (name) => ['--check', script(`${name}.sh`, `sleep 1; [ "$LEADER_PHASE" = after ] && [ -e ${inDirectory('acting-')}$LEADER_FROM ] && exit 2; exit 0`)], 'unsafeCheck'],
  ])('finds by %s a deposed leader that writes its lease after it lost it', async (_by, name, flags, found) => {
    await using cluster = await world(name)
    const acting = actAfterLoss(cluster, name)
    const kubeconfig = name === 'watched' ? real.server.kubeconfig : real.server.kubeconfigFor(BLIND)
    const { code, report, codes } = rehearsed(await runBuilt(argsOf(name, ['--rounds', '3', ...flags(name)]), { KUBECONFIG: kubeconfig }))
    expect(codes).toContain(found)
    expect(report).toMatchObject({ isPassed: false, oldLeaderActed: 'yes' })
    // Without a check, the next round may be about to begin.
    expect(report.rounds.length).toBeLessThan(3)
    expect(report.rounds.filter(({ result }) => result !== null)).toHaveLength(1)
    expect(report.deposedWrites.map(({ by }) => by)).toEqual(found === 'deposedWrite' ? [await acting] : [])
    expect(code).toBe(1)
  })

  it('finds an eviction that is not allowed, and a crash that does not happen', async () => {
    await using _cluster = await world('stays', { isReplaced: true })
    const failed = await rehearse('stays', '--rounds', '2', '--crash', 'exit 3')
    expect(failed).toMatchObject({ code: 1, codes: ['crashFailed'], report: { isPassed: false } })
    await forbidEvictions('stays')
    const evicted = await rehearse('stays', '--rounds', '2', '--kinds', 'evict')
    expect(evicted).toMatchObject({ code: 1, codes: ['evictionRefused'], report: { isPassed: false } })
  })

  it.each<[string, string, RegExp]>([
    ['while the leader is observed', 'observed', /observing|Round|Old leader/],
    ['while the check runs', 'checking', /checking/],
    ['while the lease is blocked', 'blocked', /during-soon/],
  ])('undoes what it can on Ctrl-C %s, and reports', async (_when, name, seen) => {
    await using cluster = await world(name)
    const first = cluster.leaderOf(name)!.identity
    const check = script(`${name}.sh`, name === 'checking' ? 'echo checking; sleep 50 & wait' : 'true')
    const running = startBuilt(argsOf(name, ['--rounds', '3', '--check', check]), { KUBECONFIG: real.server.kubeconfig })
    const holder = async (): Promise<string> => real.server.kubectl(['get', 'lease', name, '-o', 'jsonpath={.spec.holderIdentity}'])
    const until = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
      while (!(await isSo())) await pause(20)
    }
    await until(async () => (name === 'blocked' ? (await holder()).startsWith('kubectl-leader-failover_') : seen.test(running.stderr())))
    running.kill('SIGINT')
    const { code, report } = rehearsed(await running.finished)
    expect(code).toBe(130)
    expect(report).toMatchObject({ isInterrupted: true, isPassed: false })
    expect(report.rounds.flatMap(({ failures }) => failures)).toEqual([])
    if (name === 'blocked') expect(['restored', 'released']).toContain(report.rounds[0]!.result!.abortion!.left)
    else expect(report.rounds).toEqual([])
    if (name !== 'blocked') expect(cluster.leaderOf(name)!.identity).toBe(first)
    await cluster.settle()
    expect(cluster.overlaps).toEqual({})
  })

  it.each([
    [['-n', 'kube-system'], /rehearse does not move leaders in kube-system/],
    [['--server', 'https://prod.example:6443'], /is not a server on this machine/],
    [['--kinds', 'explode'], /"explode" is not a kind of round/],
    [['--rounds', '0'], /--rounds needs a whole number from 1/],
    [['--kinds', 'crash'], /pass --crash/],
    [['--kinds', 'handover', '--crash', 'x'], /add it to --kinds/],
    [['--audit', '/nowhere'], /Cannot read the audit log "\/nowhere"/],
  ])('with %j is refused', async (flags, words) => {
    const { code, stderr } = await runBuilt(['rehearse', 'x', '--yes', ...flags], { KUBECONFIG: real.server.kubeconfig })
    expect(code).toBe(2)
    expect(stderr).toMatch(words)
  })
})
