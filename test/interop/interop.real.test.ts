import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect } from '../../shared/cluster/connection/connection.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { Random } from '../simulation/random.ts'
import { startRealCluster, type RealCluster } from '../support/real-cluster.ts'
import { FAULTS, MixedElection } from './mixed-election.ts'

/**
 * Our candidates and client-go's in one election on a real kube-apiserver, while everything is done to them that
 * happens to leaders. Several elections at once: each has its own candidates, and its own order of faults.
 *
 * INTEROP_SEED=1 replays the order of another run; INTEROP_ROUNDS does it all more often.
 */
const ELECTIONS = 2
const ROUNDS = Number(process.env['INTEROP_ROUNDS'] ?? 2)
const SEED = Number(process.env['INTEROP_SEED'] ?? Date.now() % 1_000_000)
const MINUTES_MS = 60_000
/** The work acts when its timer is due: the one that was due all the while, and at most one that it set just then. */
const ACTS_IN_A_TURN = 2

const KINDS = ['ours', 'client-go'] as const
const ROUND = KINDS.flatMap((kind) => FAULTS.map((fault) => ({ kind, fault })))

let cluster: RealCluster
let client: ApiClient
let elections: MixedElection[] = []

beforeAll(async () => {
  const random = new Random(SEED)
  cluster = await startRealCluster()
  client = await connect({ kubeconfig: cluster.kubeconfig }, { env: {}, clock: systemClock, version: 'test' })
  const create = (_: unknown, index: number): Promise<MixedElection> =>
    MixedElection.create(cluster, client, `mixed-${index}`, random.fork())
  elections = await Promise.all(Array.from({ length: ELECTIONS }, create))
})

afterAll(async () => {
  await Promise.all(elections.map((election) => election[Symbol.asyncDispose]()))
  client.close()
  await cluster.close()
})

describe(`ours and client-go's candidates in one election (seed ${SEED})`, () => {
  it('lead one after the other, whatever is done to whoever leads', { timeout: ROUNDS * 4 * MINUTES_MS }, async () => {
    const random = new Random(SEED + 1)
    const endure = async (election: MixedElection, own: Random): Promise<void> => {
      for (let round = 0; round < ROUNDS; round++) {
        for (const { kind, fault } of own.shuffle(ROUND)) {
          await election.lead(kind)
          await election.suffer(fault)
        }
      }
    }
    await Promise.all(elections.map((election) => endure(election, random.fork())))
    for (const { takeovers, terms } of report()) {
      expect(takeovers).toBe(ROUNDS * ROUND.length)
      for (const kind of KINDS) expect(terms(kind)).toBeGreaterThanOrEqual(ROUNDS * FAULTS.length)
    }
  })

  it.each(['ours', 'client-go'] as const)('go on when the API server has come back, %s leading', { timeout: 3 * MINUTES_MS }, async (kind) => {
    await Promise.all(elections.map((election) => election.lead(kind)))
    for (const election of elections) election.apiServerEnds()
    await cluster.kill('kube-apiserver')
    await cluster.restart('kube-apiserver')
    const readyAtMs = Date.now()
    await Promise.all(elections.map((election) => election.renewedSince(readyAtMs)))
  })

  it('never lead at once but where S1 says so, for no longer than that accounts for', () => {
    const overlaps = elections.flatMap((election) => election.overlaps)
    for (const { first, second, lengthMs, owedTo } of overlaps) {
      console.log(`${first} and ${second} at once for ${lengthMs} ms: ${owedTo ?? 'NOT EXCLUDED'}`)
    }
    expect(overlaps.filter(({ owedTo }) => owedTo === null)).toEqual([])
  })

  it('and one of ours that was stopped acts for one turn of its event loop at most, and to no effect', () => {
    const resumed = elections.flatMap((election) => election.resumed)
    console.log(`after SIGCONT: ${resumed.map(({ actedForMs, refused }) => `${actedForMs} ms, ${refused} refused`).join('; ')}`)
    expect(resumed).toHaveLength(ELECTIONS * ROUNDS)
    for (const { accepted, refused } of resumed) {
      expect(accepted).toBe(0)
      expect(refused).toBeLessThanOrEqual(ACTS_IN_A_TURN)
    }
    // The work had something left to do: it is the fencing token that kept it out.
    expect(resumed.some(({ refused }) => refused > 0)).toBe(true)
  })
})

function report(): { takeovers: number; terms: (kind: (typeof KINDS)[number]) => number }[] {
  return elections.map((election) => {
    for (const { fault, from, to, afterMs } of election.takeovers) console.log(`${fault} of ${from}: ${to} after ${afterMs} ms`)
    return { takeovers: election.takeovers.length, terms: (kind) => election.terms(kind) }
  })
}
