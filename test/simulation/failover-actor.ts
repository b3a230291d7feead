import { acquisitionOf } from '../../shared/actions/failover/acquisition.ts'
import { FailoverSteps, type FailoverEnd, type FailoverTerms } from '../../shared/actions/failover/failover-steps.ts'
import type { FailoverEvent } from '../../shared/actions/failover.ts'
import { isPlaceholder } from '../../shared/lease/placeholder.ts'
import { leaseDurationMs } from '../../shared/lease/record.ts'
import type { Timings } from './judge/candidate-state.ts'
import type { Claim } from './judge/failover-verdicts.ts'
import type { Judge } from './judge/judge.ts'
import { GOOD_WATCH, type Link } from './network.ts'
import { badLink, badWatch, type Move } from './plan.ts'
import { Process } from './process.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import { SimulatedLock } from './simulated-lock.ts'
import type { Store } from './store.ts'

interface World {
  readonly scheduler: Scheduler
  readonly store: Store
  readonly judge: Judge
  readonly timings: Timings
}

/** A candidate as whoever plans a failover sees it. */
export interface Seen {
  readonly identity: string
  readonly process: Process | null
}

/**
 * Runs the real failover in a process of its own: on a clock and a link as bad as any candidate's, interrupted, stopped,
 * put to sleep or killed at any moment; and with a plan that somebody has looked at for a while.
 *
 * @param candidates those that stand at the moment
 * @param tell is told what comes of it: how the old leader was known to have stopped, and how it ended
 */
export function runFailover(
  world: World,
  move: Move,
  actor: { name: string; link: Link; random: Random; candidates: () => readonly Seen[]; tell: (what: string) => void },
): void {
  const { scheduler, store } = world
  const record = store.object?.record
  if (!record || record.holderIdentity === '' || isPlaceholder(record.holderIdentity)) return
  const candidates = actor.candidates()
  const plannedMs = move.plannedLeaseShare * (leaseDurationMs(record) ?? world.timings.leaseDurationMs)
  // What the plan was made for, as of then: perhaps before its lease duration was made longer.
  const acquisition = acquisitionOf(record, { ...record, leaseDurationSeconds: plannedMs / 1_000 })
  const terms = { ...termsOf(world.timings, plannedMs, move, { from: record.holderIdentity, candidates }), acquisition }
  const oldLeader = candidates.find(({ identity }) => identity === terms.from)?.process ?? null
  scheduler.after(move.planAgeMs, () => new FailoverActor(world, move, { ...actor, terms, oldLeader }).run())
}

interface Actor {
  readonly name: string
  readonly link: Link
  readonly random: Random
  readonly terms: FailoverTerms
  readonly oldLeader: Process | null
  readonly candidates: () => readonly Seen[]
  readonly tell: (what: string) => void
}

class FailoverActor {
  readonly #world: World
  readonly #move: Move
  readonly #actor: Actor
  readonly #process: Process
  #hasSlept = false

  constructor(world: World, move: Move, actor: Actor) {
    this.#world = world
    this.#move = move
    this.#actor = actor
    this.#process = new Process(world.scheduler, actor.random.fork(), { ...move, name: actor.name })
  }

  run(): void {
    const { scheduler, store, judge, timings } = this.#world
    const { name, link, random, terms, tell } = this.#actor
    const process = this.#process
    const { canWatch, interruptedAfterMs, killedAfterMs } = this.#move
    judge.register({ process, kind: 'failover', identity: name, onOverrun: 'report', releaseOnCancel: false, worksForMs: 0 })
    const can = { watch: canWatch, acknowledge: true }
    const lock = new SimulatedLock({ scheduler, store, judge }, process, link, random.fork(), can, false)
    lock.watchQuality = random.chance(0.7) ? GOOD_WATCH : badWatch(random)
    if (random.chance(0.3)) link.quality = badLink(random, timings)
    const stop = new AbortController()
    const course = new FailoverSteps({
      lock,
      clock: process.clock,
      terms,
      nonce: name,
      signal: stop.signal,
      onEvent: (event: FailoverEvent) => {
        if (event.type === 'leader-stopped') tell(event.proof)
      },
      ...(this.#move.proofAfterMs !== null && { untilProven: (signal: AbortSignal) => this.#untilProven(signal) }),
    })
    course.run().then(
      (end) => {
        tell(end.abortion ? `${end.abortion.cause}, ${end.abortion.left}` : end.type)
        judge.claimed(process, claimOf(terms, end, {
          hasSlept: this.#hasSlept,
          isRepeating: link.quality.repeat > 0,
          heardAtMs: scheduler.nowMs,
        }))
      },
      () => tell('out of reach'),
    )
    if (interruptedAfterMs !== null) scheduler.after(interruptedAfterMs, () => process.deliver(() => stop.abort()))
    if (killedAfterMs !== null) scheduler.after(killedAfterMs, () => process.kill())
    this.#suspend()
  }

  /**
   * The kubelet's word that the old leader's Pod has ended for good, so that nothing with its identity runs there any
   * more. It comes when it does, and only then.
   */
  async #untilProven(signal: AbortSignal): Promise<void> {
    const { oldLeader, candidates, terms } = this.#actor
    const { clock } = this.#process
    await clock.sleep(this.#move.proofAfterMs!, signal)
    const mayRun = (): boolean => candidates().some(({ identity, process }) => identity === terms.from && process?.state !== 'dead')
    while (oldLeader === null || oldLeader.state !== 'dead' || mayRun()) await clock.sleep(1_000, signal)
  }

  #suspend(): void {
    const { suspended } = this.#move
    const { scheduler, judge } = this.#world
    const process = this.#process
    if (!suspended) return
    scheduler.after(suspended.afterMs, () => {
      if (process.state !== 'running') return
      process.suspend(suspended.how)
      if (suspended.how !== 'stopped') this.#hasSlept = true
      judge.suspended(process)
      scheduler.after(suspended.durationMs, () => {
        if (process.state !== suspended.how) return
        judge.resumed(process)
        process.resume()
      })
    })
  }
}

function termsOf(
  timings: Timings,
  leaseMs: number,
  move: Move,
  { from, candidates }: { from: string; candidates: readonly Seen[] },
): FailoverTerms {
  const renewIntervalMs = timings.retryPeriodMs * move.observedShare
  const others = candidates.map(({ identity }) => identity).filter((identity) => identity !== from && identity !== '')
  const to = move.toIndex === null ? null : (others[move.toIndex % Math.max(others.length, 1)] ?? 'nobody-that-stands')
  const blockMs = leaseMs + renewIntervalMs
  const placeholderMs = Math.ceil((blockMs + 1_000) / 1_000) * 1_000
  return { from, to, leaseDurationMs: leaseMs, renewIntervalMs, blockMs, placeholderMs, timeoutMs: timings.leaseDurationMs }
}

/** What `runFailover` makes of the end of a course, where Pods are not known. */
export function claimOf({ from }: FailoverTerms, end: FailoverEnd, told: Pick<Claim, 'hasSlept' | 'isRepeating' | 'heardAtMs'>): Claim {
  const { type, holderIdentity: to, blockedAtMs, stoppedAtMs, endedAtMs, abortion } = end
  const isTimed = type !== 'aborted' && blockedAtMs !== null
  return {
    outcome: type === 'taken' ? (to === from ? 'returned' : 'moved') : type,
    from,
    to,
    leaderlessMs: isTimed ? Math.round(endedAtMs - blockedAtMs) : null,
    leaderlessAtLeastMs: isTimed ? Math.round(Math.max(endedAtMs - (stoppedAtMs ?? endedAtMs), 0)) : null,
    left: abortion?.left ?? null,
    ...told,
  }
}
