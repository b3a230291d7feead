import { JITTER_FACTOR } from '../../election/timings.ts'
import type { Clock } from '../../time/clock.ts'
import type { Register, RegisteredRecord } from './register.ts'

/** The timings of a candidate, in client-go's terms. */
export interface CandidateTimings {
  readonly leaseDurationMs: number
  readonly renewDeadlineMs: number
  readonly retryPeriodMs: number
}

/** The defaults of client-go's components. */
export const DEFAULT_TIMINGS: CandidateTimings = {
  leaseDurationMs: 15_000,
  renewDeadlineMs: 10_000,
  retryPeriodMs: 2_000,
}

export interface CandidateOptions {
  readonly identity: string
  readonly timings: CandidateTimings
  readonly clock: Clock
  /** From 0 up to 1. */
  readonly random: () => number
  /** Called when it starts to lead. */
  readonly onStartedLeading: () => void
}

/** The reason of an abort by which a candidate ends as a killed process does: without a release. */
export const CRASH = Symbol('crash')

/**
 * Takes part in an election like a client-go candidate (tools/leaderelection: `acquire`, `renew`, `tryAcquireOrRenew`,
 * `release`): polls with jitter as a standby, judges expiry by its own observation, renews each retry period as the
 * leader, writes again over an emptied holder, and gives up only `renewDeadline` after its last success.
 *
 * Resolves when it was told to stop, has crashed, or has lost the lease.
 */
export async function standForElection(
  register: Register,
  options: CandidateOptions,
  signal: AbortSignal,
): Promise<void> {
  const { clock, timings } = options
  const candidate = new Candidate(register, options)
  try {
    while (!candidate.tryAcquireOrRenew()) {
      await clock.sleep(timings.retryPeriodMs * (1 + JITTER_FACTOR * options.random()), signal)
    }
    options.onStartedLeading()
    for (;;) {
      await clock.sleep(timings.retryPeriodMs, signal)
      const deadlineMs = clock.monotonicMs() + timings.renewDeadlineMs
      while (!candidate.tryAcquireOrRenew()) {
        if (clock.monotonicMs() >= deadlineMs) return
        await clock.sleep(timings.retryPeriodMs, signal)
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error
    if (signal.reason !== CRASH) candidate.release()
  }
}

class Candidate {
  readonly #register: Register
  readonly #options: CandidateOptions
  #observed: RegisteredRecord | null = null
  #observedAtMs = 0

  constructor(register: Register, options: CandidateOptions) {
    this.#register = register
    this.#options = options
  }

  tryAcquireOrRenew(): boolean {
    const { identity, clock, timings } = this.#options
    const now = microTime(clock.wallMs(), this.#options.random)
    const current = this.#register.read()
    this.#observe(current)
    const held = current !== null && current.holderIdentity !== ''
    const isLeader = current?.holderIdentity === identity
    if (held && !isLeader && clock.monotonicMs() < this.#observedAtMs + timings.leaseDurationMs) return false
    const written: RegisteredRecord = {
      holderIdentity: identity,
      leaseDurationSeconds: timings.leaseDurationMs / 1000,
      acquireTime: isLeader ? current.acquireTime : now,
      renewTime: now,
      leaseTransitions: (current?.leaseTransitions ?? -1) + (isLeader ? 0 : 1),
    }
    this.#register.write(written)
    this.#observe(written)
    return true
  }

  release(): void {
    const current = this.#register.read()
    if (current?.holderIdentity !== this.#options.identity) return
    const now = microTime(this.#options.clock.wallMs(), this.#options.random)
    this.#register.write({
      holderIdentity: '',
      leaseDurationSeconds: 1,
      acquireTime: now,
      renewTime: now,
      leaseTransitions: current.leaseTransitions,
    })
  }

  #observe(record: RegisteredRecord | null): void {
    if (JSON.stringify(record) === JSON.stringify(this.#observed)) return
    this.#observed = record
    this.#observedAtMs = this.#options.clock.monotonicMs()
  }
}

/** A `MicroTime`; the clock's milliseconds get the microseconds that a Go program would have seen. */
export function microTime(wallMs: number, random: () => number): string {
  const microseconds = Math.floor(random() * 1000)
    .toString()
    .padStart(3, '0')
  return new Date(wallMs).toISOString().replace('Z', `${microseconds}Z`)
}
