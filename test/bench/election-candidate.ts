import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const SOURCE = fileURLToPath(new URL('../interop/our-candidate.ts', import.meta.url))

/** A line that a candidate prints. */
export interface Fact {
  readonly time: string
  readonly type: string
  readonly leader: string
  readonly election: string
}

/** How to run candidates of one kind; both kinds take the same flags. */
export interface CandidateProgram {
  readonly file: string
  readonly args: readonly string[]
}

/** Builds our candidate, as a program that uses the library would be built. */
export async function buildOurCandidate(): Promise<CandidateProgram & Disposable> {
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-leader-bench-'))
  const outfile = join(folder, 'our-candidate.mjs')
  const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)" }
  await build({ entryPoints: [SOURCE], outfile, bundle: true, platform: 'node', format: 'esm', target: 'node22', banner, logLevel: 'error' })
  return { file: process.execPath, args: [outfile], [Symbol.dispose]: () => rmSync(folder, { recursive: true }) }
}

/** A process that is a candidate in one or many elections. */
export class Candidate implements AsyncDisposable {
  readonly facts: Fact[] = []
  /** Whether it could not release the lease, as client-go 0.20 cannot if it is asked to end while it reads the lease. */
  failedToRelease = false
  readonly #process: ChildProcess
  readonly #exited: Promise<unknown>

  constructor(program: CandidateProgram, flags: readonly string[]) {
    // Authorities that a machine adds for every Node.js program, and for no other, are no part of what is measured.
    const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env
    this.#process = spawn(program.file, [...program.args, ...flags], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#exited = once(this.#process, 'close')
    createInterface(this.#process.stdout!).on('line', (line) => this.facts.push(JSON.parse(line) as Fact))
    createInterface(this.#process.stderr!).on('line', (line) => (this.failedToRelease ||= line.includes('Failed to release lock')))
  }

  get pid(): number {
    return this.#process.pid!
  }

  /** Resolves when it is gone and has told all. */
  get exited(): Promise<unknown> {
    return this.#exited
  }

  count(type: string): number {
    return this.facts.filter((fact) => fact.type === type).length
  }

  /** Resolves when it has told this so many times. */
  async told(type: string, times = 1): Promise<void> {
    const untilMs = Date.now() + 120_000
    while (this.count(type) < times) {
      if (Date.now() > untilMs) throw new Error(`${this.count(type)} × ${type} instead of ${times}`)
      await pause(5)
    }
  }

  /** Sends the signal; returns when, on the wall clock, and does not wait. */
  signal(signal: 'SIGTERM' | 'SIGKILL'): number {
    const atMs = Date.now()
    this.#process.kill(signal)
    return atMs
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#exited
  }
}

/** When the first fact of this type was told; wall-clock milliseconds. */
export function firstAtMs(facts: readonly Fact[], type: string): number {
  return Date.parse(facts.find((fact) => fact.type === type)!.time)
}

/** The figure below which this share of all lies: the nearest rank. */
export function quantile(figures: readonly number[], share: number): number {
  const sorted = [...figures].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
