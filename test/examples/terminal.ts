import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { EMPTY_HOME } from '../support/built-cli.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PATIENCE_MS = 60_000

/** The commands in the `sh` blocks of an example's README, in order, without comments. */
export function readmeCommands(example: string): string[] {
  const readme = readFileSync(`${ROOT}/examples/${example}/README.md`, 'utf8')
  const blocks = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block!)
  return blocks.flatMap((block) => block.replaceAll('\\\n', '').split('\n')).filter((line) => line !== '' && !line.startsWith('#'))
}

/** The only command of a README that contains all of these words. */
export function readmeCommand(example: string, ...words: readonly string[]): string {
  const found = readmeCommands(example).filter((command) => words.every((word) => command.includes(word)))
  if (found.length !== 1) throw new Error(`README of ${example}: ${found.length} commands with ${words.join(' and ')}.`)
  return found[0]!
}

/** A shell that runs one command of a README, in the folder where a reader runs it. */
export class Terminal implements AsyncDisposable {
  readonly #process: ChildProcess
  readonly #ended: Promise<number | null>
  #output = ''
  #isEnded = false

  constructor(command: string, env: NodeJS.ProcessEnv) {
    this.#process = spawn('bash', ['-c', command], {
      cwd: ROOT,
      // A process group of its own, like a job of an interactive shell.
      detached: true,
      env: { PATH: process.env['PATH'], HOME: EMPTY_HOME, npm_config_cache: process.env['npm_config_cache'], npm_config_update_notifier: 'false', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.#process.stdout!, this.#process.stderr!]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => (this.#output += chunk))
    }
    this.#ended = new Promise((resolve, reject) => {
      this.#process.on('error', reject)
      this.#process.on('close', (code) => {
        this.#isEnded = true
        resolve(code)
      })
    })
  }

  /** The output so far, from stdout and stderr. */
  get output(): string {
    return this.#output
  }

  /** Polls until the output contains the text. */
  async printed(text: string | RegExp): Promise<void> {
    const isThere = (): boolean => (typeof text === 'string' ? this.#output.includes(text) : text.test(this.#output))
    const giveUpAtMs = performance.now() + PATIENCE_MS
    while (!isThere()) {
      if (this.#isEnded || performance.now() > giveUpAtMs) throw new Error(`${String(text)} was not printed, but:\n${this.#output}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** Ctrl-C. Resolves when all processes have ended: to the exit code, or to null if the signal ended the command. */
  interrupt(): Promise<number | null> {
    return this.#end('SIGINT')
  }

  /** Sends SIGKILL to the whole process group. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Resolves to the exit code when the command has ended on its own. */
  get ended(): Promise<number | null> {
    return this.#ended
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }

  #end(signal: NodeJS.Signals): Promise<number | null> {
    try {
      process.kill(-this.#process.pid!, signal)
    } catch {
      // The process has ended already.
    }
    return this.#ended
  }
}

/** Runs one command. Resolves to its output; rejects if the exit code is not 0. */
export async function runCommand(command: string, env: NodeJS.ProcessEnv): Promise<string> {
  await using terminal = new Terminal(command, env)
  const code = await terminal.ended
  if (code !== 0) throw new Error(`${command} ended with ${code}:\n${terminal.output}`)
  return terminal.output
}
