import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../../simulation/random.ts'
import { BUILT_CLI } from '../../support/built-cli.ts'
import { InterruptedElection } from './election.ts'
import { judge, pulseOf, type Ending, type Pulse } from './judge.ts'
import type { Kind } from './plan.ts'
import { processesWith } from './processes.ts'
import { Server } from './server.ts'

const ELECTIONS = ['one', 'two', 'three', 'four']
/** How long anything may take on a slow machine that must come about by itself. */
const PATIENCE_MS = 60_000

export interface Outcome {
  readonly violations: readonly string[]
  readonly kinds: ReadonlyMap<Kind, number>
  readonly endings: readonly Ending[]
  readonly pulses: readonly Pulse[]
  /** Terms that were led. */
  readonly terms: number
  readonly durationMs: number
  /** Where journals and logs are; null where they were removed, since nothing was wrong. */
  readonly folder: string | null
}

/** Interrupts candidates so often, in four elections at once, and judges what came of it. Linux only. */
export async function interrupt(rounds: number, seed: number, tell: (line: string) => void): Promise<Outcome> {
  if (!existsSync(BUILT_CLI)) throw new Error('There is no build to test. Run "npm run build" first.')
  const startedMs = performance.now()
  const random = new Random(seed)
  const marker = `INTERRUPTIONS_RUN=${randomUUID()}`
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-leader-interruptions-'))
  const journals = join(folder, 'journals')
  const logs = join(folder, 'logs')
  await Promise.all([mkdir(journals), mkdir(logs)])
  const server = await Server.start(folder)
  const tellWhen = (line: string): void => tell(`${((performance.now() - startedMs) / 1000).toFixed(3).padStart(8)} s  ${line}`)
  const elections = ELECTIONS.map(
    (name) => new InterruptedElection({ name, server, random: random.fork(), journals, logs, marker, tell: tellWhen }),
  )
  const kinds = new Map<Kind, number>()
  let isWorthKeeping = false
  const clear = (): void => {
    for (const { pid } of processesWith(marker)) process.kill(pid, 'SIGKILL')
    if (!isWorthKeeping) rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  }
  // Also where it is broken off: some of them are stopped, and would stay so.
  process.once('exit', clear)
  try {
    let left = rounds
    await Promise.all(
      elections.map(async (election) => {
        // The first candidates are there.
        await commandRuns(journals, election.name)
        while (left-- > 0) {
          const { kind } = await election.interruptOne()
          kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
        }
        await election.calm()
      }),
    )
    const leaderless: string[] = []
    for (const { name } of elections) if (!(await commandRuns(journals, name))) leaderless.push(name)
    await Promise.all(elections.map((election) => election.end()))
    const leftovers = await leftBehind(marker)
    const pulses = readPulses(journals)
    const endings = elections.flatMap((election) => election.endings)
    const violations = judge({ elections: ELECTIONS, pulses, endings, leftovers, leaderless })
    isWorthKeeping = violations.length > 0
    return {
      ...{ violations, kinds, endings, pulses, folder: isWorthKeeping ? folder : null },
      terms: elections.reduce((sum, { terms }) => sum + terms, 0),
      durationMs: performance.now() - startedMs,
    }
  } finally {
    clear()
    process.off('exit', clear)
    await server.close()
  }
}

/** Whether a command of the election comes to write in its journal. */
async function commandRuns(journals: string, election: string): Promise<boolean> {
  const fromMs = Date.now()
  const giveUpAtMs = fromMs + PATIENCE_MS
  while (Date.now() < giveUpAtMs) {
    await sleep(200)
    const files = readdirSync(journals).filter((name) => name.startsWith(`${election}-`))
    if (files.some((name) => statSync(join(journals, name)).mtimeMs > fromMs)) return true
  }
  return false
}

function readPulses(journals: string): Pulse[] {
  return readdirSync(journals).flatMap((name) => pulseOf(readFileSync(join(journals, name), 'utf8')) ?? [])
}

/** What is left of the run once a while has passed. The watchdog of a `join` that was killed ends by itself. */
async function leftBehind(marker: string): Promise<string[]> {
  const giveUpAtMs = performance.now() + PATIENCE_MS
  for (;;) {
    const left = processesWith(marker)
    if (left.length === 0 || performance.now() > giveUpAtMs) return left.map(({ pid, commandLine }) => `${pid} ${commandLine}`)
    await sleep(100)
  }
}
