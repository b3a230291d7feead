import { Keeper, type KeepEvent } from '../../../shared/keep/keeper.ts'
import { isSameRecord } from '../../../shared/lease/record.ts'
import type { Lock } from '../../../shared/locks/lock.ts'
import { ClientGoCandidate } from '../client-go-candidate.ts'
import type { Timings } from '../judge/candidate-state.ts'
import { Judge } from '../judge/judge.ts'
import { GOOD, Link } from '../network.ts'
import { badLink } from '../plan.ts'
import { Process } from '../process.ts'
import { Random } from '../random.ts'
import { Scheduler } from '../scheduler.ts'
import { SimulatedLock } from '../simulated-lock.ts'
import { Store, type AppliedWrite } from '../store.ts'

const TIMINGS: readonly Timings[] = [
  { leaseDurationMs: 6_000, renewDeadlineMs: 4_000, retryPeriodMs: 1_000 },
  { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 },
  { leaseDurationMs: 60_000, renewDeadlineMs: 40_000, retryPeriodMs: 5_000 },
]
/** How often a keeper that is not told of stops looks at the program. */
const LOOK_MS = 100
const MOST_EVENTS = 100_000
const KEEPER = 'keeper'

/** How one world is set up. */
export interface KeepPlan {
  readonly timings: Timings
  /** What the keeper is told: the program's identity, none, or that of a candidate which runs elsewhere. */
  readonly told: 'program' | 'nothing' | 'standby'
  /** Whether a debugger tells of stops, or the keeper looks at the process. */
  readonly isTold: boolean
  readonly isLinkGood: boolean
  /** Whether the program is stopped anew within milliseconds, as by steps. */
  readonly isStepping: boolean
  /** Whether the candidate that runs elsewhere is paused and killed at times. */
  readonly isStrangerFaulty: boolean
  /** For how long a child of the program outlives it; milliseconds. */
  readonly childOutlivesMs: number
}

export interface KeepOutcome {
  readonly seed: number
  readonly plan: KeepPlan
  readonly violations: readonly string[]
  /** Overlaps of two leaders, by their cause. */
  readonly overlaps: ReadonlyMap<string, number>
  readonly pauses: number
  /** Pauses longer than the lease duration after which the program led on. */
  readonly survived: number
  readonly lost: number
  readonly kept: number
  readonly release: 'released' | 'not-released' | null
}

/** The world of a seed before anything has happened. */
export function keepPlan(seed: number): KeepPlan {
  return planOf(new Random(seed))
}

/** Plays one world from its seed: a program on client-go that is stopped and resumed at any moment beside standbys, with a keeper. */
export async function simulateKeep(seed: number): Promise<KeepOutcome> {
  return new World(seed).run()
}

function planOf(random: Random): KeepPlan {
  return {
    timings: random.pick(TIMINGS),
    told: random.pick(['program', 'program', 'program', 'nothing', 'standby']),
    isTold: random.chance(0.5),
    isLinkGood: random.chance(0.6),
    isStepping: random.chance(0.4),
    isStrangerFaulty: random.chance(0.5),
    childOutlivesMs: random.chance(0.5) ? random.between(0, 40_000) : 0,
  }
}

class World {
  readonly #seed: number
  readonly #random: Random
  readonly #plan: KeepPlan
  readonly #scheduler = new Scheduler()
  readonly #judge: Judge
  readonly #store: Store
  readonly #links: Link[] = []
  readonly #violations: string[] = []
  readonly #machine: Process
  readonly #program: Process
  readonly #keeperProcess: Process
  readonly #standbys: Process[] = []
  readonly #stopProgram = new AbortController()
  #hasLost = false
  #isChildAlive = true
  /** When each candidate last wrote, by name. */
  readonly #wroteAtMs = new Map<string, number>()
  /** Changes whenever the program has run. */
  #activity = 0
  #wasStoppedAtSending = false
  #pauses = 0
  #survived = 0
  #kept = 0
  #release: KeepOutcome['release'] = null

  constructor(seed: number) {
    this.#seed = seed
    this.#random = new Random(seed)
    this.#plan = planOf(this.#random)
    this.#judge = new Judge(this.#scheduler, this.#plan.timings)
    this.#store = new Store(
      () => this.#scheduler.nowMs,
      (write) => this.#wrote(write),
    )
    this.#machine = this.#process('machine')
    this.#program = this.#process('program', this.#machine)
    this.#keeperProcess = this.#process(KEEPER, this.#machine)
  }

  async run(): Promise<KeepOutcome> {
    const random = this.#random
    const { leaseDurationMs } = this.#plan.timings
    void this.#stand(this.#program, this.#lock(this.#program, true), this.#stopProgram.signal).then(() => (this.#hasLost = true))
    for (let i = 1; i <= 2; i++) {
      const standby = this.#process(`standby-${i}`)
      this.#standbys.push(standby)
      const lock = this.#lock(standby, true)
      // In every other world the program has to wait for its turn.
      this.#scheduler.after(random.between(0, random.chance(0.3) ? 10 : 6_000), () => void this.#stand(standby, lock, new AbortController().signal))
    }
    const keeper = this.#startKeeper()
    await this.#run(random.between(leaseDurationMs / 10, leaseDurationMs * 3))
    const pauses = random.integer(1, 8)
    for (let i = 0; i < pauses && !this.#hasLost; i++) await this.#pause(keeper)
    await this.#end(keeper)
    await this.#run(5 * leaseDurationMs)
    this.#judge.conclude()
    return {
      ...{ seed: this.#seed, plan: this.#plan, pauses: this.#pauses, survived: this.#survived, kept: this.#kept, release: this.#release },
      violations: [...this.#violations, ...this.#judge.violations],
      overlaps: new Map([...this.#judge.attributions].map(([cause, { count }]) => [cause, count])),
      lost: this.#hasLost ? 1 : 0,
    }
  }

  /** One pause of the program, after it has run for a while, or for a step. */
  async #pause(keeper: Keeper): Promise<void> {
    const random = this.#random
    const { timings, told, isStepping, isLinkGood, isStrangerFaulty } = this.#plan
    if (!isLinkGood) this.#strike()
    const [stranger] = this.#standbys
    const wasLeading = this.#holder === this.#program.name
    this.#suspend(this.#program, keeper)
    if (isStrangerFaulty && stranger!.state === 'running' && random.chance(0.3)) {
      if (random.chance(0.3)) this.#kill(stranger!)
      else {
        stranger!.suspend('stopped')
        this.#judge.suspended(stranger!)
      }
    }
    // To find out which holder the program is takes stops in which its lease does not expire.
    const isShort = told === 'nothing' && random.chance(0.7)
    const longestMs = isShort ? timings.leaseDurationMs * 0.8 : 60_000
    const pauseMs = isStepping && !isShort ? random.skewed(1, longestMs / 2) : random.between(isShort ? timings.retryPeriodMs * 2 : 100, longestMs)
    await this.#run(pauseMs)
    this.#resume(this.#program, keeper)
    if (isStepping && random.chance(0.7)) return this.#run(random.between(0.1, 5))
    await this.#run(random.between(timings.retryPeriodMs, timings.leaseDurationMs * 2))
    this.#resume(stranger!, null)
    if (!wasLeading || pauseMs <= timings.leaseDurationMs) return
    this.#pauses += 1
    if (!this.#hasLost && this.#holder === this.#program.name) this.#survived += 1
  }

  /** The program ends: by itself, at a breakpoint, or as it gives its lease up. */
  async #end(keeper: Keeper): Promise<void> {
    const random = this.#random
    if (random.chance(0.3)) {
      this.#stopProgram.abort()
      await this.#run(random.between(0, 500))
    }
    if (random.chance(0.5)) {
      this.#suspend(this.#program, keeper)
      await this.#run(random.between(0, 30_000))
    }
    if (this.#plan.isTold) keeper.programResuming()
    this.#kill(this.#program)
    this.#activity += 1
    await this.#run(this.#plan.childOutlivesMs)
    this.#isChildAlive = false
    await this.#run(random.between(0, LOOK_MS))
    keeper.programEnded()
  }

  #startKeeper(): Keeper {
    const lock = this.#lock(this.#keeperProcess, false)
    const watched: Lock = {
      description: lock.description,
      read: (signal) => lock.read(signal),
      create: () => Promise.reject(new Error('A keeper creates nothing.')),
      update: (previous, record, signal) => {
        this.#wasStoppedAtSending = this.#program.state === 'stopped'
        return lock.update(previous, record, signal)
      },
      ...(lock.watch && { watch: (listener, signal) => lock.watch!(listener, signal) }),
    }
    const { told } = this.#plan
    const keeper = new Keeper({
      ...{ lock: watched, clock: this.#keeperProcess.clock, maxHoldMs: 0, isReleasing: true },
      identity: { program: 'program', nothing: null, standby: 'standby-1' }[told],
      isStopped: () => this.#program.state === 'stopped',
      onEvent: (event) => this.#told(event),
    })
    keeper.run(new AbortController().signal).catch((error: unknown) => {
      // Its first request may fail, as any program's.
      if (this.#plan.isLinkGood) this.#violations.push(`the keeper failed: ${String(error)}`)
    })
    if (!this.#plan.isTold) this.#look(keeper, false, 0)
    return keeper
  }

  #told(event: KeepEvent): void {
    if (event.type === 'keeping' || event.type === 'kept') this.#kept += 1
    if (event.type === 'released' || event.type === 'not-released') this.#release = event.type
  }

  /** A keeper that is not told of stops: what it sees when it looks at the process. */
  #look(keeper: Keeper, wasStopped: boolean, activity: number): void {
    if (this.#program.state === 'dead') return
    const isStopped = this.#program.state === 'stopped'
    if (isStopped && (!wasStopped || activity !== this.#activity)) keeper.programStopped()
    if (!isStopped && wasStopped) keeper.programResumed()
    const seen = this.#activity
    this.#scheduler.after(LOOK_MS, () => this.#look(keeper, isStopped, seen))
  }

  #suspend(process: Process, keeper: Keeper): void {
    if (process.state !== 'running') return
    process.suspend('stopped')
    this.#judge.suspended(process)
    if (this.#plan.isTold) keeper.programStopped()
  }

  #resume(process: Process, keeper: Keeper | null): void {
    if (!process.isSuspended) return
    if (keeper && this.#plan.isTold) keeper.programResuming()
    this.#activity += 1
    this.#judge.resumed(process)
    process.resume()
  }

  #kill(process: Process): void {
    if (process.state === 'dead') return
    this.#judge.died(process)
    process.kill()
  }

  /** Something is wrong with a link for a while. */
  #strike(): void {
    const random = this.#random
    const link = random.pick(this.#links)
    if (random.chance(0.5)) link.isCut = true
    else link.quality = badLink(random, this.#plan.timings)
    this.#scheduler.after(random.between(100, 20_000), () => {
      link.isCut = false
      link.quality = GOOD
    })
  }

  #process(name: string, machine?: Process): Process {
    return new Process(this.#scheduler, this.#random.fork(), { name, rate: 1, wallLeadMs: 1.77e12, ...(machine && { machine }) })
  }

  async #stand(process: Process, lock: SimulatedLock, stop: AbortSignal): Promise<void> {
    const { timings } = this.#plan
    const setup = { identity: process.name, timings, releaseOnCancel: true, hasFastPath: true, readsBeforeRelease: false }
    await new ClientGoCandidate(setup, { process, lock, judge: this.#judge, random: this.#random.fork() }).run(stop)
  }

  #lock(process: Process, isCandidate: boolean): SimulatedLock {
    const link = new Link(this.#random.fork(), () => this.#scheduler.nowMs, Number.POSITIVE_INFINITY)
    this.#links.push(link)
    this.#judge.register({ process, kind: 'client-go', identity: process.name, onOverrun: 'report', releaseOnCancel: isCandidate, worksForMs: this.#plan.timings.renewDeadlineMs })
    const world = { scheduler: this.#scheduler, store: this.#store, judge: this.#judge }
    return new SimulatedLock(world, process, link, this.#random.fork(), { watch: this.#random.chance(0.8), acknowledge: false })
  }

  async #run(durationMs: number): Promise<void> {
    await this.#scheduler.runUntil(this.#scheduler.nowMs + durationMs, MOST_EVENTS)
    if (this.#scheduler.events > MOST_EVENTS) this.#violations.push('a process is in a hot loop')
  }

  get #holder(): string | undefined {
    return this.#store.object?.record.holderIdentity
  }

  #wrote(write: AppliedWrite): void {
    this.#judge.wrote(write)
    this.#wroteAtMs.set(write.by.name, write.atMs)
    if (write.by.name === KEEPER) this.#violations.push(...this.#faultsOf(write))
  }

  /** S8: what is wrong with a write of the keeper's. */
  #faultsOf({ before, after }: AppliedWrite): string[] {
    if (!before || !after) return ['S8: the keeper created or deleted the lease']
    const faults: string[] = []
    const { holderIdentity } = before.record
    const holder = [this.#program, ...this.#standbys].find(({ name }) => name === holderIdentity)
    if (after.record.holderIdentity === '') {
      // A candidate that has not renewed for a full lease duration would have lost its lease anyway.
      const unrenewedMs = this.#scheduler.nowMs - (this.#wroteAtMs.get(holderIdentity) ?? 0)
      if (holder !== this.#program && holder?.state !== 'dead' && unrenewedMs < this.#plan.timings.leaseDurationMs) faults.push(`S8: the keeper released the lease of ${holderIdentity || 'nobody'}`)
      if (holder === this.#program && (holder.state !== 'dead' || this.#isChildAlive)) faults.push('S8: the keeper released the lease of a program that had not ended')
      return faults
    }
    const told = this.#plan.told === 'standby' ? 'standby-1' : 'program'
    if (holderIdentity !== told) faults.push(`S8: the keeper wrote over the record of ${holderIdentity || 'nobody'}`)
    if (!isSameRecord({ ...after.record, renewTime: before.record.renewTime }, before.record)) faults.push('S8: the keeper changed more than the renew time')
    if (!this.#wasStoppedAtSending) faults.push('S8: the keeper wrote while the program ran')
    return faults
  }
}
