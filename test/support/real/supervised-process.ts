import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

import type { Watchdog } from './watchdog.ts'

export interface SupervisedProcessOptions {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly directory: string
  /** Its standard output and error are appended here, over all restarts. */
  readonly logFile: string
  readonly watchdog: Watchdog
}

/** How long a process may take to end after SIGTERM before it is killed, in milliseconds. */
const TERMINATION_GRACE_MS = 20_000

/** One program that can be killed, stopped, paused, and started again with the same arguments. */
export class SupervisedProcess {
  readonly name: string
  readonly logFile: string
  readonly #options: SupervisedProcessOptions
  #process: ChildProcess | undefined
  #exited: Promise<void> = Promise.resolve()
  #isPaused = false

  constructor(options: SupervisedProcessOptions) {
    this.name = options.name
    this.logFile = options.logFile
    this.#options = options
  }

  /** Undefined while it isn't running. */
  get pid(): number | undefined {
    return this.#process?.pid
  }

  get isRunning(): boolean {
    return this.#process !== undefined
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** @throws Error where it is running already, or can't be started. */
  async start(): Promise<void> {
    if (this.#process) throw new Error(`${this.name} is running already`)
    const { command, args, directory, logFile, watchdog } = this.#options
    const log = openSync(logFile, 'a')
    // Its own process group, so that Ctrl-C in a terminal leaves the order of things to the tests and the watchdog.
    const child = spawn(command, args, { cwd: directory, detached: true, stdio: ['ignore', log, log] })
    closeSync(log)
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    const pid = child.pid!
    watchdog.add(pid)
    this.#process = child
    this.#isPaused = false
    this.#exited = new Promise((resolve) => {
      child.once('exit', () => {
        watchdog.remove(pid)
        this.#process = undefined
        this.#isPaused = false
        resolve()
      })
    })
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#process?.kill('SIGKILL')
    await this.#exited
  }

  /** SIGTERM, and SIGKILL for one that does not end within {@link TERMINATION_GRACE_MS}; resolves when it is gone. */
  async stop(): Promise<void> {
    const child = this.#process
    if (!child) return
    child.kill('SIGTERM')
    // A paused process gets no SIGTERM before it goes on.
    child.kill('SIGCONT')
    const patience = new AbortController()
    const ended = await Promise.race([
      this.#exited.then(() => true),
      delay(TERMINATION_GRACE_MS, false, { signal: patience.signal }),
    ])
    patience.abort()
    if (!ended) await this.kill()
  }

  /** SIGSTOP: it holds its connections open and answers nothing. */
  pause(): void {
    this.#running().kill('SIGSTOP')
    this.#isPaused = true
  }

  /** SIGCONT. */
  resume(): void {
    this.#running().kill('SIGCONT')
    this.#isPaused = false
  }

  /** The end of what it printed, for an error message. */
  logTail(lines = 15): string {
    return readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
  }

  #running(): ChildProcess {
    if (!this.#process) throw new Error(`${this.name} is not running`)
    return this.#process
  }
}
