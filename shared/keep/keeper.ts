import { WatchLoop } from '../election/watch-loop.ts'
import { releasedRecord } from '../lease/candidate-record.ts'
import { clusterErrorOf, isLostRace, LockError } from '../locks/errors.ts'
import type { Lock, LockedRecord, LockEvent } from '../locks/lock.ts'
import { compareVersions } from '../locks/version.ts'
import type { Clock } from '../time/clock.ts'
import { withPatience } from '../time/with-patience.ts'
import { KeepMachine, type KeepStatus, type NotKept, type NotReleased } from './machine/keep-machine.ts'

/**
 * What happens while a lease is kept. Times are in milliseconds.
 *
 * - `stopped`, `resumed`, `ended`: the program, as {@link Keeper} was told.
 * - `identified`: the program is this holder, as observed.
 * - `keeping`: this process has renewed the lease for the first time in this stop; `leftMs` until the maximum hold time, null
 *   without a limit. `kept`: it has renewed it again.
 * - `not-kept`: the program is stopped, and this process does not renew (any more).
 * - `released`, `not-released`: what became of the lease after the end.
 * - `error`: a request failed. It is tried again.
 */
export type KeepEvent =
  | { readonly type: 'stopped' | 'resumed' | 'ended' | 'kept' | 'released' }
  | { readonly type: 'identified'; readonly identity: string }
  | { readonly type: 'keeping'; readonly leftMs: number | null }
  | { readonly type: 'not-kept'; readonly why: NotKept; readonly holderIdentity: string }
  | { readonly type: 'not-released'; readonly why: NotReleased; readonly holderIdentity: string }
  | { readonly type: 'error'; readonly error: unknown }

export interface KeeperOptions {
  readonly lock: Lock
  readonly clock: Clock
  /** The program's holder identity; null to find it by observation. */
  readonly identity: string | null
  /** For how long one stop may keep the lease; 0 means no limit. Milliseconds. */
  readonly maxHoldMs: number
  /** Whether to release the lease after the program has ended, if that is safe. */
  readonly isReleasing: boolean
  /** Whether the program is stopped at this very moment. Called right before each write, and when a renewal comes in. */
  readonly isStopped: () => boolean
  /** Called once before the first write: rejects if this election must not be kept. */
  readonly check?: (signal: AbortSignal) => Promise<void>
  readonly onEvent: (event: KeepEvent) => void
}

const REQUEST_TIMEOUT_MS = 5_000
const WATCH_PAUSE_MS = 1_000
/** How long a pause between two reads may be if the record has no lease duration, or does not exist. */
const POLL_MS = 2_000

/**
 * Renews a lease in the name of a program of this machine while the program is stopped: see {@link KeepMachine} for when.
 * One keeper is for one run of one program.
 */
export class Keeper {
  readonly #options: KeeperOptions
  readonly #machine: KeepMachine
  readonly #over = new AbortController()
  #newestVersion: string | null = null
  #isWatching = false
  #heardAtMs = Number.NEGATIVE_INFINITY
  #wake = new AbortController()
  #told: KeepStatus = { kind: 'running' }
  #toldError: string | null = null
  #identity: string | null
  #isChecked = false

  constructor(options: KeeperOptions) {
    this.#options = options
    this.#identity = options.identity
    this.#machine = new KeepMachine(options, options.clock.monotonicMs())
  }

  /** The program's holder identity; null if it is not known yet. */
  get identity(): string | null {
    return this.#machine.identity
  }

  get status(): KeepStatus {
    return this.#machine.status(this.#nowMs)
  }

  /** When the present stop reaches the maximum hold time, on the monotonic clock; null if there is no stop or no limit. */
  get limitAtMs(): number | null {
    return this.#machine.limitAtMs
  }

  /** The program is stopped as a whole, and does not act until it is resumed. If it already was, it has run in between. */
  programStopped(): void {
    this.#machine.stopped(this.#nowMs)
    this.#onEvent({ type: 'stopped' })
    this.#told = { kind: 'renewed' }
    this.#wake.abort()
  }

  /** The program is about to be resumed. The lease is renewed once more; the program need not wait for that. */
  programResuming(): void {
    const { clock } = this.#options
    const step = this.#machine.lastWrite(clock.monotonicMs(), clock.wallMs())
    if (step) void this.#write(step.over, step.record)
    this.programResumed()
  }

  programResumed(): void {
    if (['running', 'ended'].includes(this.status.kind)) return
    this.#machine.resumed(this.#nowMs)
    this.#onEvent({ type: 'resumed' })
    this.#told = { kind: 'running' }
    this.#wake.abort()
  }

  /**
   * This machine has seen the program and its descendants end.
   * @param isComplete whether all descendants could be observed; if not, the lease is not released
   */
  programEnded(isComplete = true): void {
    this.#machine.ended(this.#nowMs, isComplete)
    this.#wake.abort()
  }

  /**
   * Runs until the program has ended, and its lease is released or left to expire.
   *
   * @throws ClusterError if the record cannot be read at first; what `check` rejects with; the signal's reason
   */
  async run(signal: AbortSignal): Promise<void> {
    const { lock, clock } = this.#options
    const stop = (): void => this.#over.abort(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    try {
      signal.throwIfAborted()
      await this.#read().catch((error: unknown) => {
        signal.throwIfAborted()
        throw clusterErrorOf(error)
      })
      const watch = new WatchLoop({
        lock,
        clock,
        pauseMs: () => WATCH_PAUSE_MS,
        onEvent: (event) => this.#watched(event),
        onEnd: () => (this.#isWatching = false),
        onError: () => undefined,
      })
      void watch.run(this.#over.signal)
      while (!(await this.#turn())) signal.throwIfAborted()
    } finally {
      signal.removeEventListener('abort', stop)
      this.#over.abort()
    }
  }

  /** Does what is to be done now, or waits. Resolves to whether nothing is left to do. */
  async #turn(): Promise<boolean> {
    const { clock } = this.#options
    this.#wake = new AbortController()
    this.#tell()
    if (this.#told.kind === 'ended') return this.#release()
    const step = this.#machine.step(clock.monotonicMs(), clock.wallMs())
    if (step.kind === 'wait') {
      await this.#pause(step.untilMs)
      return false
    }
    if (this.#options.check && !this.#isChecked) {
      await this.#options.check(this.#over.signal)
      this.#isChecked = true
    } else if (this.#options.isStopped()) {
      await this.#write(step.over, step.record)
    } else {
      // That the stop is over is about to be told.
      await this.#pause(this.#nowMs + (this.#machine.intervalMs ?? POLL_MS) / 10)
    }
    return false
  }

  async #release(): Promise<boolean> {
    const { clock, lock, isReleasing, onEvent } = this.#options
    if (!isReleasing) return true
    const step = this.#machine.release(this.#nowMs)
    const notReleased = (why: NotReleased): true => {
      onEvent({ type: 'not-released', why, holderIdentity: this.#machine.locked?.record.holderIdentity ?? '' })
      return true
    }
    if (step.kind === 'expire') return notReleased(step.why)
    if (step.kind === 'wait') {
      await this.#pause(step.untilMs)
      return false
    }
    try {
      const released = releasedRecord(step.over.record, clock.wallMs())
      await this.#request((signal) => lock.update(step.over, released, signal))
      onEvent({ type: 'released' })
      return true
    } catch (error) {
      if (isLostRace(error)) return notReleased('changed')
      this.#tellError(error)
      // The write may have been applied. What is read then is not the program's any more.
      return notReleased('unanswered')
    }
  }

  async #write(over: LockedRecord, record: LockedRecord['record']): Promise<void> {
    const stop = this.limitAtMs
    this.#machine.writing(record, this.#nowMs)
    try {
      this.#take(await this.#request((signal) => this.#options.lock.update(over, record, signal)))
      this.#toldError = null
      const isFirst = this.#told.kind !== 'keeping'
      if (this.status.kind !== 'keeping') return
      this.#told = { kind: 'keeping' }
      this.#onEvent(isFirst ? { type: 'keeping', leftMs: stop === null ? null : stop - this.#nowMs } : { type: 'kept' })
    } catch (error) {
      if (this.#over.signal.aborted) return
      if (!isLostRace(error)) this.#tellError(error)
      await this.#read().catch(() => undefined)
    }
  }

  async #read(): Promise<void> {
    const before = this.#newestVersion
    const found = await this.#request((signal) => this.#options.lock.read(signal))
    this.#heardAtMs = this.#nowMs
    // What the watch has told in the meantime may be newer. Otherwise an answer counts, also if its version is older: a
    // restored storage goes back.
    if (this.#newestVersion === before) this.#newestVersion = null
    if (found) this.#take(found)
    else if (this.#newestVersion === null) this.#machine.seen(null, this.#nowMs)
  }

  #watched(event: LockEvent): void {
    this.#isWatching = true
    if (event.type === 'written') return this.#take(event.locked)
    if (!this.#isNewer(event.version)) return
    this.#newestVersion = event.version
    this.#machine.seen(null, this.#nowMs)
    this.#wake.abort()
  }

  #take(locked: LockedRecord): void {
    this.#heardAtMs = this.#nowMs
    if (!this.#isNewer(locked.version)) return
    this.#newestVersion = locked.version
    // The program may renew before its resumption is told.
    if (this.#machine.isForeign(locked) && !this.#options.isStopped()) this.programResumed()
    this.#machine.seen(locked, this.#nowMs)
    this.#wake.abort()
  }

  #isNewer(version: string): boolean {
    return this.#newestVersion === null || compareVersions(version, this.#newestVersion) > 0
  }

  /** Waits until something happens or a moment has come, and reads the record if the watch is silent for too long. */
  async #pause(untilMs: number): Promise<void> {
    const { clock } = this.#options
    const intervalMs = this.#machine.intervalMs ?? POLL_MS
    const readAtMs = Math.max(this.#heardAtMs + (this.#isWatching ? 2 : 0.5) * intervalMs, this.#nowMs)
    const wake = this.#wake
    const end = (): void => wake.abort()
    this.#over.signal.addEventListener('abort', end, { once: true })
    if (this.#over.signal.aborted) end()
    await clock.sleep(Math.min(untilMs, readAtMs) - this.#nowMs, wake.signal).catch(() => undefined)
    this.#over.signal.removeEventListener('abort', end)
    if (wake.signal.aborted || untilMs <= readAtMs) return
    this.#heardAtMs = this.#nowMs
    await this.#read().catch(() => undefined)
  }

  async #request<Answer>(send: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
    return withPatience(this.#options.clock, REQUEST_TIMEOUT_MS, (late) => send(AbortSignal.any([late, this.#over.signal])))
  }

  /** Tells what has changed since it was last told. */
  #tell(): void {
    const { identity } = this.#machine
    if (identity !== null && identity !== this.#identity) this.#onEvent({ type: 'identified', identity })
    this.#identity = identity
    const { status } = this
    const before = this.#told
    if (status.kind === before.kind && (status.kind !== 'not-kept' || before.kind !== 'not-kept' || status.why === before.why)) return
    // That it is kept is told when a write has succeeded.
    if (status.kind === 'keeping') return
    this.#told = status
    if (status.kind === 'ended') this.#onEvent({ type: 'ended' })
    if (status.kind === 'not-kept') this.#onEvent({ ...{ type: 'not-kept', why: status.why }, holderIdentity: this.#machine.locked?.record.holderIdentity ?? '' })
  }

  #tellError(error: unknown): void {
    const cause = clusterErrorOf(error)
    const text = String(error instanceof LockError ? error.message : error)
    if (text === this.#toldError) return
    this.#toldError = text
    this.#onEvent({ type: 'error', error: cause })
  }

  #onEvent(event: KeepEvent): void {
    this.#options.onEvent(event)
  }

  get #nowMs(): number {
    return this.#options.clock.monotonicMs()
  }
}
