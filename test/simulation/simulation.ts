import type { Attribution } from './judge/attribution.ts'
import { ClientGoCandidate } from './client-go-candidate.ts'
import { runFailover } from './failover-actor.ts'
import { commandDeadlines } from '../../shared/guard/deadlines.ts'
import { checkOf, gateOf, type Gate } from './gate.ts'
import { HandWriting } from './hand-writing.ts'
import { WAKE_TICK_MS } from './judge/deadline-rules.ts'
import { Judge, NO_TRACE } from './judge/judge.ts'
import { GOOD, GOOD_WATCH, Link } from './network.ts'
import { runJoinCandidate } from './join-candidate.ts'
import { runOurCandidate } from './our-candidate.ts'
import { badLink, badWatch, planOf, type Fault, type Place, type Plan } from './plan.ts'
import { Process, type Suspension } from './process.ts'
import { Random } from './random.ts'
import { Scheduler } from './scheduler.ts'
import { SimulatedLock } from './simulated-lock.ts'
import { SimulatedWatchdog } from './simulated-watchdog.ts'
import { Store } from './store.ts'

/** For so long a failover tries its first write. */
const FIRST_WRITE_PATIENCE_MS = 15_000

/** Tells the numbers of the gates from the others of a seed. */
const GATES = 0x6a7e5

/** Far more events than any election needs: a process that causes more is in a loop. */
const MOST_EVENTS = 100_000

/** What became of one seed. */
export interface Outcome {
  readonly seed: number
  readonly violations: readonly string[]
  readonly attributions: ReadonlyMap<Attribution, { readonly count: number; readonly longestMs: number }>
  readonly terms: number
  readonly simulatedMs: number
  /** What came of failovers, by what they told. */
  readonly failovers: readonly string[]
  readonly trace: readonly string[]
}

/** One place in the election with the process that fills it. */
interface Seat {
  readonly place: Place
  readonly index: number
  readonly link: Link
  readonly random: Random
  readonly gate: Gate | null
  watch: Place['watch']
  lock: SimulatedLock | null
  process: Process | null
  /** What its processes run on. */
  machine: Process | null
  watchdog: SimulatedWatchdog | null
  identity: string
  stop: AbortController
  incarnation: number
}

export interface SimulationOptions {
  readonly trace?: boolean
  /** Whether candidates of ours have a health check, which fails at times, or always. */
  readonly hasGates?: boolean
}

/** Plays one election from its seed. The same seed gives the same run, to the last message. */
export async function simulate(seed: number, options: SimulationOptions = {}): Promise<Outcome> {
  return new Simulation(seed, options).run()
}

const SUSPENSIONS = {
  'stop-process': 'stopped',
  'sleep-machine': 'asleep',
  'freeze-machine': 'frozen',
  'block-loop': 'blocked',
} as const satisfies Partial<Record<Fault['kind'], Suspension>>

class Simulation {
  readonly #seed: number
  readonly #random: Random
  readonly #plan: Plan
  readonly #scheduler = new Scheduler()
  readonly #judge: Judge
  readonly #store: Store
  readonly #seats: Seat[]
  readonly #hand: HandWriting
  readonly #moveLinks: Link[] = []
  readonly #failovers: string[] = []
  readonly #trace: string[] = []

  constructor(seed: number, { trace: isTraced = false, hasGates = false }: SimulationOptions) {
    this.#seed = seed
    this.#random = new Random(seed)
    this.#plan = planOf(this.#random.fork())
    const trace = isTraced
      ? (line: string): void => void this.#trace.push(`${this.#scheduler.nowMs.toFixed(1).padStart(10)}  ${line}`)
      : NO_TRACE
    this.#judge = new Judge(this.#scheduler, this.#plan.timings, trace)
    this.#store = new Store(
      () => this.#scheduler.nowMs,
      (write) => this.#judge.wrote(write),
    )
    const now = (): number => this.#scheduler.nowMs
    // Of its own numbers, so that a seed without gates stays what it was.
    const gates = new Random(seed ^ GATES)
    this.#seats = this.#plan.places.map((place, index) => ({
      place,
      index,
      link: new Link(this.#random.fork(), now, this.#plan.healedAtMs),
      random: this.#random.fork(),
      gate: hasGates && place.ours ? gateOf(gates, this.#plan.timings, this.#plan.healedAtMs) : null,
      watch: place.watch,
      lock: null,
      process: null,
      machine: null,
      watchdog: null,
      identity: '',
      stop: new AbortController(),
      incarnation: 0,
    }))
    this.#hand = new HandWriting(this.#scheduler, this.#store, () => this.#seats.map(({ identity }) => identity))
    trace(describe(this.#plan))
    for (const fault of this.#plan.faults) {
      this.#scheduler.at(fault.atMs, () => {
        trace(`* ${fault.kind} (${fault.place + 1}, ${Math.round(fault.durationMs)} ms, ${fault.amount.toFixed(2)})`)
        this.#strike(fault)
      })
    }
  }

  /** Every failover has a link of its own, which heals with all others. */
  #plannedMoves(): void {
    const { moves, healedAtMs, timings } = this.#plan
    for (const [index, move] of moves.entries()) {
      const random = this.#random.fork()
      const link = new Link(random.fork(), () => this.#scheduler.nowMs, healedAtMs)
      link.failsFast = move.failsFast
      this.#moveLinks.push(link)
      this.#scheduler.at(move.atMs, () => {
        const world = { scheduler: this.#scheduler, store: this.#store, judge: this.#judge, timings }
        const name = `failover-${index + 1}`
        const tell = (what: string): unknown => this.#failovers.push(what)
        runFailover(world, move, { name, link, random, candidates: () => this.#seats, tell })
      })
    }
  }

  async run(): Promise<Outcome> {
    this.#plannedMoves()
    for (const seat of this.#seats) {
      seat.link.quality = seat.place.link
      seat.link.failsFast = seat.place.failsFast
      this.#scheduler.at(seat.place.startsAtMs, () => this.#start(seat))
    }
    const { healedAtMs, timings } = this.#plan
    await this.#runUntil(healedAtMs)
    this.#heal()
    const boundMs = this.#boundMs()
    const step = timings.leaseDurationMs / 2
    let untilMs = healedAtMs
    while (!this.#judge.hasLeader && untilMs < healedAtMs + boundMs) {
      untilMs = Math.min(untilMs + step, healedAtMs + boundMs)
      await this.#runUntil(untilMs)
    }
    if (!this.#judge.hasLeader) {
      this.#judge.violation(`there was no leader within ${Math.round(boundMs)} ms after the faults had ended`)
    }
    await this.#runUntil(untilMs + 2 * timings.leaseDurationMs)
    this.#judge.conclude()
    return {
      seed: this.#seed,
      violations: this.#judge.violations,
      attributions: this.#judge.attributions,
      terms: this.#judge.termsStarted,
      simulatedMs: this.#scheduler.nowMs,
      failovers: this.#failovers,
      trace: this.#trace,
    }
  }

  async #runUntil(untilMs: number): Promise<void> {
    await this.#scheduler.runUntil(untilMs, MOST_EVENTS)
    if (this.#scheduler.events > MOST_EVENTS) this.#judge.violation('a process is in a hot loop')
  }

  #start(seat: Seat): void {
    if (seat.process && seat.process.state !== 'dead') return
    const { place, link } = seat
    seat.incarnation += 1
    const number = seat.index + 1
    const name = `${place.ours ? 'ours' : 'go'}-${number}.${seat.incarnation}`
    seat.identity = place.keepsIdentity ? `candidate-${number}` : name
    const machine = new Process(this.#scheduler, seat.random.fork(), { ...place, name: `${name}'s machine` })
    const process = new Process(this.#scheduler, seat.random.fork(), { ...place, name, machine })
    seat.machine = machine
    seat.process = process
    seat.stop = new AbortController()
    const lock = new SimulatedLock(
      { scheduler: this.#scheduler, store: this.#store, judge: this.#judge },
      process,
      link,
      seat.random.fork(),
      { watch: place.canWatch, acknowledge: place.canAcknowledge },
    )
    lock.watchQuality = seat.watch
    seat.lock = lock
    const { identity } = seat
    const kind = place.ours ? 'ours' : 'client-go'
    const { onOverrun, releaseOnCancel } = { onOverrun: 'report' as const, ...place.ours, ...place.clientGo }
    const { timings } = this.#plan
    const runsCommands = place.watchdog !== null
    const worksForMs = runsCommands ? commandDeadlines(timings).killAfterMs : timings.renewDeadlineMs
    this.#judge.register({ process, kind, identity, onOverrun: runsCommands ? 'report' : onOverrun, releaseOnCancel: releaseOnCancel ?? false, worksForMs, runsCommands, graceMs: seat.gate?.settings.graceMs ?? null })
    seat.watchdog = place.watchdog && this.#watchdog(seat, process, machine)
    this.#tellHealth(seat)
    const world = { process, lock, judge: this.#judge, random: seat.random.fork() }
    const health = seat.gate && { health: checkOf(seat.gate, process, () => this.#scheduler.nowMs) }
    const run = seat.watchdog
      ? runJoinCandidate({ ...place.ours!, identity, timings, ...health }, { ...world, stop: seat.stop.signal, watchdog: seat.watchdog })
      : place.ours
      ? runOurCandidate({ ...place.ours, identity, timings, ...health }, { ...world, stop: seat.stop.signal })
      : new ClientGoCandidate({ ...place.clientGo!, identity, timings }, world).run(seat.stop.signal)
    run.then(
      () => this.#restart(seat, process),
      (error: unknown) => this.#judge.violation(`${name} threw ${String(error)}`),
    )
  }

  /** The process has ended: it is started again. */
  #restart(seat: Seat, process: Process): void {
    if (seat.process !== process || process.state === 'dead') return
    this.#judge.left(process)
    process.kill()
    seat.watchdog?.abandoned()
    this.#scheduler.after(seat.place.restartMs, () => this.#start(seat))
  }

  #strike(fault: Fault): void {
    const seat = this.#seats[fault.place]!
    const { process, link } = seat
    const { timings } = this.#plan
    switch (fault.kind) {
      case 'cut':
        return this.#cut([seat], fault.durationMs)
      case 'outage':
        return this.#cut(this.#seats, fault.durationMs, this.#moveLinks)
      case 'bad-link':
        link.quality = badLink(seat.random, timings)
        this.#tellHealth(seat)
        this.#scheduler.after(fault.durationMs, () => {
          link.quality = GOOD
          this.#tellHealth(seat)
        })
        return
      case 'refuse':
        link.refusal = fault.amount < 0.5 ? 'forbidden' : 'rejected'
        this.#tellHealth(seat)
        this.#scheduler.after(fault.durationMs, () => {
          link.refusal = null
          this.#tellHealth(seat)
        })
        return
      case 'bad-watch':
        seat.watch = badWatch(seat.random)
        if (seat.lock) seat.lock.watchQuality = seat.watch
        return
      case 'stop-process':
      case 'sleep-machine':
      case 'freeze-machine':
      case 'block-loop':
        if (process?.state !== 'running' || this.#isClockUnsettled(process)) return
        // Go has no event loop to block.
        if (fault.kind === 'block-loop' && !seat.place.ours) return
        if (seat.watchdog && !seat.watchdog.isHealthy) return
        this.#judge.health(process, false)
        this.#suspend(seat, process, SUSPENSIONS[fault.kind])
        this.#judge.suspended(process)
        this.#scheduler.after(fault.durationMs, () => this.#resume(seat, process))
        return
      case 'jump-wall': {
        if (process?.state !== 'running' || this.#isClockUnsettled(process)) return
        process.jumpedAtMs = this.#scheduler.nowMs
        const byMs = (fault.amount - 0.5) * 2 * fault.durationMs
        process.jumpWall(byMs)
        this.#tellHealth(seat)
        return
      }
      case 'crash': {
        if (process && process.state !== 'dead') this.#crash(seat, process)
        return
      }
      case 'leave':
        if (process?.state !== 'running') return
        this.#judge.leaving(process)
        seat.stop.abort()
        return
      default:
        this.#hand.write(fault)
    }
  }

  /**
   * A wall clock that is set back, and a machine that falls asleep or wakes, within one tick of the elector's are
   * beyond what any reading of clocks can tell.
   */
  #isClockUnsettled({ resumed, jumpedAtMs, rate }: Process): boolean {
    const sinceMs = Math.max(resumed?.atMs ?? Number.NEGATIVE_INFINITY, jumpedAtMs)
    return this.#scheduler.nowMs - sinceMs <= (2 * WAKE_TICK_MS) / rate
  }

  #cut(seats: readonly Seat[], durationMs: number, others: readonly Link[] = []): void {
    const set = (isCut: boolean): void => {
      for (const link of [...seats.map((each) => each.link), ...others]) link.isCut = isCut
      for (const seat of seats) this.#tellHealth(seat)
    }
    set(true)
    this.#scheduler.after(durationMs, () => set(false))
  }

  #watchdog(seat: Seat, join: Process, machine: Process): SimulatedWatchdog {
    const process = new Process(this.#scheduler, seat.random.fork(), { ...seat.place, name: `${join.name}'s watchdog`, machine })
    const world = { scheduler: this.#scheduler, judge: this.#judge, machine, join, random: seat.random.fork() }
    return new SimulatedWatchdog({ ...world, crash: () => this.#crash(seat, join), isFaulty: () => this.#scheduler.nowMs < this.#plan.healedAtMs }, process, seat.place.watchdog!)
  }

  #crash(seat: Seat, process: Process): void {
    // Where its watchdog is gone as well, nobody is left to end the command.
    if (seat.watchdog && !seat.watchdog.isHealthy && !seat.watchdog.isIdle) return
    this.#judge.died(process)
    process.kill()
    seat.watchdog?.abandoned()
    this.#scheduler.after(seat.place.restartMs, () => this.#start(seat))
  }

  /** A machine that sleeps takes all its processes with it. */
  #suspend({ machine, watchdog }: Seat, process: Process, how: Suspension): void {
    if (how === 'asleep' || how === 'frozen') {
      machine!.suspend(how)
      watchdog?.process.suspend(how)
    }
    process.suspend(how)
  }

  #resume(seat: Seat, process: Process): void {
    if (!process.isSuspended) return
    this.#judge.resumed(process)
    const { machine, watchdog } = seat
    if (seat.process === process && machine?.isSuspended) {
      machine.resume()
      watchdog?.process.resume()
    }
    process.resume()
    if (seat.process === process) this.#tellHealth(seat)
  }

  /** To be called whenever something has happened to a candidate: from here on, it may be that nothing is wrong. */
  #tellHealth({ process, link }: Seat): void {
    if (process) this.#judge.health(process, process.state === 'running' && link.isHealthy)
  }

  /** From now on nothing goes wrong any more. */
  #heal(): void {
    for (const link of this.#moveLinks) {
      link.isCut = false
      link.quality = GOOD
    }
    for (const seat of this.#seats) {
      const { isHealthy } = seat.link
      seat.link.isCut = false
      seat.link.quality = GOOD
      seat.link.refusal = null
      seat.watch = GOOD_WATCH
      if (seat.lock) seat.lock.watchQuality = GOOD_WATCH
      if (seat.process) this.#resume(seat, seat.process)
      seat.watchdog?.heal()
      if (seat.process?.state === 'running' && !isHealthy) this.#tellHealth(seat)
      if (!seat.process || seat.process.state === 'dead') {
        this.#scheduler.after(seat.place.restartMs, () => this.#start(seat))
      }
    }
  }

  /**
   * How long it may take until somebody leads: the last record that anybody saw (a placeholder's at worst) runs out,
   * those whose term somebody ended have backed off, work winds down, who has died comes back, and a poll and a few
   * requests go by; all on the slowest clock.
   */
  #boundMs(): number {
    const { leaseDurationMs, renewDeadlineMs, retryPeriodMs } = this.#plan.timings
    const slowest = Math.min(...this.#plan.places.map(({ rate }) => rate))
    const windDownMs = Math.max(...this.#plan.places.map(({ ours }) => ours?.slowestEndMs ?? 0))
    const ownMs = 2 * leaseDurationMs + 3_000 + renewDeadlineMs + 8 * retryPeriodMs + windDownMs
    // A failover may begin late, hold for its whole block, and hand it to somebody who is gone.
    const moveMs = this.#plan.moves.length * (FIRST_WRITE_PATIENCE_MS + 2 * leaseDurationMs + 8 * retryPeriodMs)
    const graceMs = Math.max(0, ...this.#seats.map(({ gate }) => gate?.settings.graceMs ?? 0))
    return (ownMs + moveMs + 2 * graceMs) / slowest + leaseDurationMs
  }
}

function describe({ timings, clocks, places, healedAtMs }: Plan): string {
  const seconds = [timings.leaseDurationMs, timings.renewDeadlineMs, timings.retryPeriodMs].map((ms) => `${ms / 1000}s`)
  const who = places.map(({ ours, rate }) => `${ours ? 'ours' : 'client-go'} ×${rate.toFixed(3)}`)
  return `${seconds.join('/')}, clocks ${clocks}, healed at ${Math.round(healedAtMs)} ms: ${who.join(', ')}`
}
