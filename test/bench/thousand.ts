import { watchObjects } from '../../shared/cluster/list-watch/object-watch.ts'
import { LEASES } from '../../shared/cluster/paths.ts'
import { Candidate, pause, type CandidateProgram } from './election-candidate.ts'
import { connectTo } from './leases.ts'
import { cpuMsOf, peakMbOf, residentMbOf } from './process.ts'
import type { Row } from './table.ts'

const RETRY_PERIOD_MS = 2_000
const SETTLE_MS = 15_000

interface Programs {
  readonly ours: CandidateProgram
  readonly theirs: CandidateProgram
  readonly kubeconfig: string
}

interface Load {
  readonly cpuPercent: number
  readonly residentMb: number
  readonly peakMb: number
  /** By how much the latest renewal was later than a retry period after the one before; milliseconds. */
  readonly latestByMs: number
}

/** One process that leads in so many elections, 15/10/2 s; each kind alone with the API server. */
export async function benchThousand(programs: Programs, elections: number, seconds: number): Promise<Row[]> {
  const ours = await measure(programs.ours, programs.kubeconfig, 'thousand-ours', elections, seconds)
  const theirs = await measure(programs.theirs, programs.kubeconfig, 'thousand-theirs', elections, seconds)
  const row = (unit: string, field: keyof Load, what = ''): Row => ({
    name: `${elections.toLocaleString('en')} elections in one process${what}`,
    unit,
    ours: ours[field],
    theirs: theirs[field],
    peer: 'client-go',
  })
  return [
    row('% of a core', 'cpuPercent'),
    row('MB', 'residentMb'),
    row('MB', 'peakMb', ', peak'),
    row('ms', 'latestByMs', ', latest renewal, after it was due'),
  ]
}

async function measure(program: CandidateProgram, kubeconfig: string, name: string, elections: number, seconds: number): Promise<Load> {
  await using candidate = new Candidate(program, [`--kubeconfig=${kubeconfig}`, `--name=${name}`, '--id=all', `--count=${elections}`])
  await candidate.told('started-leading', elections)
  await pause(SETTLE_MS)
  const renewals = new Renewals(name)
  const watching = new AbortController()
  const watched = renewals.watch(kubeconfig, watching.signal)
  const before = { cpuMs: cpuMsOf(candidate.pid), atMs: performance.now() }
  await pause(seconds * 1000)
  const cpuMs = cpuMsOf(candidate.pid) - before.cpuMs
  const cpuPercent = (cpuMs / (performance.now() - before.atMs)) * 100
  watching.abort()
  await watched
  if (candidate.count('stopped-leading') > 0) throw new Error(`${candidate.count('stopped-leading')} of ${elections} were lost`)
  return { cpuPercent, residentMb: residentMbOf(candidate.pid), peakMb: peakMbOf(candidate.pid)!, latestByMs: renewals.longestMs - RETRY_PERIOD_MS }
}

/** The time between two renewals of one election, by what the candidate itself wrote, on this machine's clock. */
class Renewals {
  longestMs = 0
  readonly #prefix: string
  readonly #lastMs = new Map<string, number>()

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  async watch(kubeconfig: string, signal: AbortSignal): Promise<void> {
    const client = await connectTo(kubeconfig)
    const onEvent = ({ name, object }: { readonly name: string; readonly object: unknown }): void => {
      if (name.startsWith(this.#prefix)) this.#renewed(name, (object as { spec: { renewTime: string } }).spec.renewTime)
    }
    await watchObjects(client, { resource: LEASES, namespace: 'default' }, { onEvent }, signal)
    client.close()
  }

  #renewed(name: string, renewTime: string): void {
    const atMs = Date.parse(renewTime)
    this.longestMs = Math.max(this.longestMs, atMs - (this.#lastMs.get(name) ?? atMs))
    this.#lastMs.set(name, atMs)
  }
}
