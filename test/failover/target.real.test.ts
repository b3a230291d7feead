import { describe, expect, it } from 'vitest'
import { pause } from '../bench/election-candidate.ts'
import { runBuilt } from '../support/built-cli.ts'
import type { NodeCluster, PodPlan } from './node-cluster.ts'
import { useNodeServer } from './node-server.ts'

/** Leadership is handed over to Pods by name, as far as their identities are known. */
const TIMINGS = { leaseDuration: 5, renewDeadline: 3, retryPeriod: 0.5 }
const NODES = { 'node-a': 'zone-1', 'node-b': 'zone-1', 'node-c': 'zone-2' }

const real = useNodeServer(TIMINGS)

function cluster(...plans: readonly PodPlan[]): Promise<NodeCluster> {
  return real.cluster(NODES, plans)
}

const podsOf = (name: string, kind: NonNullable<PodPlan['kind']>, count = 3): readonly PodPlan[] =>
  ['a', 'b', 'c', 'd', 'e'].slice(0, count).map((letter, index) => ({ name: `${name}-${letter}`, node: Object.keys(NODES)[index % 3]!, elections: [name], kind }))

interface Candidates {
  readonly items: readonly { readonly identity: string | null; readonly source: string | null; readonly unknown: string | null; readonly isLeader: boolean; readonly pod: { readonly name: string } | null; readonly zone: string | null }[]
}

const run = (...args: readonly string[]) => runBuilt(args, { KUBECONFIG: real.server.kubeconfig })
const candidatesOf = async (election: string): Promise<Candidates['items']> => (JSON.parse((await run('candidates', election, '-o', 'json')).stdout) as Candidates).items

/** Polls until the identity of a Pod is known. */
async function untilKnown(election: string, pod: string): Promise<Candidates['items'][number]> {
  for (let tries = 0; tries < 60; tries++) {
    const found = (await candidatesOf(election)).find((each) => each.pod?.name === pod && each.identity !== null)
    if (found) return found
    await pause(500)
  }
  throw new Error(`The identity of ${pod} is not known.`)
}

describe('failover --to pod/NAME', () => {
  it('of kubectl-leader candidates moves to each Pod, because they have announced themselves', async () => {
    await using world = await cluster(...podsOf('ours', 'ours'))
    for (let round = 0; round < 6; round++) {
      const leader = world.leaderOf('ours')!
      const target = world.pods[(world.pods.indexOf(leader) + 1) % 3]!
      const { source } = await untilKnown('ours', target.plan.name)
      expect(source).toMatch(/announcement|leadership/)
      const { code, stderr } = await run('failover', 'ours', '--to', round % 2 === 0 ? `pod/${target.plan.name}` : target.plan.name, '--yes')
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      await world.until('its journal says so', () => world.leaderOf('ours') === target)
    }
    expect(world.overlaps).toEqual({})
  })

  it('of client-go candidates moves only to a process that has led since it was started', async () => {
    await using world = await cluster(...podsOf('theirs', 'client-go'))
    const leader = world.leaderOf('theirs')!
    const [b, c] = world.pods.filter((pod) => pod !== leader)
    const before = await real.server.kubectl(['get', 'lease', 'theirs', '-o', 'jsonpath={.spec.holderIdentity} {.spec.leaseTransitions}'])
    const unknown = await run('failover', 'theirs', '--to', `pod/${b!.plan.name}`, '--yes')
    expect(unknown).toMatchObject({ code: 2, stdout: '' })
    expect(unknown.stderr).toMatch(/is not known, and a lease can only be handed over to an identity\. No Event contains it.*--tries=3\. No changes were made\.\n$/s)
    expect(await real.server.kubectl(['get', 'lease', 'theirs', '-o', 'jsonpath={.spec.holderIdentity} {.spec.leaseTransitions}'])).toBe(before)

    // The first leader is restarted when it loses: the identity in its Event is gone. It may be the first to come back.
    do {
      await leader.kill()
      await world.settle()
    } while (world.leaderOf('theirs') === leader)
    const second = world.leaderOf('theirs')!
    const restarted = await run('failover', 'theirs', '--to', leader.plan.name, '--yes')
    expect(restarted).toMatchObject({ code: 2, stdout: '' })
    expect(restarted.stderr).toMatch(/has started or stopped since the Event/)
    expect(await candidatesOf('theirs')).toContainEqual(expect.objectContaining({ identity: null, unknown: 'restarted', pod: expect.objectContaining({ name: leader.plan.name }) as object }))

    // A draw: each verdict is what the journals say.
    const wanted = [b!, c!].find((pod) => pod !== second)!
    const draw = await run('failover', 'theirs', '--to', `pod/${wanted.plan.name}`, '--tries', '3', '--yes', '-o', 'json')
    await world.settle()
    const lines = draw.stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line) as { type: string; number?: number; draw?: { tries: number }; result?: { to: string }; to?: string; outcome?: string })
    expect(lines[0]).toMatchObject({ type: 'plan', draw: { tries: 3, among: 2, accepted: [wanted.plan.name] } })
    const drawn = [...lines.filter(({ type }) => type === 'draw').map(({ result }) => result!.to), lines.at(-1)!.to!]
    const led = world.termsOf('theirs').slice(-drawn.length).map(({ by }) => by)
    expect(drawn).toEqual(led)
    expect(draw.code).toBe(world.leaderOf('theirs') === wanted ? 0 : 1)
    expect(world.overlaps).toEqual({})
  })

  it('stays off a Node and out of a zone', async () => {
    await using world = await cluster(...podsOf('placed', 'ours'))
    await world.leadFrom('placed', 'placed-a')
    await untilKnown('placed', 'placed-c')
    const moved = await run('failover', 'placed', '--not-in', 'zone/zone-1', '--yes')
    expect(moved).toMatchObject({ code: 0, stderr: '' })
    expect(world.leaderOf('placed')?.plan.name).toBe('placed-c')
    const stuck = await run('failover', 'placed', '--not-in', 'zone-1', '--not-on', 'node/node-c', '--yes')
    expect(stuck).toMatchObject({ code: 2 })
    expect(stuck.stderr).toMatch(/No other candidate .* is known to run outside of node node-c, zone zone-1/)
    expect(world.overlaps).toEqual({})
  })

  it('refuses several tries among more than four candidates', async () => {
    await using world = await cluster(...podsOf('many', 'client-go', 5))
    const standby = world.pods.find((pod) => pod !== world.leaderOf('many'))!
    const { code, stderr } = await run('failover', 'many', '--to', standby.plan.name, '--tries', '2', '--yes')
    expect(code).toBe(2)
    expect(stderr).toMatch(/There are 5 candidates/)
    expect(world.termsOf('many')).toHaveLength(1)
  })
})
