import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { buildOurCandidate } from '../bench/election-candidate.ts'
import { connectTo } from '../bench/leases.ts'
import { clientGoCandidate, startRealCluster, type RealCluster } from '../support/real-cluster.ts'
import { failOver, type Moved } from './moving.ts'
import { PodElection, type CandidatePrograms, type PodElectionOptions, type Timings } from './pod-election.ts'

/**
 * The built program moves leaders on a real kube-apiserver; candidates that lose and end are started again at once.
 * How long it takes is what `npm run bench -- --only failover` measures.
 */
const SHORT: Timings = { leaseDuration: 6, renewDeadline: 4, retryPeriod: 1 }
const USUAL: Timings = { leaseDuration: 15, renewDeadline: 10, retryPeriod: 2 }

let cluster: RealCluster
let client: ApiClient
let ours: Awaited<ReturnType<typeof buildOurCandidate>>

beforeAll(async () => {
  cluster = await startRealCluster({ users: ['writer'] })
  client = await connectTo(cluster.kubeconfig)
  ours = await buildOurCandidate()
  await cluster.kubectl(['create', 'role', 'writer', '--verb=get,update', '--resource=leases.coordination.k8s.io'])
  await cluster.kubectl(['create', 'rolebinding', 'writer', '--role=writer', '--user=writer'])
}, 600_000)

afterAll(async () => {
  ours[Symbol.dispose]()
  client.close()
  await cluster.close()
})

function run(options: PodElectionOptions): Promise<PodElection> {
  const programs: CandidatePrograms = { ours, theirs: { file: clientGoCandidate()!, args: [] }, kubeconfig: cluster.kubeconfig }
  return PodElection.create(client, programs, options)
}

/** Moves it so often, each time to one that stands. */
async function moveTo(election: PodElection, times: number, kubeconfig = cluster.kubeconfig): Promise<Moved[]> {
  const moves: Moved[] = []
  for (let round = 0; round < times; round++) {
    const leader = await election.settle()
    const others = election.members.filter((member) => member !== leader)
    moves.push(await failOver(election, kubeconfig, others[round % others.length]!.identity))
  }
  return moves
}

const MOVED = { truth: 'moved', overlapMs: 0, verdict: { exitCode: 0, outcome: 'moved', isTrue: true } }

describe('among our own candidates', () => {
  it('the old leader confirms that it has stopped, and nobody waits for its lease to expire', async () => {
    await using election = await run({ name: 'ours', kinds: ['ours', 'ours', 'ours'], timings: USUAL, rejoins: true })
    for (const to of [null, 'b', null, 'c']) {
      const leader = await election.settle()
      const target = election.members.find((member) => member !== leader && (to === null || member.name !== `ours-${to}`))!
      const move = await failOver(election, cluster.kubeconfig, to === null ? null : target.identity)
      expect(move, election.toString()).toMatchObject({ ...MOVED, verdict: { ...MOVED.verdict, proof: 'acknowledged' } })
    }
  })

  it('also works among candidates that exit when they lose, and are restarted', async () => {
    await using election = await run({ name: 'restarted', kinds: ['ours', 'ours'], timings: USUAL })
    for (const move of await moveTo(election, 3)) {
      expect(move, election.toString()).toMatchObject({ ...MOVED, verdict: { ...MOVED.verdict, proof: 'acknowledged' } })
    }
  })
})

describe.concurrent("where client-go's candidates stand", () => {
  it.each([
    ['alone', ['client-go', 'client-go', 'client-go']],
    ['beside ours', ['client-go', 'ours']],
  ] as const)('it moves to whom it is told, with no two leaders (%s)', async (_what, kinds) => {
    await using election = await run({ name: `kinds-${kinds.length}`, kinds, timings: SHORT })
    for (const move of await moveTo(election, 3)) expect(move, election.toString()).toMatchObject(MOVED)
  })

  it('with no successor named it moves, or says that it did not, and never makes two leaders', async () => {
    await using election = await run({ name: 'unnamed', kinds: ['client-go', 'client-go'], timings: SHORT })
    for (let round = 0; round < 2; round++) {
      const move = await failOver(election, cluster.kubeconfig, null)
      expect(move, election.toString()).toMatchObject({ overlapMs: 0, verdict: { isTrue: true, outcome: expect.stringMatching(/moved|returned/) } })
    }
  })

  it('it works for a user who may only get and update leases', async () => {
    await using election = await run({ name: 'unwatched', kinds: ['client-go', 'client-go'], timings: SHORT })
    const [move] = await moveTo(election, 1, cluster.kubeconfigFor('writer'))
    expect(move, election.toString()).toMatchObject(MOVED)
  })
})
