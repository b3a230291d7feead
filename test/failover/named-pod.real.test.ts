import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pause } from '../bench/election-candidate.ts'
import { runBuilt, type Finished } from '../support/built-cli.ts'
import type { NodeCluster, NodePod, PodPlan } from './node-cluster.ts'
import { useNodeServer } from './node-server.ts'

/**
 * Leadership is handed over to Pods by name, again and again: from each source that tells an identity, and by a draw if none
 * does. FAILOVER_ROUNDS=20 does more of it.
 */
const ROUNDS = Number(process.env['FAILOVER_ROUNDS'] ?? 3)
const TIMINGS = { leaseDuration: 6, renewDeadline: 4, retryPeriod: 1 }
const NODES = { 'node-a': 'zone-1', 'node-b': 'zone-1', 'node-c': 'zone-2' }
const PER_ROUND_MS = 90_000

const real = useNodeServer(TIMINGS)
let world: NodeCluster

const podsOf = (name: string, more: Partial<PodPlan>): readonly PodPlan[] =>
  ['a', 'b', 'c'].map((letter) => ({ name: `${name}-${letter}`, node: `node-${letter}`, elections: [name], ...more }))

beforeAll(async () => {
  world = await real.cluster(NODES, [
    ...podsOf('announced', { kind: 'ours' }),
    ...podsOf('has-led', { rejoins: true }),
    ...podsOf('named', { isNamedAsPod: true }),
    ...podsOf('drawn', {}),
  ])
}, 300_000)

afterAll(() => world[Symbol.asyncDispose]())

const run = (...args: readonly string[]): Promise<Finished> => runBuilt(args, { KUBECONFIG: real.server.kubeconfig })
const identityOf = async (pod: NodePod, election: string): Promise<{ readonly identity: string | null; readonly source: string | null } | undefined> => {
  const { items } = JSON.parse((await run('candidates', election, '-o', 'json')).stdout) as { readonly items: readonly { readonly identity: string | null; readonly source: string | null; readonly pod: { readonly name: string } | null }[] }
  return items.find((each) => each.pod?.name === pod.plan.name)
}

/** Polls until the identity of the process that runs in a Pod is known from this source. */
async function untilKnown(pod: NodePod, election: string, source: string): Promise<void> {
  for (let tries = 0; tries < 120; tries++) {
    const found = await identityOf(pod, election)
    if (found?.identity === pod.identity && found.source === source) return
    await pause(500)
  }
  throw new Error(`The identity of ${pod.plan.name} is not known from its ${source}.`)
}

/** The Pod after the leader's. */
function standby(election: string): NodePod {
  const pods = world.pods.filter(({ plan }) => plan.elections.includes(election))
  return pods[(pods.indexOf(world.leaderOf(election)!) + 1) % pods.length]!
}

/** A standby whose program is started anew: it announces itself, and has not led. */
async function startedAnew(election: string): Promise<NodePod> {
  const pod = standby(election)
  await pod.kill()
  return pod
}

/** A standby that has led, and went on after it lost the lease. Leadership is moved to any candidate until there is one. */
async function hasLed(election: string): Promise<NodePod> {
  for (;;) {
    const pod = standby(election)
    if ((await identityOf(pod, election))?.source === 'leadership') return pod
    await run('failover', election, '--yes')
    await world.settle([election])
  }
}

describe.concurrent('failover --to pod/NAME', { timeout: 60_000 + ROUNDS * PER_ROUND_MS }, () => {
  it.each([
    { source: 'announcement', election: 'announced', choose: startedAnew },
    { source: 'leadership', election: 'has-led', choose: hasLed },
    { source: 'format', election: 'named', choose: standby },
  ])('moves leadership there each time, if the identity is known from its $source', async ({ source, election, choose }) => {
    for (let round = 0; round < ROUNDS; round++) {
      const target = await choose(election)
      await world.settle([election])
      await untilKnown(target, election, source)
      const { code, stdout, stderr } = await run('failover', election, '--to', `pod/${target.plan.name}`, '--yes', '-o', 'json')
      expect({ round, code }, stderr).toEqual({ round, code: 0 })
      expect(stdout).toContain(`"outcome":"moved"`)
      await world.until('its journal says so', () => world.leaderOf(election) === target)
    }
    expect(world.overlaps[election]).toBeUndefined()
  })

  it('draws among three candidates, with a true verdict and count each time', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      await world.settle(['drawn'])
      const wanted = standby('drawn')
      expect(await identityOf(wanted, 'drawn')).toMatchObject({ identity: null })
      const { code, stdout } = await run('failover', 'drawn', '--to', `pod/${wanted.plan.name}`, '--tries', '3', '--yes', '-o', 'json')
      await world.settle(['drawn'])
      const lines = stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line) as { readonly type: string; readonly number?: number; readonly result?: { readonly to: string }; readonly to?: string })
      const draws = lines.filter(({ type }) => type === 'draw')
      const drawn = [...draws.map(({ result }) => result!.to), lines.at(-1)!.to!]
      expect(draws.map(({ number }) => number)).toEqual(draws.map((_, index) => index + 1))
      expect(drawn).toEqual(world.termsOf('drawn').slice(-drawn.length).map(({ by }) => by))
      const isDrawn = world.leaderOf('drawn') === wanted
      expect({ round, code, tries: isDrawn || drawn.length }).toEqual({ round, code: isDrawn ? 0 : 1, tries: isDrawn || 3 })
    }
    expect(world.overlaps['drawn']).toBeUndefined()
  })
})
