import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runBuilt, startBuilt, type Running } from '../../support/built-cli.ts'
import { startRealCluster, type RealCluster } from '../../support/real-cluster.ts'
import type { HistoryOutput } from '../audited/truth.ts'

/**
 * An election whose first leader is killed together with its container, and whose second one is replaced by hand: what an
 * audit log leaves open of their ends, the cluster's Events and Pods show.
 */
const NAME = 'ledger'
const OPS = 'ops@example.com'
const POLICY = {
  ...{ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'] },
  rules: [
    { level: 'RequestResponse', verbs: ['create', 'update', 'patch', 'delete'], resources: [{ group: 'coordination.k8s.io', resources: ['leases'] }, { group: '', resources: ['pods/status'] }] },
    { level: 'Metadata' },
  ],
}
const IDENTITIES = ['ledger-7d9c-a_0f3a8c1d', 'ledger-7d9c-b_5b21e94f', 'ledger-7d9c-c_c7d0216a'] as const

let folder: string
let cluster: RealCluster
const candidates = new Map<string, Running>()
/** Files: the whole audit log, and one of the same cluster that does not contain Pods. */
let whole: string
let leases: string
let killedMs: number
let stoppedMs: number

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kubectl-leader-live-'))
  const [policy, log] = [join(folder, 'policy.json'), join(folder, 'audit.log')]
  writeFileSync(policy, JSON.stringify(POLICY))
  cluster = await startRealCluster({ users: [OPS], apiServerFlags: [`--audit-policy-file=${policy}`, `--audit-log-path=${log}`] })
  await cluster.kubectl(['create', 'clusterrolebinding', 'ops', '--clusterrole=cluster-admin', `--user=${OPS}`])
  for (const identity of IDENTITIES) {
    await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(pod(identity)) })
    await report(identity, { state: { running: { startedAt: second(Date.now()) } } })
    const candidate = startBuilt(['join', NAME, '--id', identity, '--lease-duration', '4s', '--renew-deadline', '3s', '--retry-period', '500ms', '--yes', '--max-hold', '0'], { KUBECONFIG: cluster.kubeconfig })
    candidates.set(identity, candidate)
    if (identity === IDENTITIES[0]) await untilHeldBy(identity)
  }
  await delay(2_000)

  const [first, ...standbys] = IDENTITIES
  candidates.get(first)!.kill('SIGKILL')
  await candidates.get(first)!.finished
  killedMs = Date.now()
  await report(first, { state: { terminated: { exitCode: 137, finishedAt: second(killedMs), startedAt: second(killedMs - 9_000) } } })

  const next = await untilHeldBy(...standbys)
  await delay(2_000)
  const third = standbys.find((identity) => identity !== next)!
  await cluster.kubectl(['patch', 'lease', NAME, '--type=merge', '-p', JSON.stringify({ spec: { holderIdentity: third } })], { user: OPS })
  await untilEvent(`${next} stopped leading`)
  stoppedMs = Date.now()
  await untilEvent(`${third} became leader`)
  await delay(2_000)
  await killAll()
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n')
  ;[whole, leases] = [join(folder, 'whole.log'), join(folder, 'leases.log')]
  writeFileSync(whole, lines.join('\n'))
  writeFileSync(leases, lines.filter((line) => line.includes('"leases"')).join('\n'))
}, 240_000)

afterAll(async () => {
  await killAll()
  await cluster.close()
  rmSync(folder, { recursive: true, force: true })
})

async function killAll(): Promise<void> {
  for (const candidate of candidates.values()) candidate.kill('SIGKILL')
  await Promise.all([...candidates.values()].map(({ finished }) => finished))
}

const second = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`
const podName = (identity: string): string => identity.split('_')[0]!
const pod = (identity: string): object => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: podName(identity), namespace: 'default' }, spec: { containers: [{ name: 'app', image: 'app' }] } })

/** As a kubelet does. */
async function report(identity: string, container: object): Promise<void> {
  const now = JSON.parse(await cluster.kubectl(['get', 'pod', podName(identity), '-o', 'json'])) as object
  const status = { phase: 'Running', containerStatuses: [{ name: 'app', image: 'app', imageID: '', ready: false, restartCount: 0, ...container }] }
  await cluster.kubectl(['replace', '--raw', `/api/v1/namespaces/default/pods/${podName(identity)}/status`, '-f', '-'], { input: JSON.stringify({ ...now, status }) })
}

async function until<T>(what: string, find: () => Promise<T | undefined>): Promise<T> {
  const giveUpMs = Date.now() + 60_000
  for (;;) {
    const found = await find()
    if (found !== undefined) return found
    if (Date.now() > giveUpMs) throw new Error(`not seen: ${what}`)
    await delay(100)
  }
}

const untilHeldBy = (...identities: readonly string[]): Promise<string> =>
  until(`held by ${identities.join(' or ')}`, async () => {
    const holder = await cluster.kubectl(['get', 'lease', NAME, '--ignore-not-found', '-o', 'jsonpath={.spec.holderIdentity}'])
    return identities.find((identity) => identity === holder)
  })

const untilEvent = (message: string): Promise<string> => until(message, async () => ((await cluster.kubectl(['get', 'events', '-o', 'jsonpath={.items[*].message}'])).includes(message) ? message : undefined))

async function history(...args: string[]): Promise<HistoryOutput> {
  const { code, stdout, stderr } = await runBuilt(['history', NAME, ...args, '-o', 'json'], { KUBECONFIG: cluster.kubeconfig })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout) as HistoryOutput
}

/** Of the two leaders that were replaced. */
const boundsOf = ({ terms }: HistoryOutput): unknown[] => terms.slice(0, 2).map(({ end }) => end!.bound)
const endOf = ({ terms }: HistoryOutput, index: number): { readonly from: number; readonly to: number } => ({ from: Date.parse(terms[index]!.end!.from!), to: Date.parse(terms[index]!.end!.to!) })

it('leaves open when the killed leader stopped, if only the writes of the lease are known', async () => {
  const told = await history('--audit', leases)
  expect(boundsOf(told)).toEqual([null, 'lease-duration'])
})

it('bounds the end of the killed leader by the status of its Pod, from an audit log', async () => {
  const told = await history('--audit', whole)
  expect(boundsOf(told)).toEqual(['container', 'lease-duration'])
  const { from, to } = endOf(told, 0)
  expect(killedMs).toBeGreaterThanOrEqual(from)
  expect(to - Date.parse(second(killedMs))).toBe(1_000)
})

it('bounds both ends by what the cluster still shows', async () => {
  const told = await history('--audit', leases, '--events')
  expect(boundsOf(told)).toEqual(['container', 'event'])
  expect(endOf(told, 0).to - Date.parse(second(killedMs))).toBe(1_000)
  expect(endOf(told, 1).to).toBeLessThanOrEqual(stoppedMs + 1_000)
  expect(told.writesByOthers.map(({ by }) => by.user)).toEqual([OPS])
})

it('tells who led from Events and Pods alone', async () => {
  const told = await history()
  expect(told.terms.map(({ holderIdentity }) => holderIdentity)).toEqual((await history('--audit', leases)).terms.map(({ holderIdentity }) => holderIdentity))
  expect(boundsOf(told)).toEqual(['container', 'event'])
})

it('says what it may not read, and tells the rest', async () => {
  await cluster.kubectl(['create', 'role', 'events', '--verb=get,list', '--resource=events'])
  await cluster.kubectl(['create', 'rolebinding', 'events', '--role=events', '--user=jane'])
  const { code, stdout, stderr } = await runBuilt(['history', NAME, '--as', 'jane', '-o', 'json'], { KUBECONFIG: cluster.kubeconfig })
  expect(code).toBe(0)
  expect(stderr).toMatch(/^Warning: Cannot read the Pods of past leaders, .*forbidden.*\n$/)
  expect(boundsOf(JSON.parse(stdout) as HistoryOutput)).toEqual([null, 'event'])
})
