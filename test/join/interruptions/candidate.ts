import { spawn, type ChildProcess } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { BUILT_CLI, EMPTY_HOME } from '../../support/built-cli.ts'
import type { Disturbance, Ending } from './judge.ts'
import { LEASE_MS, TIMINGS, type Kind } from './plan.ts'
import { isWatchdog, watchdogOf } from './processes.ts'

export interface CandidateOptions {
  readonly election: string
  readonly identity: string
  readonly kubeconfig: string
  readonly command: readonly string[]
  /** `NAME=VALUE`, in the environment of all its processes. */
  readonly marker: string
  /** The folder for what it tells and what is done to it. */
  readonly logs: string
  readonly onEvent: (type: string) => void
}

type Part = 'join' | 'watchdog'

/** One `join -- COMMAND` of the built program, from its start to its end, and what is done to it. */
export class InterruptedCandidate {
  readonly identity: string
  readonly ended: Promise<Ending>
  readonly disturbances: Disturbance[] = []
  isLeading = false
  hasEnded = false
  readonly #child: ChildProcess
  readonly #marker: string
  readonly #log: string
  #isToldToEnd = false
  /** Until when each part does not work, or may not have caught up; milliseconds of `performance.now()`. */
  readonly #impairedUntilMs: Record<Part, number> = { join: 0, watchdog: 0 }
  readonly #stopped = new Set<Part>()

  constructor({ election, identity, kubeconfig, command, marker, logs, onEvent }: CandidateOptions) {
    this.identity = identity
    this.#marker = marker
    this.#log = join(logs, identity)
    const [name, value] = marker.split('=') as [string, string]
    this.#child = spawn(process.execPath, [BUILT_CLI, 'join', election, '--id', identity, ...TIMINGS, '-o', 'json', '--', ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], HOME: EMPTY_HOME, KUBECONFIG: kubeconfig, [name]: value },
    })
    let stderr = ''
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    let hasBegun = false
    const reasons: string[] = []
    let rest = ''
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop()!
      for (const line of lines) {
        this.note(line)
        const { type, reason = '' } = JSON.parse(line) as { readonly type: string; readonly reason?: string }
        if (type === 'candidate') hasBegun = true
        if (type === 'started-leading') this.isLeading = true
        if (type === 'stopped-leading') {
          this.isLeading = false
          reasons.push(reason)
        }
        onEvent(type)
      }
    })
    // Not 'close': its watchdog and its command, which outlive one that is killed, have its stderr too.
    this.ended = new Promise((resolve) => {
      this.#child.on('exit', (code, signal) => {
        this.hasEnded = true
        this.note(`ended with ${code ?? signal!}`)
        this.isLeading = false
        // What it wrote last is read by then.
        setTimeout(() => {
          resolve({ candidate: identity, exit: code ?? signal!, stderr, hasBegun, reasons, disturbances: this.disturbances })
        }, 100)
      })
    })
  }

  /**
   * Whether it may be interrupted so now. To stop or kill both `join` and its watchdog within a lease is what nothing can
   * survive, so one of them is let alone until the other has caught up.
   */
  admits(kind: Kind): boolean {
    if (this.hasEnded) return false
    switch (kind) {
      case 'kill-watchdog':
      case 'stop-watchdog':
        return this.#isSound('join') && !this.#stopped.has('watchdog') && this.#watchdogPid() !== null
      case 'kill-join':
      case 'stop-join':
        return this.#isSound('watchdog') && !this.#stopped.has('join')
      case 'terminate-join':
        // A second one ends it at once, as a kill does.
        return !this.#isToldToEnd
      case 'cut':
      case 'outage':
        return true
    }
  }

  /** Kills, ends, or stops and continues; resolves when that is over. */
  async interrupt(kind: Exclude<Kind, 'cut' | 'outage'>, durationMs: number): Promise<void> {
    switch (kind) {
      case 'kill-watchdog':
        this.#kill('watchdog', kind)
        return
      case 'kill-join':
        this.#kill('join', kind)
        return
      case 'terminate-join':
        this.terminate()
        return
      case 'stop-watchdog':
        return this.#stop('watchdog', kind, durationMs)
      case 'stop-join':
        return this.#stop('join', kind, durationMs)
    }
  }

  terminate(): void {
    if (this.#isToldToEnd || this.hasEnded) return
    this.#isToldToEnd = true
    this.note('terminate-join')
    this.disturbances.push({ kind: 'terminate-join', durationMs: 0 })
    this.#child.kill('SIGTERM')
  }

  /** Writes into its log, with a moment of the clock of the journals. */
  note(line: string): void {
    appendFileSync(this.#log, `${Number(process.hrtime.bigint()) / 1e6} ${line}\n`)
  }

  #kill(part: Part, kind: Kind): void {
    this.#impairedUntilMs[part] = Number.POSITIVE_INFINITY
    this.note(kind)
    this.disturbances.push({ kind, durationMs: 0 })
    this.#signal(part, 'SIGKILL')
  }

  async #stop(part: Part, kind: Kind, durationMs: number): Promise<void> {
    const fromMs = performance.now()
    const disturbance = { kind, durationMs: 0 }
    this.disturbances.push(disturbance)
    this.note(`${kind} ${durationMs} ms`)
    this.#impairedUntilMs[part] = Number.POSITIVE_INFINITY
    const pid = part === 'join' ? this.#child.pid! : this.#watchdogPid()
    this.#signal(part, 'SIGSTOP')
    this.#stopped.add(part)
    await sleep(durationMs)
    this.#stopped.delete(part)
    // Also where its `join` has ended: what it left behind stopped would otherwise look as if it did no harm.
    if (part === 'join') this.#child.kill('SIGCONT')
    else if (pid !== null && isWatchdog(pid, this.#marker)) process.kill(pid, 'SIGCONT')
    disturbance.durationMs = performance.now() - fromMs
    this.note(`${kind} is over after ${disturbance.durationMs} ms`)
    this.#impairedUntilMs[part] = performance.now() + LEASE_MS
  }

  #isSound(part: Part): boolean {
    return performance.now() > this.#impairedUntilMs[part]
  }

  #watchdogPid(): number | null {
    return this.#child.pid === undefined || this.hasEnded ? null : watchdogOf(this.#child.pid, this.#marker)
  }

  #signal(part: Part, signal: NodeJS.Signals): void {
    if (part === 'join') return void this.#child.kill(signal)
    const pid = this.#watchdogPid()
    if (pid !== null) process.kill(pid, signal)
  }
}
