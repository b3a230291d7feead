import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { alertRules } from '../../kubectl-plugin/generate/monitoring/alerts.ts'
import type { ElectionPods } from '../../kubectl-plugin/export/pod-book.ts'
import { PLACEHOLDER_PREFIX } from '../../shared/lease/placeholder.ts'
import type { Election } from '../../shared/lease/election.ts'
import { StoreScene } from '../support/store-scene.ts'
import { dashboardQueries } from './dashboard-queries.ts'
import { Scraped } from './scraped.ts'

/** The rules in Prometheus' own `promtool`, on what the exporter exports of half an hour of virtual time. */
const folder = mkdtempSync(join(tmpdir(), 'kubectl-leader-promtool-'))
const rulesFile = join(folder, 'rules.yaml')
writeFileSync(rulesFile, dump(alertRules('docs/runbooks.md')))
afterAll(() => rmSync(folder, { recursive: true }))

const MINUTE_MS = 60_000
const SCRAPE_MS = 30_000
const STEP_MS = 1_000

/** The life of an election: called each second, with the time since the start. */
type Life = (election: Living, seconds: number) => void

class Living {
  readonly #scene: StoreScene
  readonly #name: string
  #spec: Record<string, unknown>

  constructor(scene: StoreScene, name: string, spec: object = {}) {
    this.#scene = scene
    this.#name = name
    this.#spec = { holderIdentity: 'pod-a', leaseDurationSeconds: 15, leaseTransitions: 1, ...spec }
  }

  get election(): Election {
    return this.#scene.election('shop', this.#name, { spec: this.#spec })
  }

  write(spec: object = {}): void {
    this.#spec = { ...this.#spec, ...spec, renewTime: new Date(this.#scene.clock.wallMs()).toISOString() }
    this.#scene.apply(this.election)
  }

  acquire(holderIdentity: string): void {
    this.write({ holderIdentity, leaseDurationSeconds: 15, leaseTransitions: (this.#spec['leaseTransitions'] as number) + 1 })
  }
}

const renewing: Life = (election, seconds) => {
  if (seconds % 2 === 0) election.write()
}
const until = (end: number, life: Life): Life => (election, seconds) => {
  if (seconds <= end) life(election, seconds)
}
const releasedAt = (end: number): Life => (election, seconds) => {
  if (seconds < end) renewing(election, seconds)
  else if (seconds === end) election.write({ holderIdentity: '', leaseDurationSeconds: 1 })
}
const changingEvery = (interval: number, start: number, times: number): Life => (election, seconds) => {
  const since = seconds - start
  if (since > 0 && since % interval === 0 && since / interval <= times) election.acquire(`pod-${since / interval}`)
  else renewing(election, seconds)
}
const lateTimes = (times: number): Life => (election, seconds) => {
  const isSlow = seconds >= 300 && seconds < 300 + times * 12
  if (isSlow ? (seconds - 300) % 12 === 0 : seconds % 2 === 0) election.write()
}
const blockedFor = (start: number, end: number): Life => (election, seconds) => {
  if (seconds === start) election.write({ holderIdentity: `${PLACEHOLDER_PREFIX}nonce`, leaseDurationSeconds: 19 })
  else if (seconds === end) election.acquire('pod-b')
  else renewing(election, seconds)
}

const LONG_AGO = '2020-01-01T00:00:00Z'
const nothing: Life = () => undefined
const ELECTIONS: Readonly<Record<string, { readonly life: Life; readonly spec?: object; readonly candidates?: number; readonly readyFrom?: number }>> = {
  healthy: { life: renewing, candidates: 2 },
  'long-lease': { life: (election, seconds) => seconds % 10 === 0 && election.write(), spec: { leaseDurationSeconds: 60 } },
  // The leader dies, and no candidate takes over.
  dead: { life: until(300, renewing), candidates: 2 },
  'dead-long-lease': { life: until(300, (election, seconds) => seconds % 10 === 0 && election.write()), spec: { leaseDurationSeconds: 60 } },
  // It dies, and a standby takes over at the expiry.
  'taken-over': { life: (election, seconds) => (seconds === 315 ? election.acquire('pod-b') : seconds <= 300 || seconds > 315 ? renewing(election, seconds) : undefined), candidates: 2 },
  // Scaled to zero: no candidate is Ready.
  released: { life: releasedAt(300) },
  'released-with-candidates': { life: releasedAt(300), candidates: 2, readyFrom: 300 },
  // A candidate becomes Ready, and acquires the lease within minutes.
  'released-then-acquired': { life: (election, seconds) => (seconds === 560 ? election.acquire('pod-b') : seconds < 560 ? releasedAt(300)(election, seconds) : renewing(election, seconds)), candidates: 2, readyFrom: 300 },
  // The program runs as a single replica now, without an election: its lease was left behind, and is never renewed.
  'left-behind': { life: nothing, spec: { renewTime: LONG_AGO } },
  'left-behind-released': { life: nothing, spec: { holderIdentity: '', leaseDurationSeconds: 1, renewTime: LONG_AGO } },
  // The heartbeat of a cluster that was removed.
  'managed-cluster-lease': { life: until(300, renewing), spec: { holderIdentity: 'managed-cluster-lease' } },
  flapping: { life: changingEvery(60, 300, 15), candidates: 2 },
  'flapping-unknown-pods': { life: changingEvery(60, 300, 6) },
  // A rollout of five replicas moves leadership up to five times; twice as often is still no flapping.
  rollout: { life: changingEvery(30, 300, 10), candidates: 5 },
  late: { life: lateTimes(5), candidates: 2 },
  'late-thrice': { life: lateTimes(3), candidates: 2 },
  'failed-over': { life: blockedFor(300, 317), candidates: 2 },
  blocked: { life: blockedFor(300, 100_000), candidates: 2 },
}
const BLIND_FROM_MS = 24 * MINUTE_MS
const END_MS = 30 * MINUTE_MS

let inputSeries: ReturnType<Scraped['inputSeries']>

beforeAll(async () => {
  const scene = new StoreScene()
  const startMs = scene.clock.monotonicMs()
  const lives = Object.entries(ELECTIONS).map(([name, { life, spec }]) => ({ living: new Living(scene, name, spec), life }))
  const podsOf = (key: string): ElectionPods => {
    const { candidates = null, readyFrom } = ELECTIONS[key.replace('lease/shop/', '')]!
    const readyForMs = readyFrom === undefined ? null : scene.clock.monotonicMs() - startMs - readyFrom * 1_000
    const isLeaderless = scene.store.statusOf(scene.store.get(key)!).state === 'released'
    return { holderPod: '', holderNode: '', candidates, readyForMs: isLeaderless ? readyForMs : null }
  }
  const scraped = new Scraped(scene, SCRAPE_MS, podsOf)
  scene.start(lives.map(({ living }) => living.election))
  for (let atMs = 0; atMs <= END_MS; atMs += STEP_MS) {
    if (atMs === BLIND_FROM_MS) scene.disconnect('cut')
    if (atMs < BLIND_FROM_MS) for (const { living, life } of lives) life(living, atMs / 1_000)
    if (atMs % SCRAPE_MS === 0) await scraped.scrape()
    await scene.clock.advance(STEP_MS)
  }
  inputSeries = scraped.inputSeries()
})

/** Has promtool compare the alerts that fire at a time, as `alert lease`. */
function promtool(input: readonly object[], atMinutes: number, firing: readonly string[]): void {
  const exp_samples = firing.map((text) => {
    const [alertname, lease] = text.split(' ')
    const severity = alertname === 'LeaderElectionNoLeader' ? 'critical' : 'warning'
    const where = lease === undefined ? (input.length > 0 ? ',job="leader-exporter"' : '') : `,lease="${lease}",namespace="shop"`
    return { labels: `ALERTS{alertname="${alertname!}",alertstate="firing"${where},severity="${severity}"}`, value: 1 }
  })
  const file = join(folder, 'test.yaml')
  const promql_expr_test = [{ expr: 'ALERTS{alertstate="firing"}', eval_time: `${atMinutes * 60}s`, exp_samples }]
  const tests = [{ interval: `${SCRAPE_MS / 1_000}s`, input_series: input, promql_expr_test }]
  writeFileSync(file, dump({ rule_files: [rulesFile], evaluation_interval: '30s', tests }))
  try {
    execFileSync('promtool', ['test', 'rules', file], { stdio: 'pipe' })
  } catch (error) {
    throw new Error(`at ${atMinutes} minutes: ${String((error as { stdout: Buffer }).stdout)}${String((error as { stderr: Buffer }).stderr)}`, { cause: error })
  }
}

it('promtool accepts the rules', () => {
  expect(execFileSync('promtool', ['check', 'rules', rulesFile], { encoding: 'utf8' })).toContain('SUCCESS: 5 rules found')
})

it('promtool accepts the queries of the dashboard', () => {
  const rules = dashboardQueries().map(([title, expr]) => ({ record: `panel_${title.toLowerCase().replaceAll(' ', '_')}`, expr }))
  expect(rules).toHaveLength(12)
  const file = join(folder, 'dashboard.yaml')
  writeFileSync(file, dump({ groups: [{ name: 'dashboard', rules }] }))
  expect(execFileSync('promtool', ['check', 'rules', file], { encoding: 'utf8' })).toContain(`SUCCESS: ${rules.length} rules found`)
})

describe('the alerts that fire', () => {
  const LATER = [
    'LeaderElectionNoLeader dead',
    'LeaderElectionNoLeader dead-long-lease',
    'LeaderElectionNoLeader released-with-candidates',
    'LeaderElectionFlapping flapping',
    'LeaderElectionFlapping flapping-unknown-pods',
    'LeaderElectionBlocked blocked',
  ]

  it.each([
    [5, 'none while all is well', []],
    [6.5, 'none within a lease duration and a minute', ['LeaderElectionLateRenewals late']],
    [8, 'no leader, 3 minutes after the last renewal of a leader with a lease duration of 15s', ['LeaderElectionLateRenewals late', 'LeaderElectionNoLeader dead']],
    [9.5, 'not yet for a longer lease, and not yet flapping', ['LeaderElectionLateRenewals late', 'LeaderElectionNoLeader dead']],
    [11.5, 'then for the longer lease, a release with Ready candidates and flapping', ['LeaderElectionLateRenewals late', ...LATER.slice(0, 3), 'LeaderElectionFlapping flapping-unknown-pods', 'LeaderElectionFlapping flapping']],
    [17, 'then a placeholder; the late renewals are over', LATER],
    [26, 'of a blind exporter, only what has happened within the window of its rule', ['LeaderElectionFlapping flapping']],
    [28, 'then also that it is blind', ['LeaderElectionFlapping flapping', 'LeaderExporterBlind']],
  ])('at %s minutes: %s', (minutes, _, firing) => {
    promtool(inputSeries, minutes, firing)
  })

  it('are that of blind exporters, if none is scraped', () => {
    promtool([], 1.5, [])
    promtool([], 3, ['LeaderExporterBlind'])
  })
})
