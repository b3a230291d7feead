import { isSameRecord, type ElectionRecord } from '../../shared/lease/record.ts'
import { LockError } from '../../shared/locks/errors.ts'
import type { LockedRecord } from '../../shared/locks/lock.ts'
import type { Timings } from './judge/candidate-state.ts'
import type { Judge } from './judge/judge.ts'
import type { Process } from './process.ts'
import type { Random } from './random.ts'
import type { SimulatedLock } from './simulated-lock.ts'

/** How one client-go candidate is set up. */
export interface ClientGoSetup {
  readonly identity: string
  readonly timings: Timings
  readonly releaseOnCancel: boolean
  /** 0.29 and later: a leader first updates what it last saw. */
  readonly hasFastPath: boolean
  /** 0.34 to 0.36: `release` reads first, and does not look at whose lease it reads. */
  readonly readsBeforeRelease: boolean
}

const JITTER_FACTOR = 1.2
const NOBODY: ElectionRecord = {
  holderIdentity: '',
  leaseDurationSeconds: 0,
  leaseTransitions: 0,
  acquireTime: null,
  renewTime: null,
  strategy: null,
  preferredHolder: null,
}

/**
 * What a candidate on client-go does (tools/leaderelection/leaderelection.go), step by step and with its faults, on
 * virtual time. Its guarded work ends the moment its context is cancelled.
 */
export class ClientGoCandidate {
  readonly #setup: ClientGoSetup
  readonly #process: Process
  readonly #lock: SimulatedLock
  readonly #judge: Judge
  readonly #random: Random
  #observed: ElectionRecord = NOBODY
  #observedAtMs = 0
  /** What the lock object holds, and compares its updates with. */
  #held: LockedRecord | null = null

  constructor(
    setup: ClientGoSetup,
    world: { process: Process; lock: SimulatedLock; judge: Judge; random: Random },
  ) {
    this.#setup = setup
    this.#process = world.process
    this.#lock = world.lock
    this.#judge = world.judge
    this.#random = world.random
  }

  /** `Run`: stands until it has won, leads until it has lost or is stopped, and returns. */
  async run(stop: AbortSignal): Promise<void> {
    if (!(await this.#acquire(stop))) return
    if (stop.aborted) return this.#renew(stop)
    this.#judge.started(this.#process)
    // The work's context is a child of the caller's: it ends when that does, or when `renew` has returned.
    let hasEnded = false
    const end = (): void => {
      if (hasEnded) return
      hasEnded = true
      this.#judge.stopped(this.#process, 'client-go')
      this.#judge.settled(this.#process)
    }
    stop.addEventListener('abort', end, { once: true })
    await this.#renew(stop)
    end()
  }

  async #acquire(stop: AbortSignal): Promise<boolean> {
    const { retryPeriodMs } = this.#setup.timings
    while (!stop.aborted) {
      if (await this.#tryAcquireOrRenew(stop)) return true
      await this.#sleep(retryPeriodMs * (1 + JITTER_FACTOR * this.#random.next()), stop)
    }
    return false
  }

  async #renew(stop: AbortSignal): Promise<void> {
    const { retryPeriodMs, renewDeadlineMs } = this.#setup.timings
    while (!stop.aborted) {
      const timeout = this.#timeout(renewDeadlineMs, stop)
      let renewed = false
      while (!timeout.signal.aborted) {
        renewed = await this.#tryAcquireOrRenew(timeout.signal)
        if (renewed) break
        await this.#sleep(retryPeriodMs, timeout.signal)
      }
      timeout.cancel()
      if (!renewed) break
      await this.#sleep(retryPeriodMs, stop)
    }
    if (!this.#setup.releaseOnCancel) return
    this.#judge.releasing(this.#process)
    await this.#release()
  }

  async #release(): Promise<void> {
    const timeout = this.#timeout(this.#setup.timings.renewDeadlineMs)
    try {
      if (this.#setup.readsBeforeRelease) await this.#get(timeout.signal)
      if (!this.#isLeader || !this.#held) return
      const now = this.#now()
      await this.#update({ ...NOBODY, leaseTransitions: this.#observed.leaseTransitions, leaseDurationSeconds: 1, acquireTime: now, renewTime: now }, timeout.signal)
    } catch (error) {
      if (!(error instanceof LockError)) throw error
    } finally {
      timeout.cancel()
    }
  }

  async #tryAcquireOrRenew(signal: AbortSignal): Promise<boolean> {
    const nowMs = this.#process.clock.monotonicMs()
    const now = this.#now()
    const wanted: ElectionRecord = {
      ...NOBODY,
      holderIdentity: this.#setup.identity,
      leaseDurationSeconds: this.#setup.timings.leaseDurationMs / 1000,
      acquireTime: now,
      renewTime: now,
    }
    const kept = (): ElectionRecord => ({
      ...wanted,
      acquireTime: this.#observed.acquireTime,
      leaseTransitions: this.#observed.leaseTransitions,
    })
    try {
      if (this.#setup.hasFastPath && this.#isLeader && this.#isLeaseValid(nowMs)) {
        try {
          await this.#update(kept(), signal)
          return true
        } catch (error) {
          if (!(error instanceof LockError)) throw error
        }
      }
      const found = await this.#get(signal)
      if (!found) {
        this.#held = await this.#lock.create(wanted, this.#bounded(signal))
        this.#observe(wanted)
        return true
      }
      if (!isSameRecord(found, this.#observed)) this.#observe(found)
      if (found.holderIdentity !== '' && this.#isLeaseValid(nowMs) && !this.#isLeader) return false
      await this.#update(this.#isLeader ? kept() : { ...wanted, leaseTransitions: found.leaseTransitions + 1 }, signal)
      return true
    } catch (error) {
      if (error instanceof LockError) return false
      throw error
    }
  }

  async #get(signal: AbortSignal): Promise<ElectionRecord | null> {
    const found = await this.#lock.read(this.#bounded(signal))
    if (found) this.#held = found
    return found?.record ?? null
  }

  async #update(record: ElectionRecord, signal: AbortSignal): Promise<void> {
    if (!this.#held) throw new LockError('absent', 'not initialised')
    this.#held = await this.#lock.update(this.#held, record, this.#bounded(signal))
    this.#observe(record)
  }

  get #isLeader(): boolean {
    return this.#observed.holderIdentity === this.#setup.identity
  }

  #isLeaseValid(nowMs: number): boolean {
    return this.#observedAtMs + (this.#observed.leaseDurationSeconds ?? 0) * 1000 > nowMs
  }

  #observe(record: ElectionRecord): void {
    this.#observed = record
    this.#observedAtMs = this.#process.clock.monotonicMs()
  }

  #now(): string {
    return new Date(this.#process.clock.wallMs()).toISOString().replace('Z', '000Z')
  }

  /** The REST client's own timeout, half of the renew deadline as kube-controller-manager sets it. */
  #bounded(signal: AbortSignal): AbortSignal {
    return this.#timeout(this.#setup.timings.renewDeadlineMs / 2, signal).signal
  }

  #timeout(durationMs: number, parent?: AbortSignal): { signal: AbortSignal; cancel: () => void } {
    const controller = new AbortController()
    const cancel = (): void => controller.abort()
    if (parent?.aborted) cancel()
    parent?.addEventListener('abort', cancel, { once: true })
    this.#process.clock.sleep(durationMs, controller.signal).then(cancel, () => undefined)
    return { signal: controller.signal, cancel }
  }

  async #sleep(durationMs: number, signal: AbortSignal): Promise<void> {
    await this.#process.clock.sleep(durationMs, signal).catch(() => undefined)
  }
}
