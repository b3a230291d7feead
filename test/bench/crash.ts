import { Candidate, pause, quantile, type CandidateProgram, type Fact } from './election-candidate.ts'
import type { Row } from './table.ts'

const LEASE_DURATION_MS = 15_000

interface Programs {
  readonly ours: CandidateProgram
  readonly theirs: CandidateProgram
  readonly kubeconfig: string
}

/**
 * kill -9 of a process that leads some elections, with one standby in all of them, 15/10/2 s: the time without a leader,
 * and, for kubectl-leader, the time from expiry (one lease duration after the last observed renewal) to the next start.
 */
export async function benchCrash(programs: Programs, elections: number, rounds: number): Promise<Row[]> {
  const leaderless = { ours: [] as number[], theirs: [] as number[] }
  const sinceExpiry: number[] = []
  for (let round = 0; round < rounds; round++) {
    for (const kind of ['ours', 'theirs'] as const) {
      const name = `crash-${kind}-${round}`
      const crashed = await crash(programs[kind], programs.kubeconfig, name, elections, kind === 'ours' ? ['--tell-news'] : [])
      leaderless[kind].push(...crashed.leaderlessMs)
      if (kind === 'ours') sinceExpiry.push(...crashed.sinceSeenMs.map((ms) => ms - LEASE_DURATION_MS))
    }
  }
  const n = elections * rounds
  const killed = (name: string, share: number): Row => ({
    name: `leader killed (SIGKILL), next one starts after, ${name} (n=${n})`,
    unit: 'ms',
    ours: quantile(leaderless.ours, share),
    theirs: quantile(leaderless.theirs, share),
    peer: 'client-go',
  })
  return [
    killed('median', 0.5),
    killed('longest', 1),
    { name: `leader killed (SIGKILL), next one starts after the expiry by, earliest (n=${n})`, unit: 'ms', ours: Math.min(...sinceExpiry) },
    { name: `leader killed (SIGKILL), next one starts after the expiry by, median (n=${n})`, unit: 'ms', ours: quantile(sinceExpiry, 0.5) },
    { name: `leader killed (SIGKILL), next one starts after the expiry by, latest (n=${n})`, unit: 'ms', ours: Math.max(...sinceExpiry) },
  ]
}

async function crash(
  program: CandidateProgram,
  kubeconfig: string,
  name: string,
  elections: number,
  news: readonly string[],
): Promise<{ leaderlessMs: number[]; sinceSeenMs: number[] }> {
  const flags = [`--kubeconfig=${kubeconfig}`, `--name=${name}`, `--count=${elections}`]
  await using leader = new Candidate(program, [...flags, '--id=leader'])
  await leader.told('started-leading', elections)
  await using standby = new Candidate(program, [...flags, '--id=standby', ...news])
  await standby.told('new-leader', elections)
  await pause(5_000)
  const killedAtMs = leader.signal('SIGKILL')
  await standby.told('started-leading', elections)
  const started = standby.facts.filter(({ type }) => type === 'started-leading')
  const lastSeenMs = ({ election, time }: Fact): number => {
    const seen = standby.facts.filter((fact) => fact.type === 'seen' && fact.election === election && fact.time <= time)
    return Date.parse(seen.at(-1)?.time ?? time)
  }
  return {
    leaderlessMs: started.map(({ time }) => Date.parse(time) - killedAtMs),
    sinceSeenMs: started.map((fact) => Date.parse(fact.time) - lastSeenMs(fact)),
  }
}
