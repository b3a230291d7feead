import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The program as it ships; `npm run build` makes it. */
export const BUILT_CLI = fileURLToPath(new URL('../../dist/kubectl-leader.cjs', import.meta.url))

export interface Finished {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  /** What it has printed so far. */
  readonly stdout: () => string
  readonly stderr: () => string
  readonly pid: number
  kill(signal: NodeJS.Signals): void
  /** Polls until stdout has the text. Rejects where the program ends first, or a minute has passed. */
  printed(text: string | RegExp): Promise<void>
  readonly finished: Promise<Finished>
}

/** An empty home, so that no kubeconfig leaks in; it keeps what the program caches between its runs. */
export const EMPTY_HOME = mkdtempSync(join(tmpdir(), 'kubectl-leader-home-'))
process.once('exit', () => rmSync(EMPTY_HOME, { recursive: true, force: true }))

/** Starts the built program, at home in an empty place unless `env` says otherwise. */
export function startBuilt(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  if (!existsSync(BUILT_CLI)) throw new Error('There is no build to test. Run "npm run build" first.')
  const child = spawn(process.execPath, [BUILT_CLI, ...args], {
    env: { PATH: process.env['PATH'], HOME: EMPTY_HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
  let ended = false
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      ended = true
      resolve({ code, signal, stdout, stderr })
    })
  })
  return {
    stdout: () => stdout,
    stderr: () => stderr,
    pid: child.pid!,
    kill: (signal) => void child.kill(signal),
    finished,
    async printed(text) {
      const isThere = (): boolean => (typeof text === 'string' ? stdout.includes(text) : text.test(stdout))
      const giveUpAtMs = Date.now() + 60_000
      while (!isThere()) {
        if (ended || Date.now() > giveUpAtMs) throw new Error(`${String(text)} was not printed. stdout: ${stdout}\nstderr: ${stderr}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
  }
}

/** Runs the built program to its end. */
export function runBuilt(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
  return startBuilt(args, env).finished
}
