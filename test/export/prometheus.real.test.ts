import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { alertRules } from '../../kubectl-plugin/generate/monitoring/alerts.ts'
import { connect } from '../../shared/cluster/connection/connection.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { PLACEHOLDER_PREFIX } from '../../shared/lease/placeholder.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { startBuilt, type Running } from '../support/built-cli.ts'
import { clientGoCandidate, startRealCluster, type RealCluster } from '../support/real-cluster.ts'
import { freePorts } from '../support/real/ports.ts'
import { dashboardQueries } from './dashboard-queries.ts'

/**
 * A real Prometheus scrapes the built exporter, which observes client-go candidates and planted faults on a real
 * kube-apiserver. The rules run twelve times as fast; promtool tests their own times (alert-rules.real.test.ts).
 */
const FASTER: readonly (readonly [RegExp, string])[] = [
  [/> 60\b/g, '> 5'],
  [/> 600\b/g, '> 50'],
  [/>= 300\b/g, '>= 25'],
  [/\[15m\]/g, '[75s]'],
  [/\[10m\]/g, '[50s]'],
  [/"for":"1m"/g, '"for":"5s"'],
  [/"for":"2m"/g, '"for":"10s"'],
]
const fasterRules = (): string => {
  let text = JSON.stringify(alertRules('docs/runbooks.md'))
  for (const [slow, fast] of FASTER) {
    expect(text).toMatch(slow)
    text = text.replaceAll(slow, fast)
  }
  return dump(JSON.parse(text))
}

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/default/leases'
const PODS = '/api/v1/namespaces/default/pods'
const folder = mkdtempSync(join(tmpdir(), 'kubectl-leader-prometheus-'))
const children: ChildProcess[] = []
const timers: NodeJS.Timeout[] = []
let cluster: RealCluster
let client: ApiClient
let exporter: Running
let prometheusPort: number

beforeAll(async () => {
  cluster = await startRealCluster()
  client = await connect({ kubeconfig: cluster.kubeconfig }, { env: {}, clock: systemClock, version: 'test' })
  await plant()
  const [exporterPort, port] = (await freePorts(2)) as [number, number]
  prometheusPort = port
  exporter = startBuilt(['export', '-A', '--http', String(exporterPort)], { KUBECONFIG: cluster.kubeconfig })
  await exporter.printed('Serving metrics')
  writeFileSync(join(folder, 'rules.yaml'), fasterRules())
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [join(folder, 'rules.yaml')],
    scrape_configs: [{ job_name: 'leader-exporter', honor_labels: true, static_configs: [{ targets: [`127.0.0.1:${exporterPort}`] }] }],
  }
  writeFileSync(join(folder, 'prometheus.yaml'), dump(config))
  const args = [`--config.file=${folder}/prometheus.yaml`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=127.0.0.1:${port}`]
  children.push(spawn('prometheus', args, { stdio: 'ignore' }))
})

afterAll(async () => {
  for (const timer of timers) clearInterval(timer)
  exporter.kill('SIGTERM')
  await exporter.finished
  for (const child of children) {
    const gone = new Promise((resolve) => child.once('exit', resolve))
    if (child.kill('SIGKILL')) await gone
  }
  client.close()
  await cluster.close()
  rmSync(folder, { recursive: true, maxRetries: 10 })
})

function candidate(name: string): ChildProcess {
  const args = ['-kubeconfig', cluster.kubeconfig, '-namespace', 'default', '-name', name, '-id', name, '-lease-duration=6s', '-renew-deadline=4s', '-retry-period=1s']
  const child = spawn(clientGoCandidate()!, args, { stdio: 'ignore' })
  children.push(child)
  return child
}

async function write(name: string, spec: object, labels: object = {}): Promise<void> {
  const now = new Date().toISOString().replace('Z', '000Z')
  const record = { leaseDurationSeconds: 6, leaseTransitions: 1, acquireTime: now, renewTime: now, ...spec }
  const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, labels }, spec: record }
  const patch = { method: 'PATCH', path: `${LEASES}/${name}`, contentType: 'application/merge-patch+json', subject: { verb: 'patch' } } as const
  await client.request({ ...patch, body }).catch(() => client.request({ method: 'POST', path: LEASES, body, subject: { verb: 'create' } }))
}

/** Calls it now, and again and again: 0, 1, 2… */
async function again(everyMs: number, act: (round: number) => Promise<void>): Promise<void> {
  let round = 0
  await act(round++)
  // While the API server is paused, these fail, which is what that test is about.
  timers.push(setInterval(() => void act(round++).catch(() => undefined), everyMs))
}

/** Seconds after the start, one round each. */
const RELEASE_AT = 15

async function plant(): Promise<void> {
  candidate('healthy')
  // It dies soon, with no other candidate.
  const dying = candidate('dead')
  setTimeout(() => dying.kill('SIGKILL'), 15_000)
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'released', uid: '00000000-0000-4000-8000-000000000001', controller: true }
  for (const name of ['released-0', 'released-1']) {
    const body = { metadata: { name, ownerReferences: [owner] }, spec: { containers: [{ name: 'a', image: 'a' }], serviceAccountName: 'default', automountServiceAccountToken: false } }
    await client.request({ method: 'POST', path: PODS, body, subject: { verb: 'create' } })
    const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }
    await client.request({ method: 'PATCH', path: `${PODS}/${name}/status`, contentType: 'application/merge-patch+json', body: { status }, subject: { verb: 'patch' } })
  }
  await again(1_000, async (round) => {
    if (round < RELEASE_AT) await write('released', { holderIdentity: 'released-0' })
    if (round === RELEASE_AT) await write('released', { holderIdentity: '', leaseDurationSeconds: 1 })
  })
  await again(1_000, async (round) => {
    if (round < RELEASE_AT) await write('scaled-to-zero', { holderIdentity: 'elsewhere' })
    if (round === RELEASE_AT) await write('scaled-to-zero', { holderIdentity: '', leaseDurationSeconds: 1 })
  })
  await again(4_000, (round) => write('flapping', { holderIdentity: `pod-${round}`, leaseTransitions: round }))
  await again(4_700, () => write('late', { holderIdentity: 'pod-a' }))
  await again(1_000, () => write('blocked', { holderIdentity: `${PLACEHOLDER_PREFIX}nonce`, leaseDurationSeconds: 30 }))
  // No fault: a lock that was left behind, and heartbeats that have ended.
  await write('left-behind', { holderIdentity: 'pod-a', acquireTime: '2020-01-01T00:00:00.000000Z', renewTime: '2020-01-01T00:00:00.000000Z' })
  await write('managed-cluster-lease', { holderIdentity: 'managed-cluster-lease' })
  await write('database', { holderIdentity: 'pod-a' }, { application: 'patroni' })
}

async function firing(): Promise<string[]> {
  interface Alerts {
    readonly data: { readonly alerts: readonly { readonly state: string; readonly labels: { readonly alertname: string; readonly lease?: string } }[] }
  }
  const response = await fetch(`http://127.0.0.1:${prometheusPort}/api/v1/alerts`)
  const { data } = (await response.json()) as Alerts
  return data.alerts.filter(({ state }) => state === 'firing').map(({ labels }) => `${labels.alertname} ${labels.lease ?? ''}`.trim()).sort()
}

/** Polls; collects all that has ever fired on the way. */
async function everFiredUntil(isDone: (fired: ReadonlySet<string>) => boolean): Promise<ReadonlySet<string>> {
  const fired = new Set<string>()
  const untilMs = Date.now() + 240_000
  while (!isDone(fired)) {
    if (Date.now() > untilMs) throw new Error(`Only these alerts have fired: ${[...fired].join(', ')}`)
    await new Promise((resolve) => setTimeout(resolve, 500))
    for (const alert of await firing().catch(() => [])) fired.add(alert)
  }
  return fired
}

const FAULTS = [
  'LeaderElectionBlocked blocked',
  'LeaderElectionFlapping flapping',
  'LeaderElectionLateRenewals late',
  'LeaderElectionNoLeader dead',
  'LeaderElectionNoLeader released',
]

describe('a real Prometheus', () => {
  it('fires each alert on its fault, and none on what is healthy', { timeout: 300_000 }, async () => {
    const fired = await everFiredUntil((some) => FAULTS.every((fault) => some.has(fault)))
    expect([...fired].sort()).toEqual(FAULTS)
  })

  it('finds the Pods of leaders, and only leader elections', async () => {
    const response = await fetch(`http://127.0.0.1:${prometheusPort}/api/v1/query?query=${encodeURIComponent('leader_exporter_election_candidate_pods')}`)
    const { data } = (await response.json()) as { data: { result: { metric: Record<string, string>; value: [number, string] }[] } }
    expect(data.result.map(({ metric, value }) => [metric['lease'], value[1]])).toEqual([['released', '2']])
    const all = await fetch(`http://127.0.0.1:${prometheusPort}/api/v1/label/lease/values`)
    expect(((await all.json()) as { data: string[] }).data).toEqual(['blocked', 'dead', 'flapping', 'healthy', 'late', 'left-behind', 'released', 'scaled-to-zero'])
  })

  it.each(dashboardQueries())('has data for the panel "%s" of the dashboard', async (_, query) => {
    const response = await fetch(`http://127.0.0.1:${prometheusPort}/api/v1/query?query=${encodeURIComponent(query)}`)
    const { status, data } = (await response.json()) as { status: string; data: { result: readonly unknown[] } }
    expect(status).toBe('success')
    expect(data.result).not.toEqual([])
  })

  it('is told by the exporter that it is blind, when the API server stops, and that it sees again', { timeout: 300_000 }, async () => {
    cluster.pause('kube-apiserver')
    await everFiredUntil((some) => some.has('LeaderExporterBlind'))
    cluster.resume('kube-apiserver')
    const untilMs = Date.now() + 120_000
    while ((await firing()).includes('LeaderExporterBlind')) {
      expect(Date.now()).toBeLessThan(untilMs)
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  })
})
