import { Candidate, firstAtMs, pause, quantile, type CandidateProgram } from './election-candidate.ts'
import type { Row } from './table.ts'

/** A standby is left alone for so long before the leader goes: it has read, and its watch is open. */
const SETTLE_MS = 500

interface Programs {
  readonly ours: CandidateProgram
  readonly theirs: CandidateProgram
  readonly kubeconfig: string
}

/** From the signal that tells the leader to stop, to the start of the standby's work; 15/10/2 s, both kinds releasing. */
export async function benchHandover(programs: Programs, rounds: { ours: number; theirs: number }): Promise<Row[]> {
  const ours = await transitions(programs.ours, programs.kubeconfig, 'hand-over-ours', rounds.ours)
  const theirs = await transitions(programs.theirs, programs.kubeconfig, 'hand-over-theirs', rounds.theirs)
  const row = (name: string, share: number): Row => ({
    name: `leader stopped (SIGTERM), next one starts after, ${name} (n=${rounds.ours}, ${rounds.theirs})`,
    unit: 'ms',
    ours: quantile(ours, share),
    theirs: quantile(theirs, share),
    peer: 'client-go',
  })
  return [row('median', 0.5), row('p99', 0.99)]
}

async function transitions(program: CandidateProgram, kubeconfig: string, name: string, rounds: number): Promise<number[]> {
  const start = (round: number): Candidate =>
    new Candidate(program, [`--kubeconfig=${kubeconfig}`, `--name=${name}`, `--id=candidate-${round}`, '--release-on-cancel'])
  const figures: number[] = []
  let leader = start(0)
  await leader.told('started-leading')
  // One leads, one stands, and one more starts meanwhile, so that a round does not wait for a process to start.
  let standby = start(1)
  for (let round = 0; round < rounds; round++) {
    const next = start(round + 2)
    await Promise.all([standby.told('new-leader'), next.told('new-leader')])
    await pause(SETTLE_MS)
    const toldAtMs = leader.signal('SIGTERM')
    while (standby.count('started-leading') + next.count('started-leading') === 0) await pause(2)
    const newLeader = standby.count('started-leading') > 0 ? standby : next
    figures.push(firstAtMs(newLeader.facts, 'started-leading') - toldAtMs)
    await leader[Symbol.asyncDispose]()
    standby = newLeader === standby ? next : standby
    leader = newLeader
  }
  await leader[Symbol.asyncDispose]()
  await standby[Symbol.asyncDispose]()
  return figures
}
