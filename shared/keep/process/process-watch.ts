import type { Clock } from '../../time/clock.ts'
import type { LookAt, ProcessKey, ProcessSample } from './process-sample.ts'
import { linuxProcess } from './linux-process.ts'
import { psProcess } from './ps-process.ts'

export interface ProcessListener {
  /** Every thread is stopped. Called again if the process has run in between. */
  onStopped(): void
  onResumed(): void
  /** It has exited, and some of its descendants have not. */
  onExited(descendants: number): void
  /**
   * It and all its descendants have ended.
   * @param isComplete whether all of them could be observed
   */
  onEnded(isComplete: boolean): void
}

export interface ProcessWatchOptions {
  readonly clock: Clock
  readonly pid: number
  readonly look: LookAt
  /** How often to look; milliseconds. */
  readonly everyMs: number
  readonly listener: ProcessListener
}

/** How to look at processes on this platform, and how often; null where it is not known. */
export function processLook(platform: NodeJS.Platform): { readonly look: LookAt; readonly everyMs: number } | null {
  if (platform === 'linux') return { look: linuxProcess, everyMs: 100 }
  return platform === 'darwin' ? { look: psProcess, everyMs: 500 } : null
}

/**
 * Observes when a process of this machine is stopped, resumed and ended, and which descendants it has. A descendant that
 * was not seen as a child before its parent ended (a daemon that detaches at once) is not noticed.
 */
export class ProcessWatch {
  readonly #options: ProcessWatchOptions
  readonly #start: string
  readonly #descendants = new Map<number, ProcessKey>()
  #isComplete = true
  #stop: string | null = null
  #hasExited = false

  /** @param first the first look, whose start identifies the process */
  constructor(options: ProcessWatchOptions, first: ProcessSample) {
    this.#options = options
    this.#start = first.start
  }

  /** Whether the process is stopped at this moment, and has not run since its stop was told. */
  isStopped(): boolean {
    const sample = this.#look()
    return sample?.state === 'stopped' && sample.activity === this.#stop
  }

  /** Runs until the process and its descendants have ended, or the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, everyMs } = this.#options
    while (!signal.aborted && !this.#turn()) await clock.sleep(everyMs, signal).catch(() => undefined)
  }

  /** Looks once. Returns whether everything has ended. */
  #turn(): boolean {
    const { listener } = this.#options
    const sample = this.#look()
    if (sample && sample.state !== 'ended') {
      this.#follow(sample)
      if (sample.state === 'stopped' && sample.activity !== this.#stop) {
        this.#stop = sample.activity
        listener.onStopped()
      } else if (sample.state === 'running') this.#resumed()
      return false
    }
    this.#resumed()
    const left = this.#alive()
    if (left > 0) {
      if (!this.#hasExited) listener.onExited(left)
      this.#hasExited = true
      return false
    }
    listener.onEnded(this.#isComplete)
    return true
  }

  #resumed(): void {
    if (this.#stop === null) return
    this.#stop = null
    this.#options.listener.onResumed()
  }

  #look(): ProcessSample | null {
    const sample = this.#options.look(this.#options.pid)
    return sample?.start === this.#start ? sample : null
  }

  /** Notes the descendants of a process. */
  #follow({ children }: ProcessSample): void {
    if (children === null) this.#isComplete = false
    for (const pid of children ?? []) {
      const child = this.#options.look(pid)
      if (!child || child.state === 'ended') continue
      this.#descendants.set(pid, { pid, start: child.start })
      this.#follow(child)
    }
  }

  /** How many descendants run, those of the descendants included. */
  #alive(): number {
    for (const { pid, start } of [...this.#descendants.values()]) {
      const sample = this.#options.look(pid)
      if (sample?.start === start && sample.state !== 'ended') this.#follow(sample)
      else this.#descendants.delete(pid)
    }
    return this.#descendants.size
  }
}
