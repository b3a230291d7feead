import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Candidate } from '../../bench/election-candidate.ts'
import { runBuilt } from '../../support/built-cli.ts'
import { clientGoCandidate, type RealCluster } from '../../support/real-cluster.ts'
import { atLevel, changed, shifted, without } from './logs.ts'
import { acquisitionsIn, longestWriteMs, Running } from './running.ts'
import { expectNarrow, expectTrue, type HistoryOutput, type Led } from './truth.ts'
import { startAuditedServers, writeServerKubeconfig, type AuditedServers } from './two-servers.ts'

/** Candidates of client-go with tokens that are bound to their Pods, half of them on each server, and what is done to them. */
const OPS = 'ops@example.com'
const JANE = 'jane'
const AHEAD_SECONDS = 2
const TIMINGS = ['-lease-duration=6s', '-renew-deadline=4s', '-retry-period=1s', '-release-on-cancel']
const LEASE = 'lease.coordination.k8s.io'

interface Election {
  readonly name: string
  readonly namespace: string
  readonly lock: 'leases' | 'configmaps' | 'endpoints'
  /** Who wrote by hand, as the log must say. */
  readonly writers: readonly string[]
  readonly deed: (election: Election, leader: Running, cluster: RealCluster) => Promise<unknown>
}

const patch = (type: string, body: unknown, ...more: string[]) => ({ name, namespace }: Election, _: Running, cluster: RealCluster) =>
  cluster.kubectl(['patch', LEASE, name, '-n', namespace, `--type=${type}`, '-p', JSON.stringify(body), ...more], more.some((flag) => flag.startsWith('--as')) ? {} : { user: OPS })
const handOver = (_: Election, leader: Running): Promise<unknown> => leader.end('SIGTERM')

const ELECTIONS: readonly Election[] = [
  { name: 'handover', namespace: 'default', lock: 'leases', writers: [], deed: handOver },
  {
    ...{ name: 'crash', namespace: 'default', lock: 'leases', writers: [] },
    deed: (_, leader) => leader.end('SIGKILL'),
  },
  { name: 'merge', namespace: 'default', lock: 'leases', writers: [OPS], deed: patch('merge', { spec: { holderIdentity: '' } }) },
  { name: 'json', namespace: 'default', lock: 'leases', writers: [OPS], deed: patch('json', [{ op: 'replace', path: '/spec/holderIdentity', value: '' }]) },
  {
    ...{ name: 'apply', namespace: 'default', lock: 'leases', writers: [OPS] },
    deed: ({ name, namespace }, _, cluster) =>
      cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], {
        user: OPS,
        input: JSON.stringify({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, namespace }, spec: { holderIdentity: '' } }),
      }),
  },
  { name: 'impersonated', namespace: 'default', lock: 'leases', writers: [`admin as ${JANE}`], deed: patch('merge', { spec: { holderIdentity: '' } }, `--as=${JANE}`) },
  { name: 'dry-run', namespace: 'default', lock: 'leases', writers: [], deed: patch('merge', { spec: { holderIdentity: '' } }, '--dry-run=server') },
  { name: 'swept', namespace: 'sweep', lock: 'leases', writers: [OPS], deed: ({ namespace }, _, cluster) => cluster.kubectl(['delete', '--raw', `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`], { user: OPS }) },
  { name: 'map', namespace: 'default', lock: 'configmaps', writers: [], deed: handOver },
  { name: 'points', namespace: 'default', lock: 'endpoints', writers: [], deed: handOver },
]

let folder: string
let servers: AuditedServers
let deedsFromMs: number
const running = new Map<string, Running[]>()
const logs: Record<'a' | 'b', string> = { a: '', b: '' }
let acquisitions: ReadonlyMap<string, readonly number[]>
let longestRequestMs: number

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kubectl-leader-audited-'))
  servers = await startAuditedServers(folder, [OPS, JANE])
  const { cluster } = servers
  await cluster.kubectl(['create', 'namespace', 'sweep'])
  await Promise.all([OPS, JANE].map((user, index) => cluster.kubectl(['create', 'clusterrolebinding', `person-${index}`, '--clusterrole=cluster-admin', `--user=${user}`])))
  for (const namespace of ['default', 'sweep']) {
    await cluster.kubectl(['create', 'serviceaccount', 'checkout', '-n', namespace])
    await cluster.kubectl(['create', 'clusterrolebinding', `checkout-${namespace}`, '--clusterrole=cluster-admin', `--serviceaccount=${namespace}:checkout`])
  }
  await Promise.all(ELECTIONS.map((election) => stand(election)))
  for (const { name } of ELECTIONS) await untilLed(name)
  await delay(4_000)
  deedsFromMs = Date.now()
  await Promise.all(ELECTIONS.map((election) => election.deed(election, leaderOf(election.name), cluster)))
  await delay(14_000)
  await Promise.all([...running.values()].flat().map((each) => each.end('SIGTERM')))
  await cluster.stop('kube-apiserver')
  const [a, b] = servers.servers
  await servers[Symbol.asyncDispose]()
  logs.a = readFileSync(a.log, 'utf8')
  const logOfB = readFileSync(b.log, 'utf8')
  acquisitions = acquisitionsIn(logs.a + logOfB)
  longestRequestMs = longestWriteMs(logs.a + logOfB)
  logs.b = changed(logOfB, shifted(AHEAD_SECONDS))
}, 300_000)

afterAll(async () => {
  await Promise.all([...running.values()].flat().map(({ candidate }) => candidate[Symbol.asyncDispose]()))
  await servers[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

/** Starts two candidates of an election, each in a Pod, with a token that is bound to it, on a server of its own. */
async function stand({ name, namespace, lock }: Election): Promise<void> {
  const { cluster } = servers
  const started: Running[] = []
  running.set(name, started)
  for (const [index, server] of servers.servers.entries()) {
    const pod = `${name}-7d9c-${'ab'[index]!}`
    const spec = { serviceAccountName: 'checkout', containers: [{ name: 'c', image: 'x' }] }
    const created = await cluster.kubectl(['create', '-o', 'json', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: pod, namespace }, spec }) })
    const { metadata } = JSON.parse(created) as { readonly metadata: { readonly uid: string } }
    const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: pod, uid: metadata.uid }
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: ['https://kubernetes.default.svc'], boundObjectRef } }
    const answer = await cluster.kubectl(['create', '--raw', `/api/v1/namespaces/${namespace}/serviceaccounts/checkout/token`, '-f', '-'], { input: JSON.stringify(request) })
    const { status } = JSON.parse(answer) as { readonly status: { readonly token: string } }
    const kubeconfig = writeServerKubeconfig(join(folder, `${pod}.kubeconfig`), server, status.token)
    const identity = `${pod}_${metadata.uid.slice(0, 8)}`
    const flags = [`-kubeconfig=${kubeconfig}`, `-name=${name}`, `-namespace=${namespace}`, `-lock=${lock}`, `-id=${identity}`, ...TIMINGS]
    started.push(new Running(identity, new Candidate({ file: clientGoCandidate()!, args: [] }, flags)))
  }
}

async function untilLed(name: string): Promise<void> {
  const untilMs = Date.now() + 60_000
  while (!running.get(name)!.some(({ isLeading }) => isLeading)) {
    if (Date.now() > untilMs) throw new Error(`${name} has no leader`)
    await delay(50)
  }
}

const leaderOf = (name: string): Running => running.get(name)!.find(({ isLeading }) => isLeading)!
const truthOf = (name: string): Led[] =>
  running
    .get(name)!
    .flatMap((each) => each.terms(acquisitions))
    .sort((a, b) => a.start.toMs - b.start.toMs)

/** What is told from both logs, after something was done to them. */
async function told({ name, namespace, lock }: Election, change: (log: string, aheadMs: number) => string = (log) => log): Promise<HistoryOutput> {
  const files = Object.entries(logs).map(([server, log]) => {
    const file = join(folder, `read-${server}.log`)
    writeFileSync(file, change(log, server === 'b' ? AHEAD_SECONDS * 1_000 : 0))
    return file
  })
  const address = { leases: name, configmaps: `configmap/${name}`, endpoints: `endpoints/${name}` }[lock]
  const { code, stdout, stderr } = await runBuilt(['history', address, '-n', namespace, '--audit', ...files, '-o', 'json'])
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout) as HistoryOutput
}

const writersOf = ({ writesByOthers }: HistoryOutput): string[] =>
  writesByOthers.map(({ by: { user, impersonatedUser } }) => (impersonatedUser === null ? user : `${user} as ${impersonatedUser}`))

describe.each(ELECTIONS.map((election) => [election.name, election] as const))('%s', (name, election) => {
  it('is told as it was, from the logs of two servers whose clocks are apart', async () => {
    const history = await told(election)
    const truth = truthOf(name)
    expectTrue(history, truth)
    expect(history.terms.map(({ holderIdentity }) => holderIdentity)).toEqual(truth.map(({ identity }) => identity))
    expectNarrow(history, longestRequestMs + 2 * Math.max(...history.sources.map(({ clockUncertaintyMs }) => clockUncertaintyMs)) + 1)
    expect(history.terms.map(({ by }) => by?.podName)).toEqual(truth.map(({ identity }) => identity.split('_')[0]))
    expect(writersOf(history)).toEqual(election.writers)
    expect(history.missing).toEqual([])
    const [a, b] = history.sources
    expect(Math.abs(b!.clockOffsetMs - a!.clockOffsetMs - AHEAD_SECONDS * 1_000)).toBeLessThanOrEqual(a!.clockUncertaintyMs + b!.clockUncertaintyMs + 1)
    const ends = history.terms.map(({ end }) => end?.bound)
    const isReleased = election.deed === handOver && !running.get(name)!.find(({ identity }) => identity === truth[0]!.identity)!.candidate.failedToRelease
    if (isReleased) expect(ends[0]).toBe('release')
    const isAbandoned = name === 'crash' || (election.deed === handOver && !isReleased)
    expect(ends.slice(0, -1).every((bound) => (bound === null) === isAbandoned)).toBe(true)
  })

  it('is told of in less detail, and nothing false, at level Request', async () => {
    const history = await told(election, (log) => changed(log, atLevel('Request')))
    expectTrue(history, truthOf(name))
    expect(new Set(writersOf(history))).toEqual(new Set(election.writers))
    expect(history.uncheckedLinks).toBeGreaterThan(0)
  })

  it('is told of by its Pods and users only, at level Metadata', async () => {
    const history = await told(election, (log) => changed(log, atLevel('Metadata')))
    expect(history.terms).toEqual([])
    const pods = new Set(history.activity.flatMap(({ by: { podName } }) => podName ?? []))
    expect([...pods].sort()).toEqual([...new Set(truthOf(name).map(({ identity }) => identity.split('_')[0]))].sort())
  })

  it('has nothing false told of it if the log lacks the time of what happened', async () => {
    const history = await told(election, (log, aheadMs) => changed(log, without(deedsFromMs - 3_000 + aheadMs, deedsFromMs + 3_000 + aheadMs)))
    expectTrue(history, truthOf(name))
    // A patch does not name the version that it replaced.
    expect(history.missing.length + history.uncheckedLinks).toBeGreaterThan(0)
  })
})
