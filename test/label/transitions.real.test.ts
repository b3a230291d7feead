import { afterAll, beforeAll, expect, it } from 'vitest'
import { connect } from '../../shared/cluster/connection/connection.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { startRealCluster, type RealCluster } from '../support/real-cluster.ts'
import { ForeignElection } from './elections.ts'
import { LabelJudge } from './label-judge.ts'
import { createPod, noFigures, TransitionRun } from './transitions.ts'
import { isPodWrite, Writer } from './writer.ts'

/**
 * The built program labels Pods on a real kube-apiserver, while its processes are killed, stopped and cut off, and their writes
 * delayed. `LABEL_TRANSITIONS=1000` runs that many, in four elections at a time.
 */
const TRANSITIONS = Number(process.env['LABEL_TRANSITIONS'] ?? 50)
const ELECTIONS = process.env['LABEL_TRANSITIONS'] === undefined ? 2 : 4

let cluster: RealCluster
let client: ApiClient

beforeAll(async () => {
  cluster = await startRealCluster()
  client = await connect({ kubeconfig: cluster.kubeconfig }, { env: {}, clock: systemClock, version: 'test' })
})

afterAll(async () => {
  client.close()
  await cluster.close()
})

it('at no revision do two Pods bear the label, and it follows the leader', { timeout: 3_600_000 }, async () => {
  const label = 'example.com/leader'
  const judge = new LabelJudge(client, label)
  await judge.start()
  const figures = noFigures()
  const runs = Array.from({ length: ELECTIONS }, (_, index) => {
    const kind = index % 2 === 0 ? 'foreign' : 'own'
    return new TransitionRun({ cluster, client, judge, label, figures }, `${kind}-${index}`, kind)
  })
  try {
    await Promise.all(runs.map((run) => run.run(TRANSITIONS / ELECTIONS)))
  } finally {
    for (const run of runs) await run[Symbol.asyncDispose]()
    await judge.end()
    const { lagsMs, ...counts } = figures
    process.stdout.write(`${JSON.stringify({ ...counts, events: judge.events, violations: judge.violations.length })}\n`)
    for (const [kind, lags] of Object.entries(lagsMs)) process.stdout.write(`${kind}: ${quantiles(lags)}\n`)
  }
  expect(judge.violations).toEqual([])
  expect(figures.transitions).toBe(TRANSITIONS)
  expect(figures.stopped).toBe(figures.faults['writer stopped between read and PATCH'])
  // Each delayed write came too late, and was refused.
  expect(figures.delayed.length).toBeGreaterThan(0)
  expect(new Set(figures.delayed)).toEqual(new Set([409]))
})

/** Of transitions without a fault. */
function quantiles(lagsMs: readonly number[]): string {
  const sorted = lagsMs.toSorted((one, other) => one - other).map(Math.round)
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN
  const late = sorted.filter((lag) => lag > 1_000).length
  return `${sorted.length} transitions without a fault: label after ${at(0.5)} ms (median), ${at(0.99)} ms (99%), ${at(1)} ms (most); ${late} after a second`
}

it.each([
  ['without a mistake, a delayed write of an earlier writer makes no second label', undefined],
  [
    'a planted mistake is caught: unlabeled Pods are not fenced',
    ['!entry.isFenced && entry.refusal === null', '!entry.isFenced && entry.pod.isLabeled && entry.refusal === null'] as const,
  ],
])('%s', async (_, planted) => {
  const namespace = planted ? 'planted' : 'sound'
  const label = `example.com/${namespace}`
  await client.request({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: namespace } }, subject: { verb: 'create' } })
  for (const name of ['web-0', 'web-1', 'web-2']) await createPod(client, namespace, name)
  const judge = new LabelJudge(client, label)
  await judge.start()
  const election = new ForeignElection(client, namespace, 'web')
  const options = { namespace, election: 'web', label, ...(planted && { planted }) }
  await using first = await Writer.start(cluster, { ...options, id: 'first' })
  await election.lead('web-0')
  await judge.until('the first label', namespace, ['web-0'])

  const held = Promise.withResolvers<undefined>()
  const goesOn = Promise.withResolvers<undefined>()
  const answered = Promise.withResolvers<undefined>()
  first.hooks.before.add(async (request) => {
    if (!isPodWrite(request, label, true)) return undefined
    held.resolve(undefined)
    await goesOn.promise
    first.hooks.after.add(() => answered.resolve(undefined))
    return undefined
  })
  await election.lead('web-1')
  await held.promise
  first.kill('SIGKILL')
  await election.lead('web-2')
  await using second = await Writer.start(cluster, { ...options, id: 'second' })
  await judge.until('the next label', namespace, ['web-2'])
  goesOn.resolve(undefined)
  await answered.promise
  // The watch sees this Pod after everything that was written before it.
  const seen = judge.events
  await createPod(client, namespace, 'web-9')
  await expect.poll(() => judge.events, { timeout: 60_000 }).toBeGreaterThan(seen)
  second.kill('SIGKILL')
  await election.end()
  await judge.end()
  if (!planted) expect(judge.violations).toEqual([])
  else expect(judge.violations[0]).toMatch(/^planted: web-2 and web-1 at revision \d+$/)
})
