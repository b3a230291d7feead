import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { pause } from '../bench/election-candidate.ts'
import { runBuilt } from '../support/built-cli.ts'
import type { Term } from './candidate-pod.ts'
import type { PodElection } from './pod-election.ts'

const run = promisify(execFile)

export const WAYS = ['failover', 'failover --to', 'kubectl patch', 'kubectl delete'] as const
export type Way = (typeof WAYS)[number]

/** What came of moving a leader, as its candidates report it. */
export interface Moved {
  readonly way: Way
  /** `stayed`: the leader's own term went on, or its Pod came back. */
  readonly truth: 'moved' | 'stayed'
  /** For how long two led at once; ms. */
  readonly overlapMs: number
  /** From the end of the old leader's term to the start of the next; 0 where that had begun already. */
  readonly leaderlessMs: number
  /** Null for kubectl, which says nothing. */
  readonly verdict: Verdict | null
}

/** What `failover` says itself. */
export interface Verdict {
  readonly exitCode: number | null
  readonly outcome: 'moved' | 'returned' | 'free' | 'aborted' | 'refused'
  readonly to: string
  readonly proof: string | null
  readonly tookMs: number
  /** Whether outcome and successor are what the candidates report. */
  readonly isTrue: boolean
  /** By how much the true leaderless time lies outside of what is said of it; 0 where it lies within. */
  readonly offByMs: number
  readonly stderr: string
}

interface Line {
  readonly type: string
  readonly outcome?: Verdict['outcome']
  readonly to?: string
  readonly proof?: string
  readonly tookMs?: number
  readonly leaderlessMs?: number | null
  readonly leaderlessAtLeastMs?: number | null
}

/** Moves it with the built program. @param to the candidate that is to lead */
export async function failOver(election: PodElection, kubeconfig: string, to: string | null): Promise<Moved> {
  const before = (await election.settle()).terms.at(-1)!
  const atMs = Date.now()
  // A candidate that has not led yet is known to nobody: the rest of its identity is made anew by each process.
  const flags = to === null ? [] : ['--to', to, '--force']
  const { code, stdout, stderr } = await runBuilt(['failover', election.name, '--yes', '-o', 'json', ...flags], { KUBECONFIG: kubeconfig })
  await election.settle()
  const lines = stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line) as Line)
  const result = lines.find(({ type }) => type === 'result')
  const { oldLeader, newLeader } = succession(election.terms, before)
  const truth = newLeader && newLeader.pod !== oldLeader.pod ? 'moved' : 'stayed'
  const leaderlessMs = newLeader ? newLeader.fromMs - oldLeader.untilMs : 0
  const outcome = result?.outcome ?? 'refused'
  const isSuccession = outcome === 'moved' || outcome === 'returned'
  return {
    way: to === null ? 'failover' : 'failover --to',
    truth,
    overlapMs: overlapMs(election, atMs),
    leaderlessMs: Math.max(leaderlessMs, 0),
    verdict: {
      exitCode: code,
      outcome,
      to: result?.to ?? '',
      proof: lines.find(({ type }) => type === 'leader-stopped')?.proof ?? null,
      tookMs: result?.tookMs ?? 0,
      isTrue: isSuccession ? (outcome === 'moved') === (truth === 'moved') && result?.to === newLeader?.by : truth === 'stayed',
      offByMs: isSuccession
        ? Math.max(result!.leaderlessAtLeastMs! - leaderlessMs, leaderlessMs - result!.leaderlessMs!, 0)
        : 0,
      stderr,
    },
  }
}

/** Moves it as people do today, and waits for as long as the old leader may still act. */
export async function moveByHand(
  election: PodElection,
  way: 'kubectl patch' | 'kubectl delete',
  cluster: { readonly kubectl: string; readonly kubeconfig: string },
): Promise<Moved> {
  const before = (await election.settle()).terms.at(-1)!
  const atMs = Date.now()
  const patch = JSON.stringify({ spec: { holderIdentity: '' } })
  const args = way === 'kubectl patch' ? ['patch', 'lease', election.name, '--type=merge', '-p', patch] : ['delete', 'lease', election.name]
  await run(cluster.kubectl, ['--kubeconfig', cluster.kubeconfig, ...args])
  const { renewDeadline, retryPeriod } = election.timings
  await pause((renewDeadline + 3.2 * retryPeriod + 1) * 1000)
  await election.settle()
  const { oldLeader, newLeader } = succession(election.terms, before)
  return {
    way,
    truth: newLeader && newLeader.pod !== oldLeader.pod ? 'moved' : 'stayed',
    overlapMs: overlapMs(election, atMs),
    leaderlessMs: newLeader ? Math.max(newLeader.fromMs - oldLeader.untilMs, 0) : 0,
    verdict: null,
  }
}

/** That term as it has ended, and the first after it. */
function succession(terms: readonly Term[], { by, fromMs }: Term): { readonly oldLeader: Term; readonly newLeader: Term | null } {
  const index = terms.findIndex((term) => term.by === by && term.fromMs === fromMs)
  return { oldLeader: terms[index]!, newLeader: terms[index + 1] ?? null }
}

function overlapMs(election: PodElection, sinceMs: number): number {
  return Math.max(0, ...election.overlaps.filter(({ fromMs }) => fromMs >= sinceMs).map(({ lengthMs }) => lengthMs))
}
