import { acquisitionOf } from '../../../shared/actions/failover/acquisition.ts'
import { FailoverSteps, type FailoverTerms } from '../../../shared/actions/failover/failover-steps.ts'
import { runScheduled } from '../../../shared/actions/failover-many/schedule.ts'
import { isPlaceholder } from '../../../shared/lease/placeholder.ts'
import { ClientGoCandidate } from '../client-go-candidate.ts'
import { claimOf } from '../failover-actor.ts'
import type { Timings } from '../judge/candidate-state.ts'
import { Judge } from '../judge/judge.ts'
import { Link } from '../network.ts'
import { runOurCandidate } from '../our-candidate.ts'
import { badLink } from '../plan.ts'
import { Process } from '../process.ts'
import { Random } from '../random.ts'
import { Scheduler } from '../scheduler.ts'
import { SimulatedLock } from '../simulated-lock.ts'
import { Store } from '../store.ts'

const TIMINGS: readonly Timings[] = [
  { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 },
  { leaseDurationMs: 6_000, renewDeadlineMs: 4_000, retryPeriodMs: 1_000 },
]
const MOST_EVENTS = 400_000
const DRIVER = 'driver'

/** What became of one seed. */
export interface ManyOutcome {
  readonly seed: number
  readonly violations: readonly string[]
  /** The verdicts of the failovers, by what they told. */
  readonly verdicts: readonly string[]
  readonly isKilled: boolean
  readonly isInterrupted: boolean
  readonly mostAtOnce: number
  /** Failovers of several leases whose leaders were one process. */
  readonly sharedMoves: number
}

/** Several elections of several owners, each Pod a candidate in all of its owner's, and one command that moves all leaders. */
export async function simulateMany(seed: number): Promise<ManyOutcome> {
  return new World(seed).run()
}

interface Pod {
  readonly name: string
  readonly owner: Owner
  readonly isOurs: boolean
  process: Process | null
  incarnation: number
}

interface Owner {
  readonly name: string
  readonly isControlPlane: boolean
  readonly elections: Election[]
  readonly pods: Pod[]
}

/** A lease, with a judge of its own. */
interface Election {
  readonly name: string
  readonly owner: Owner
  readonly store: Store
  readonly judge: Judge
}

/** What is moved together: the leases of one process. */
interface Move {
  readonly owner: string
  readonly isControlPlane: boolean
  readonly plans: readonly { readonly election: Election; readonly terms: FailoverTerms }[]
}

class World {
  readonly #seed: number
  readonly #random: Random
  readonly #timings: Timings
  readonly #scheduler = new Scheduler()
  readonly #owners: Owner[] = []
  readonly #violations: string[] = []
  readonly #verdicts: string[] = []
  readonly #stop = new AbortController()
  readonly #underway = new Set<Move>()
  #waiting: Move[] = []
  #mostAtOnce = 0
  readonly #atOnce: number
  readonly #driver: Process

  constructor(seed: number) {
    this.#seed = seed
    this.#random = new Random(seed)
    const random = this.#random
    this.#timings = random.pick(TIMINGS)
    this.#atOnce = random.integer(1, 4)
    const owners = random.integer(2, 4)
    for (let i = 1; i <= owners; i++) this.#owners.push(this.#owner(`owner-${i}`, i === owners && random.chance(0.5)))
    this.#driver = this.#process(DRIVER)
  }

  async run(): Promise<ManyOutcome> {
    const random = this.#random
    const { leaseDurationMs } = this.#timings
    for (const pod of this.#owners.flatMap(({ pods }) => pods)) this.#scheduler.at(random.between(0, 500), () => this.#start(pod))
    await this.#run(random.between(leaseDurationMs, 2 * leaseDurationMs))
    const moves = this.#plan()
    this.#waiting = [...moves]
    const spanMs = moves.length * 2 * leaseDurationMs
    const isInterrupted = random.chance(0.4)
    const isKilled = random.chance(0.3)
    if (isInterrupted) this.#scheduler.after(random.skewed(1, spanMs), () => this.#driver.deliver(() => this.#stop.abort()))
    if (isKilled) this.#scheduler.after(random.skewed(1, spanMs), () => this.#driver.kill())
    const course = { isOver: false }
    void runScheduled(moves, this.#atOnce, this.#stop.signal, (move) => this.#move(move)).then(() => (course.isOver = true))
    const isRunning = (): boolean => !course.isOver && this.#driver.state !== 'dead'
    for (let passedMs = 0; passedMs < spanMs + 8 * leaseDurationMs && isRunning(); passedMs += leaseDurationMs) await this.#run(leaseDurationMs)
    // The last placeholder expires, and a candidate acquires the lease.
    await this.#run(4 * leaseDurationMs)
    if (!course.isOver && !isKilled) this.#violations.push('the command has not ended')
    if (course.isOver && !isInterrupted && !isKilled && this.#waiting.length > 0) this.#violations.push('not all moves have begun')
    this.#conclude()
    return {
      ...{ seed: this.#seed, isKilled, isInterrupted, verdicts: this.#verdicts, mostAtOnce: this.#mostAtOnce },
      sharedMoves: moves.filter(({ plans }) => plans.length > 1).length,
      violations: [...this.#violations, ...this.#elections.flatMap(({ name, judge }) => judge.violations.map((text) => `${name}: ${text}`))],
    }
  }

  get #elections(): readonly Election[] {
    return this.#owners.flatMap(({ elections }) => elections)
  }

  #owner(name: string, isControlPlane: boolean): Owner {
    const random = this.#random
    const owner: Owner = { name, isControlPlane, elections: [], pods: [] }
    const elections = random.integer(1, 3)
    for (let i = 1; i <= elections; i++) {
      const judge = new Judge(this.#scheduler, this.#timings)
      const store = new Store(() => this.#scheduler.nowMs, (write) => judge.wrote(write))
      owner.elections.push({ name: `${name}-lease-${i}`, owner, store, judge })
    }
    const pods = random.integer(2, 3)
    for (let i = 1; i <= pods; i++) owner.pods.push({ name: `${name}-pod-${i}`, owner, isOurs: random.chance(0.4), process: null, incarnation: 0 })
    return owner
  }

  /** Losing one of its leases ends a Pod's process, and so all of its terms. Then it is started again. */
  #start(pod: Pod): void {
    const random = this.#random.fork()
    const process = this.#process(`${pod.name}.${++pod.incarnation}`)
    pod.process = process
    const identity = process.name
    const stop = new AbortController()
    const runs = pod.owner.elections.map(async (election) => {
      const { judge } = election
      const link = new Link(random.fork(), () => this.#scheduler.nowMs, Number.POSITIVE_INFINITY)
      const shared = { process, identity, onOverrun: 'report' as const, releaseOnCancel: true, worksForMs: this.#timings.renewDeadlineMs }
      judge.register({ ...shared, kind: pod.isOurs ? 'ours' : 'client-go' })
      const lock = new SimulatedLock({ scheduler: this.#scheduler, store: election.store, judge }, process, link, random.fork(), { watch: true, acknowledge: pod.isOurs })
      const world = { process, lock, judge, random: random.fork() }
      const timings = this.#timings
      if (pod.isOurs) await runOurCandidate({ identity, timings, rejoin: false, releaseOnCancel: true, maxHoldMs: 0, onOverrun: 'report', slowestEndMs: 200, endsByItself: 0 }, { ...world, stop: stop.signal })
      else await new ClientGoCandidate({ identity, timings, releaseOnCancel: true, hasFastPath: true, readsBeforeRelease: false }, world).run(stop.signal)
      return election
    })
    void Promise.race(runs).then((lost) => {
      if (process.state === 'dead') return
      for (const election of pod.owner.elections) {
        if (election === lost) election.judge.left(process)
        else election.judge.died(process)
      }
      process.kill()
      this.#scheduler.after(random.between(0, this.#timings.leaseDurationMs), () => this.#start(pod))
    })
  }

  /** As `planMany`: the leaders of one Pod are one move. */
  #plan(): readonly Move[] {
    const random = this.#random
    const moves = new Map<string, Move & { plans: { election: Election; terms: FailoverTerms }[] }>()
    for (const election of this.#elections) {
      const from = holderOf(election)
      if (from === '') continue
      const { name: owner, isControlPlane } = election.owner
      const move = moves.get(from) ?? { owner, isControlPlane, plans: [] }
      moves.set(from, move)
      move.plans.push({ election, terms: this.#terms(election) })
    }
    return random.shuffle([...moves.values()]).sort((a, b) => Number(a.isControlPlane) - Number(b.isControlPlane))
  }

  #terms({ store }: Election): FailoverTerms {
    const { leaseDurationMs, retryPeriodMs } = this.#timings
    const { record } = store.object!
    const renewIntervalMs = retryPeriodMs * 1.1
    const blockMs = leaseDurationMs + renewIntervalMs
    const placeholderMs = Math.ceil((blockMs + 1_000) / 1_000) * 1_000
    return { from: record.holderIdentity, to: null, acquisition: acquisitionOf(record, record), leaseDurationMs, renewIntervalMs, blockMs, placeholderMs, timeoutMs: 2 * leaseDurationMs }
  }

  async #move(move: Move): Promise<void> {
    this.#begins(move)
    await Promise.all(move.plans.map(({ election, terms }) => this.#failOver(election, terms)))
    this.#underway.delete(move)
  }

  /** What must hold whenever a move begins. */
  #begins(move: Move): void {
    if (this.#stop.signal.aborted) this.#violations.push('a move began after Ctrl-C')
    if (this.#driver.state === 'dead') this.#violations.push('a move began after the command was killed')
    if ([...this.#underway].some(({ owner }) => owner === move.owner)) this.#violations.push('two moves of one owner were under way')
    this.#underway.add(move)
    this.#waiting = this.#waiting.filter((each) => each !== move)
    if (this.#underway.size > this.#atOnce) this.#violations.push(`${this.#underway.size} moves were under way, of at most ${this.#atOnce}`)
    const isEarly = [...this.#waiting, ...this.#underway].some(({ isControlPlane }) => !isControlPlane)
    if (move.isControlPlane && isEarly) this.#violations.push('the control plane did not come last')
    this.#mostAtOnce = Math.max(this.#mostAtOnce, this.#underway.size)
  }

  async #failOver({ store, judge }: Election, terms: FailoverTerms): Promise<void> {
    const random = this.#random.fork()
    const process = this.#driver
    judge.register({ process, kind: 'failover', identity: DRIVER, onOverrun: 'report', releaseOnCancel: false, worksForMs: 0 })
    const link = new Link(random.fork(), () => this.#scheduler.nowMs, Number.POSITIVE_INFINITY)
    if (random.chance(0.2)) link.quality = badLink(random, this.#timings)
    const lock = new SimulatedLock({ scheduler: this.#scheduler, store, judge }, process, link, random.fork(), { watch: random.chance(0.8), acknowledge: true }, false)
    const steps = new FailoverSteps({ lock, clock: process.clock, terms, nonce: DRIVER, signal: this.#stop.signal, onEvent: () => undefined })
    try {
      const end = await steps.run()
      this.#verdicts.push(end.abortion ? `${end.abortion.cause}, ${end.abortion.left}` : end.type)
      judge.claimed(process, claimOf(terms, end, { hasSlept: false, isRepeating: link.quality.repeat > 0, heardAtMs: this.#scheduler.nowMs }))
    } catch {
      this.#verdicts.push('out of reach')
    }
  }

  /** Each election has gone on by itself, with one leader; nothing that S1 leaves out has happened. */
  #conclude(): void {
    for (const { name, judge } of this.#elections) {
      if (!judge.hasLeader) this.#violations.push(`${name} has no leader`)
      judge.conclude()
      for (const [cause] of judge.attributions) this.#violations.push(`${name} had two leaders: ${cause}`)
    }
  }

  #process(name: string): Process {
    return new Process(this.#scheduler, this.#random.fork(), { name, rate: 1, wallLeadMs: 1.77e12 })
  }

  async #run(durationMs: number): Promise<void> {
    await this.#scheduler.runUntil(this.#scheduler.nowMs + durationMs, MOST_EVENTS)
    if (this.#scheduler.events > MOST_EVENTS) this.#violations.push('a process is in a hot loop')
  }
}

function holderOf({ store }: Election): string {
  const holder = store.object?.record.holderIdentity ?? ''
  return isPlaceholder(holder) ? '' : holder
}
