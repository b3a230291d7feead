import { failOver, moveByHand, WAYS, type Moved, type Way } from '../failover/moving.ts'
import type { CandidateKind } from '../failover/candidate-pod.ts'
import { PodElection, type Timings } from '../failover/pod-election.ts'
import type { RealCluster } from '../support/real-cluster.ts'
import { buildOurCandidate, pause, quantile } from './election-candidate.ts'
import { connectTo } from './leases.ts'
import { markdownTable } from './table.ts'

interface Group {
  readonly name: string
  readonly timings: Timings
  readonly kinds: readonly CandidateKind[]
  readonly rejoins?: boolean
  /** The number of elections of this kind, all at once, each with this number of failovers, one after the other. */
  readonly elections: number
  readonly failovers: number
  /** How often kubectl patch and kubectl delete are each tried in each of them. */
  readonly byHand: number
}

const LONG: Timings = { leaseDuration: 60, renewDeadline: 15, retryPeriod: 5 }
const USUAL: Timings = { leaseDuration: 15, renewDeadline: 10, retryPeriod: 2 }
const SHORT: Timings = { leaseDuration: 6, renewDeadline: 4, retryPeriod: 1 }
const CLIENT_GO = ['client-go', 'client-go', 'client-go'] as const
const MIXED = ['client-go', 'ours', 'client-go'] as const
const OURS = ['ours', 'ours', 'ours'] as const

/** 50 failovers; some six minutes. */
const GROUPS: readonly Group[] = [
  { name: 'client-go 15s/10s/2s', timings: USUAL, kinds: CLIENT_GO, elections: 3, failovers: 4, byHand: 3 },
  { name: 'client-go 60s/15s/5s', timings: LONG, kinds: CLIENT_GO, elections: 4, failovers: 2, byHand: 1 },
  { name: 'client-go 6s/4s/1s', timings: SHORT, kinds: CLIENT_GO, elections: 2, failovers: 4, byHand: 4 },
  { name: 'mixed 15s/10s/2s', timings: USUAL, kinds: MIXED, elections: 2, failovers: 4, byHand: 2, rejoins: true },
  { name: 'mixed 60s/15s/5s', timings: LONG, kinds: MIXED, elections: 1, failovers: 2, byHand: 1 },
  { name: 'mixed 6s/4s/1s', timings: SHORT, kinds: MIXED, elections: 1, failovers: 6, byHand: 3 },
  { name: 'kubectl-leader 15s/10s/2s', timings: USUAL, kinds: OURS, elections: 1, failovers: 6, byHand: 2, rejoins: true },
]

/** 14 failovers; some three minutes. */
const QUICK_GROUPS: readonly Group[] = [
  { name: 'client-go 15s/10s/2s', timings: USUAL, kinds: CLIENT_GO, elections: 1, failovers: 2, byHand: 1 },
  { name: 'client-go 60s/15s/5s', timings: LONG, kinds: CLIENT_GO, elections: 1, failovers: 1, byHand: 0 },
  { name: 'client-go 6s/4s/1s', timings: SHORT, kinds: CLIENT_GO, elections: 1, failovers: 4, byHand: 2 },
  { name: 'mixed 6s/4s/1s', timings: SHORT, kinds: MIXED, elections: 1, failovers: 3, byHand: 1 },
  { name: 'kubectl-leader 15s/10s/2s', timings: USUAL, kinds: OURS, elections: 1, failovers: 4, byHand: 0, rejoins: true },
]

/** Retry periods without interference before a leader is moved. */
const SETTLE_PERIODS = 2

/** Maximum difference between the times of one event as candidates and the failover report it; ms. */
const NOTICE_MS = 250

/**
 * Moves leaders by `failover`, and then in the same elections by `kubectl patch` and `kubectl delete`, and prints one
 * table. A candidate that exits after it lost the lease is restarted immediately.
 *
 * @throws Error if a failover led to two leaders, did not reach the named candidate, or reported something that is not so
 */
export async function benchFailover(clientGoCandidate: string, cluster: RealCluster, kubectl: string, isQuick: boolean): Promise<void> {
  using ours = await buildOurCandidate()
  const client = await connectTo(cluster.kubeconfig)
  const programs = { ours, theirs: { file: clientGoCandidate, args: [] }, kubeconfig: cluster.kubeconfig }
  const work = (isQuick ? QUICK_GROUPS : GROUPS).flatMap((group, of) =>
    Array.from({ length: group.elections }, async (_, index) => {
      const { timings, kinds, rejoins = false } = group
      await using election = await PodElection.create(client, programs, { name: `failover-${of}-${index}`, timings, kinds, rejoins })
      return { group, moves: await moveAll(election, group, { kubectl, kubeconfig: cluster.kubeconfig }) }
    }),
  )
  const results = await Promise.all(work)
  client.close()
  const moves = results.flatMap(({ group, moves }) => moves.map((move) => ({ ...move, group: group.name })))
  console.log(`${tableOf(moves)}\n`)
  const faults = moves.flatMap((move) => faultsOf(move).map((fault) => `${move.group}, ${move.way}: ${fault}`))
  if (faults.length > 0) throw new Error(`failover broke its guarantees:\n${faults.join('\n')}`)
}

type GroupMove = Moved & { readonly group: string }

async function moveAll(election: PodElection, group: Group, cluster: { kubectl: string; kubeconfig: string }): Promise<Moved[]> {
  const moves: Moved[] = []
  const settled = async (): Promise<void> => {
    await pause(SETTLE_PERIODS * group.timings.retryPeriod * 1000)
    await election.settle()
  }
  for (let round = 0; round < group.failovers; round++) {
    await settled()
    const others = election.members.filter(({ isLeading }) => !isLeading)
    moves.push(await failOver(election, cluster.kubeconfig, round % 2 === 0 ? others[(round >> 1) % others.length]!.identity : null))
  }
  for (const way of ['kubectl patch', 'kubectl delete'] as const) {
    for (let round = 0; round < group.byHand; round++) {
      await settled()
      moves.push(await moveByHand(election, way, cluster))
    }
  }
  return moves
}

function faultsOf({ way, overlapMs, truth, verdict }: Moved): string[] {
  if (verdict === null) return []
  const { outcome, isTrue, offByMs, stderr } = verdict
  return [
    ...(overlapMs > 0 ? [`two leaders for ${overlapMs} ms`] : []),
    ...(way === 'failover --to' && truth !== 'moved' ? [`${outcome} ${stderr}`] : []),
    ...(isTrue ? [] : [`reported ${outcome} to "${verdict.to}", which is not so ${stderr}`]),
    ...(offByMs > NOTICE_MS ? [`the time without a leader is ${offByMs} ms outside the reported range`] : []),
  ]
}

const HEAD = ['election', 'moved by', 'n', 'moved', 'returned', 'neither', 'two leaders, longest', 'no leader, median', 'no leader, longest', 'off by, ms']

function tableOf(moves: readonly GroupMove[]): string {
  const groups = [...new Set(moves.map(({ group }) => group))]
  const row = (group: string | null, way: Way): string[][] => {
    const its = moves.filter((move) => move.way === way && (group === null || move.group === group))
    return its.length === 0 ? [] : [[group ?? 'all', way, ...figuresOf(its)]]
  }
  return markdownTable([HEAD, ...[...groups, null].flatMap((group) => WAYS.flatMap((way) => row(group, way)))])
}

function figuresOf(moves: readonly Moved[]): string[] {
  const share = (isSo: (move: Moved) => boolean): string => {
    const count = moves.filter(isSo).length
    return count === 0 ? '0' : `${count} (${Math.round((100 * count) / moves.length)} %)`
  }
  const isBack = ({ truth, verdict }: Moved): boolean => truth === 'stayed' && (verdict === null || verdict.outcome === 'returned')
  const leaderless = moves.map(({ leaderlessMs }) => leaderlessMs)
  const saidOff = moves.flatMap(({ verdict }) => (verdict ? [verdict.offByMs] : []))
  return [
    String(moves.length),
    share(({ truth }) => truth === 'moved'),
    share(isBack),
    share((move) => move.truth === 'stayed' && !isBack(move)),
    secondsText(Math.max(...moves.map(({ overlapMs }) => overlapMs))),
    secondsText(quantile(leaderless, 0.5)),
    secondsText(Math.max(...leaderless)),
    saidOff.length === 0 ? '' : Math.max(...saidOff).toFixed(0),
  ]
}

function secondsText(ms: number): string {
  return ms === 0 ? '0' : ms < 1000 ? `${ms.toFixed(0)}ms` : `${(ms / 1000).toFixed(1)}s`
}
