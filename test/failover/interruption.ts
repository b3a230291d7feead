import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pause } from '../bench/election-candidate.ts'
import { startBuilt, type Finished, type Running } from '../support/built-cli.ts'
import type { RealCluster } from '../support/real-cluster.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import type { Term } from './candidate-pod.ts'
import type { PodElection } from './pod-election.ts'

export const INTERRUPTIONS = ['SIGINT', 'SIGTERM', 'SIGKILL', 'cut'] as const
/** How a failover is interrupted: by a signal, or by a network that takes all and brings nothing until all is over. */
export type Interruption = (typeof INTERRUPTIONS)[number]

/**
 * What a failover had just printed when it was interrupted; `waiting`: the lease is in the name of somebody who does not
 * stand, and the first renewal is waited for.
 */
export const STEPS = ['plan', 'blocked', 'still-blocked', 'leader-stopped', 'released', 'waiting'] as const
export type Step = (typeof STEPS)[number]

/** What an interrupted failover left behind. */
export interface Aftermath extends Finished {
  /** The lines that it printed. */
  readonly events: readonly { readonly type: string; readonly [key: string]: unknown }[]
  /** Whether the term of whoever led before it has never ended. */
  readonly isUndisturbed: boolean
  /** From the interruption until one of the candidates led; 0 where one did all along. */
  readonly ledAfterMs: number
  /** Two that led at once, at any time. */
  readonly overlaps: readonly object[]
}

/** A placeholder is renewed before this, and the old leader must not be put back any more. */
const PAST_UNDOING_MS = 2_500
const WITHIN_WAITING_MS = 500
/** What is held back by a cut network arrives after it is healed; then nothing may come of it. */
const AFTERWARDS_MS = 1_500

/** Runs a failover of this election, interrupts it at the step, and waits until the election goes on. */
export async function interrupt(cluster: RealCluster, election: PodElection, step: Step, how: Interruption): Promise<Aftermath> {
  const port = new URL(cluster.url).port
  await using proxy = await TcpProxy.open(Number(port))
  const kubeconfig = join(cluster.directory, `${election.name}.kubeconfig`)
  writeFileSync(kubeconfig, readFileSync(cluster.kubeconfig, 'utf8').replaceAll(`127.0.0.1:${port}`, `127.0.0.1:${proxy.port}`))
  const to = step === 'waiting' ? ['--to=nobody', '--force'] : []
  const args = ['failover', election.name, '--yes', '-o', 'json', '--timeout=10s', ...to]
  const { failover, oldLeader } = await begin(election, args, kubeconfig)
  const told = (type: string): Promise<void> => failover.printed(`"type":"${type}"`)
  if (step === 'still-blocked') {
    await told('blocked')
    await pause(PAST_UNDOING_MS)
    failover.kill('SIGINT')
  }
  await told(step === 'waiting' ? 'released' : step)
  if (step === 'waiting') await pause(WITHIN_WAITING_MS)
  if (how === 'cut') proxy.cut()
  else failover.kill(how)
  const atMs = Date.now()

  const isOver = (): boolean => election.terms.some((term) => term.fromMs === oldLeader.fromMs && term.untilMs !== Infinity)
  const finished = await failover.finished
  // An undisturbed leader goes on past the deadline that it would have missed.
  const { renewDeadline, retryPeriod } = election.timings
  const deadlineMs = atMs + (renewDeadline + 2 * retryPeriod) * 1000
  await election.until('the leader has lost, or has not', () => isOver() || Date.now() > deadlineMs)
  await election.settle()
  proxy.heal()
  await pause(AFTERWARDS_MS)
  await election.settle()

  const { terms } = election
  const last = terms.find((term) => term.fromMs === oldLeader.fromMs)!
  const led = terms.find(({ fromMs, untilMs }) => fromMs > last.fromMs && untilMs > atMs)
  return {
    ...finished,
    events: finished.stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line) as Aftermath['events'][number]),
    isUndisturbed: last.untilMs === Infinity,
    ledAfterMs: last.untilMs === Infinity ? 0 : Math.max((led?.fromMs ?? Infinity) - Math.max(atMs, last.untilMs), 0),
    overlaps: election.overlaps,
  }
}

/** Starts it; resolves when it tells its plan. */
async function begin(election: PodElection, args: readonly string[], kubeconfig: string): Promise<{ failover: Running; oldLeader: Term }> {
  for (;;) {
    const oldLeader = (await election.settle()).terms.at(-1)!
    const failover = startBuilt(args, { KUBECONFIG: kubeconfig })
    try {
      await failover.printed('"type":"plan"')
      return { failover, oldLeader }
    } catch (error) {
      // On a busy machine a leader may lose while it is looked at; then there is nothing to interrupt.
      if (!(await failover.finished).stderr.includes('has just moved')) throw error
    }
  }
}
