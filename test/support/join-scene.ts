import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BUILT_CLI, EMPTY_HOME } from './built-cli.ts'

/** One line of `join -o json`. */
export interface JoinLine {
  readonly time: string
  readonly type: string
  readonly [field: string]: unknown
}

/** Polls for a fact, for a minute at most. */
export async function eventually<T>(what: string, fact: () => T | undefined | false | null): Promise<T> {
  const giveUpAtMs = Date.now() + 60_000
  for (;;) {
    const value = fact()
    if (value !== undefined && value !== false && value !== null) return value
    if (Date.now() > giveUpAtMs) throw new Error(`It never came to: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** A `join` of the built program, with its events as they come. */
export class Joined {
  readonly child: ChildProcess
  readonly pid: number
  readonly finished: Promise<number | NodeJS.Signals>
  stdout = ''
  stderr = ''

  constructor(args: readonly string[], env: NodeJS.ProcessEnv) {
    const stdio = ['pipe', 'pipe', 'pipe'] as const
    this.child = spawn(process.execPath, [BUILT_CLI, 'join', ...args], {
      stdio: [...stdio],
      env: { PATH: process.env['PATH'], HOME: EMPTY_HOME, ...env },
    })
    this.pid = this.child.pid!
    this.child.stdout!.setEncoding('utf8').on('data', (chunk: string) => (this.stdout += chunk))
    this.child.stderr!.setEncoding('utf8').on('data', (chunk: string) => (this.stderr += chunk))
    this.finished = new Promise((resolve) => {
      this.child.on('close', (code, signal) => resolve(code ?? signal!))
    })
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }

  get lines(): readonly JoinLine[] {
    const text = this.stdout.slice(0, this.stdout.lastIndexOf('\n') + 1)
    return text.split('\n').filter(Boolean).map((line) => JSON.parse(line) as JoinLine)
  }

  /** Without requests that took too long, which a busy machine can make of any: they are tried again. */
  types(): readonly string[] {
    return this.lines.filter((line) => line.type !== 'error' || !/ did not answer a request /.test(String(line['reason']))).map(({ type }) => type)
  }

  /** Resolves to the event of this type, the `nth` of them. */
  async told(type: string, nth = 1): Promise<JoinLine> {
    return eventually(`${type} told by join\n${this.stdout}\n${this.stderr}`, () => this.lines.filter((line) => line.type === type)[nth - 1])
  }

  /** The processes that it has started itself: its watchdog. */
  watchdogPid(): number {
    const children = readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8').trim().split(' ')
    return Number(children[0])
  }
}

/** A place for files, and commands that leave traces there of when they ran. */
export class JoinScene implements AsyncDisposable {
  readonly folder: string
  readonly #joined: Joined[] = []

  private constructor(folder: string) {
    this.folder = folder
  }

  static async open(): Promise<JoinScene> {
    return new JoinScene(await mkdtemp(join(tmpdir(), 'kubectl-leader-join-')))
  }

  start(args: readonly string[], env: NodeJS.ProcessEnv): Joined {
    const joined = new Joined(args, env)
    this.#joined.push(joined)
    return joined
  }

  file(name: string): string {
    return join(this.folder, name)
  }

  /**
   * A command that runs, with a child and a grandchild, until it is ended. Each writes its time over and over. With
   * `ignores`, none of them minds SIGTERM.
   */
  family(trace: string, options: { readonly ignores?: boolean } = {}): readonly string[] {
    const trap = options.ignores ? `trap '' TERM;` : ''
    const beat = (who: string): string => `${trap} while :; do date +%s%3N >> ${this.file(`${trace}.${who}`)}; sleep 0.02; done`
    return ['sh', '-c', `${trap} (${beat('grandchild')}) & (${beat('child')}) & ${beat('self')}`]
  }

  /** When the last of a family ran; wall-clock milliseconds. Null before all of them did. */
  lastSeenMs(trace: string): number | null {
    const times = ['self', 'child', 'grandchild'].map((who) => {
      const file = this.file(`${trace}.${who}`)
      return existsSync(file) ? Number(readFileSync(file, 'utf8').trim().split('\n').at(-1)) : 0
    })
    return times.includes(0) ? null : Math.max(...times)
  }

  /** When the first of a family ran; wall-clock milliseconds. */
  firstSeenMs(trace: string): number {
    const first = readFileSync(this.file(`${trace}.self`), 'utf8').split('\n')[0]
    return Number(first)
  }

  async familyRuns(trace: string): Promise<void> {
    await eventually(`the family ${trace} runs`, () => this.lastSeenMs(trace))
  }

  /** Polls until no process of the group is left; resolves to when the last of the family ran. */
  async familyGone(trace: string, group: number): Promise<number> {
    await eventually(`the family ${trace} is gone`, () => !isGroupAlive(group))
    return this.lastSeenMs(trace)!
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const joined of this.#joined) {
      joined.kill('SIGKILL')
    }
    await Promise.all(this.#joined.map(({ finished }) => finished))
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10 })
  }
}

/** Whether any process of a group runs; one that has ended, and waits for somebody to ask how, does not. */
export function isGroupAlive(group: number): boolean {
  const rows = execFileSync('ps', ['-eo', 'pgid=,stat='], { encoding: 'utf8' }).trim().split('\n')
  return rows.some((row) => {
    const [pgid, state] = row.trim().split(/\s+/)
    return Number(pgid) === group && !state!.startsWith('Z')
  })
}
