import type * as vscode from 'vscode'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { electionKeeper, type KeepPlan } from '../../shared/keep/keep-election.ts'
import type { Keeper, KeepEvent } from '../../shared/keep/keeper.ts'
import { processLook, ProcessWatch } from '../../shared/keep/process/process-watch.ts'
import type { Clock } from '../../shared/time/clock.ts'
import { ProgramStops } from './keep-stops.ts'

export interface KeepRunOptions {
  readonly client: ApiClient
  readonly clock: Clock
  readonly plan: KeepPlan
  /** For how long one stop may keep the lease; 0 means no limit. Milliseconds. */
  readonly maxHoldMs: number
  /** The user to record in the Events: `alice@laptop`. */
  readonly actor: string
  /** Whether the program runs on the machine of this extension host, so that its end can be observed. */
  readonly isLocal: boolean
  readonly onEvent: (event: KeepEvent) => void
}

/** How long the end of the program is waited for when its debug sessions have ended; milliseconds. */
const END_PATIENCE_MS = 5_000

/**
 * Keep mode of one debug session: renews the lease in the name of its program while the debugger has it stopped. When the
 * program and its child processes were seen to end, the lease is released if that is safe; otherwise it expires.
 */
export class KeepRun implements vscode.Disposable {
  readonly #options: KeepRunOptions
  readonly #stops: ProgramStops
  #keeper: Keeper
  #over = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #pid: number | null = null
  #isStopped = false

  constructor(options: KeepRunOptions) {
    this.#options = options
    this.#stops = new ProgramStops({
      onStopped: () => {
        this.#isStopped = true
        this.#keeper.programStopped()
      },
      onResuming: () => {
        this.#keeper.programResuming()
        this.#isStopped = false
      },
      onResumed: () => {
        this.#isStopped = false
        this.#keeper.programResumed()
      },
      onRestarting: () => this.#startAnew(),
      onProcess: (pid) => this.#observe(pid),
    })
    this.#keeper = this.#start()
  }

  get keeper(): Keeper {
    return this.#keeper
  }

  /** To be registered for every debug session of the program, child sessions included. */
  tracker(session: Pick<vscode.DebugSession, 'id'>): vscode.DebugAdapterTracker {
    return this.#stops.tracker(session)
  }

  /** A debug session of the program has ended. */
  sessionEnded({ id }: Pick<vscode.DebugSession, 'id'>): void {
    this.#stops.ended(id)
  }

  /** All debug sessions of the program have ended. Resolves when the lease was released, or is left to expire. */
  async finish(): Promise<void> {
    const { clock } = this.#options
    const patience = new AbortController()
    const isEnding = this.#pid !== null && this.#options.isLocal
    if (isEnding) await Promise.race([this.#running, clock.sleep(END_PATIENCE_MS, patience.signal).catch(() => undefined)])
    patience.abort()
    this.dispose()
    await this.#running
  }

  dispose(): void {
    this.#over.abort()
  }

  /** What was observed of one process says nothing about the next one, even if it has the same identity. */
  #startAnew(): void {
    this.#over.abort()
    this.#over = new AbortController()
    this.#pid = null
    this.#keeper = this.#start()
  }

  #start(): Keeper {
    const { client, plan, maxHoldMs, clock, actor, onEvent } = this.#options
    const { keeper, settled } = electionKeeper(client, plan, {
      ...{ clock, maxHoldMs, actor, onEvent, isReleasing: true, program: 'the debugged program' },
      isStopped: () => this.#isStopped,
    })
    const { signal } = this.#over
    this.#running = keeper.run(signal).then(settled, (error: unknown) => {
      if (!signal.aborted) onEvent({ type: 'error', error })
    })
    return keeper
  }

  /** Observes the end of the program, where that is possible. Of a program that is not observed, the lease expires. */
  #observe(pid: number): void {
    const look = processLook(process.platform)
    const sample = look?.look(pid)
    if (!this.#options.isLocal || !look || !sample || this.#pid !== null) return
    this.#pid = pid
    const keeper = this.#keeper
    const listener = {
      // Whether it is stopped, its debugger tells.
      onStopped: () => undefined,
      onResumed: () => undefined,
      onExited: () => undefined,
      onEnded: (isComplete: boolean) => keeper.programEnded(isComplete),
    }
    void new ProcessWatch({ clock: this.#options.clock, pid, ...look, listener }, sample).run(this.#over.signal)
  }
}
