import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { buildOurCandidate } from '../bench/election-candidate.ts'
import { connectTo } from '../bench/leases.ts'
import type { CandidateKind } from '../failover/candidate-pod.ts'
import { PodElection, type CandidatePrograms, type Timings } from '../failover/pod-election.ts'
import { overlapsOf, type Acting } from '../interop/leadership.ts'
import { JoinScene, type Joined } from '../support/join-scene.ts'
import { clientGoCandidate, startRealCluster, type RealCluster } from '../support/real-cluster.ts'

/**
 * `join --take` as it ships, on a real kube-apiserver, in elections whose candidates are started again as soon as they
 * end: it leads every time, never beside another one by the candidates' own reports, and then another one leads again.
 */
const SHORT: Timings = { leaseDuration: 6, renewDeadline: 4, retryPeriod: 1 }
const USUAL: Timings = { leaseDuration: 15, renewDeadline: 10, retryPeriod: 2 }
const CASES: readonly (readonly [string, readonly CandidateKind[], Timings, number])[] = [
  ["client-go's", ['client-go', 'client-go', 'client-go'], SHORT, 3],
  ["client-go's, with its default timings", ['client-go', 'client-go'], USUAL, 1],
  ['ours', ['ours', 'ours'], SHORT, 3],
  ['of both kinds', ['ours', 'client-go', 'client-go'], SHORT, 3],
]

let cluster: RealCluster
let client: ApiClient
let ours: Awaited<ReturnType<typeof buildOurCandidate>>
let programs: CandidatePrograms
let scene: JoinScene
let names = 0

beforeAll(async () => {
  cluster = await startRealCluster()
  client = await connectTo(cluster.kubeconfig)
  ours = await buildOurCandidate()
  programs = { ours, theirs: { file: clientGoCandidate()!, args: [] }, kubeconfig: cluster.kubeconfig }
})

afterAll(async () => {
  client.close()
  ours[Symbol.dispose]()
  await cluster.close()
})

beforeEach(async () => {
  scene = await JoinScene.open()
})

afterEach(() => scene[Symbol.asyncDispose]())

function take(election: PodElection, ...args: readonly string[]): Joined {
  return scene.start([election.name, '-o', 'json', '--take', '--yes', ...args], { KUBECONFIG: cluster.kubeconfig })
}

/** As it reports them. */
function termsOf(joined: Joined): Acting[] {
  const terms: Acting[] = []
  for (const { type, time, identity } of joined.lines) {
    if (type === 'started-leading') terms.push({ by: String(identity), fromMs: Date.parse(time), untilMs: Infinity })
    if (type === 'stopped-leading') terms.push({ ...terms.pop()!, untilMs: Date.parse(time) })
  }
  return terms
}

describe.each(CASES)('from candidates %s', (_name, kinds, timings, times) => {
  it(
    'leadership is taken every time, for as long as --max-hold, and goes back to one of them',
    async () => {
      await using election = await PodElection.create(client, programs, { name: `take-${++names}`, kinds, timings, rejoins: true })
      const taken: Acting[] = []
      for (let round = 1; round <= times; round++) {
        const oldLeader = await election.settle()
        const before = oldLeader.identity
        const joined = take(election, '--max-hold', '2s', '--once')
        expect(await joined.finished, joined.stderr).toBe(0)
        expect(await joined.told('result')).toMatchObject({ outcome: 'moved', from: before })
        const { proof } = await joined.told('leader-stopped')
        expect(proof).toBe(oldLeader.kind === 'ours' ? 'acknowledged' : 'waited')
        const [term] = termsOf(joined)
        expect(await joined.told('stopped-leading')).toMatchObject({ reason: 'max-hold' })
        taken.push(term!)
        await election.until('another one leads', () => election.terms.some(({ fromMs }) => fromMs >= term!.untilMs))
      }
      await election.settle()
      expect(taken).toHaveLength(times)
      expect(overlapsOf([...election.terms, ...taken], []), election.toString()).toEqual([])
    },
    600_000,
  )
})

describe('a command that takes leadership', () => {
  it('runs beside no other leader, and when it has ended another one leads', async () => {
    const kinds = ['client-go', 'client-go'] as const
    await using election = await PodElection.create(client, programs, { name: `take-${++names}`, kinds, timings: SHORT })
    const joined = take(election, '--', ...scene.family('work', { ignores: true }))
    await scene.familyRuns('work')
    joined.kill('SIGINT')
    await joined.finished
    const work: Acting = { by: 'work', fromMs: scene.firstSeenMs('work'), untilMs: scene.lastSeenMs('work')! }
    await election.until('another one leads', () => election.terms.some(({ fromMs }) => fromMs >= work.untilMs))
    expect(overlapsOf([...election.terms, work], []), election.toString()).toEqual([])
  }, 300_000)
})

describe('that is interrupted', () => {
  it('at once, the old leader leads on', async () => {
    // Five seconds to undo it in, on however slow a machine.
    const timings = { leaseDuration: 20, renewDeadline: 12, retryPeriod: 5 }
    await using election = await PodElection.create(client, programs, { name: `take-${++names}`, kinds: ['client-go', 'client-go'], timings })
    const before = (await election.settle()).identity
    const joined = take(election)
    await joined.told('blocked')
    joined.kill('SIGINT')
    expect(await joined.finished).toBe(130)
    expect(await joined.told('result')).toMatchObject({ outcome: 'aborted', abortion: { cause: 'interrupted', left: 'restored' } })
    expect(termsOf(joined)).toEqual([])
    expect(await cluster.kubectl(['get', 'lease', election.name, '-o', 'jsonpath={.spec.holderIdentity}'])).toBe(before)
    expect(election.terms).toHaveLength(1)
  }, 300_000)

  it('and killed in the middle, the election goes on without it', async () => {
    await using election = await PodElection.create(client, programs, { name: `take-${++names}`, kinds: ['client-go', 'client-go'], timings: SHORT })
    const joined = take(election)
    await joined.told('blocked')
    joined.kill('SIGKILL')
    const killedAtMs = Date.now()
    await election.until('another one leads', () => election.terms.some(({ fromMs }) => fromMs > killedAtMs))
    expect(termsOf(joined)).toEqual([])
    expect(election.overlaps).toEqual([])
  }, 300_000)
})
