import type { ClientGoSetup } from './client-go-candidate.ts'
import type { Timings } from './judge/candidate-state.ts'
import { GOOD, GOOD_WATCH, type LinkQuality, type WatchQuality } from './network.ts'
import type { OurSetup } from './our-candidate.ts'
import type { Suspension } from './process.ts'
import type { Random } from './random.ts'
import type { Trouble, WatchdogSetup } from './simulated-watchdog.ts'

/** What a seed makes of one place in the election, whoever fills it after restarts. */
export interface Place {
  readonly ours: Omit<OurSetup, 'identity' | 'timings'> | null
  /** With it, ours is a `join` that runs a command. */
  readonly watchdog: WatchdogSetup | null
  readonly clientGo: Omit<ClientGoSetup, 'identity' | 'timings'> | null
  readonly canWatch: boolean
  readonly canAcknowledge: boolean
  readonly watch: WatchQuality
  readonly link: LinkQuality
  readonly failsFast: boolean
  readonly rate: number
  readonly wallLeadMs: number
  readonly startsAtMs: number
  readonly keepsIdentity: boolean
  readonly restartMs: number
}

export type FaultKind =
  | 'cut'
  | 'outage'
  | 'bad-link'
  | 'bad-watch'
  | 'stop-process'
  | 'sleep-machine'
  | 'freeze-machine'
  | 'block-loop'
  | 'refuse'
  | 'jump-wall'
  | 'crash'
  | 'leave'
  | 'empty'
  | 'take'
  | 'give'
  | 'delete'
  | 'recreate'
  | 'roll-back'
  | 'restore'
  | 'lose-all'
  | 'stretch'
  | 'edit-labels'
  | 'failover'

export interface Fault {
  readonly atMs: number
  readonly kind: FaultKind
  readonly place: number
  readonly durationMs: number
  /** Kind-specific: how far a wall clock jumps, which variant of a write. */
  readonly amount: number
}

/** One failover of ours, and what becomes of its process. Times are true milliseconds. */
export interface Move {
  readonly atMs: number
  readonly canWatch: boolean
  readonly failsFast: boolean
  readonly rate: number
  readonly wallLeadMs: number
  /** Which of the others is to lead; null: whoever comes first. */
  readonly toIndex: number | null
  /** The renewal interval that it has observed, in retry periods. */
  readonly observedShare: number
  /** For how long its plan was looked at, before it began. */
  readonly planAgeMs: number
  /** The lease duration that its plan goes by, in those that are recorded; less than 1: it was made longer since. */
  readonly plannedLeaseShare: number
  /** When the old leader's Pod may first be known to have ended, after its start; null: it can't be. */
  readonly proofAfterMs: number | null
  /** When Ctrl-C comes, after its start. */
  readonly interruptedAfterMs: number | null
  readonly killedAfterMs: number | null
  readonly suspended: { readonly how: Suspension; readonly afterMs: number; readonly durationMs: number } | null
}

/** Everything that a seed decides beforehand. */
export interface Plan {
  readonly timings: Timings
  readonly clocks: 'alike' | 'within the promise' | 'beyond the promise'
  readonly places: readonly Place[]
  readonly faults: readonly Fault[]
  readonly moves: readonly Move[]
  /** From here on nothing goes wrong any more. */
  readonly healedAtMs: number
}

const TIMINGS: readonly Timings[] = [
  { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 },
  { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 },
  { leaseDurationMs: 6_000, renewDeadlineMs: 4_000, retryPeriodMs: 1_000 },
  { leaseDurationMs: 10_000, renewDeadlineMs: 5_000, retryPeriodMs: 1_000 },
  { leaseDurationMs: 4_000, renewDeadlineMs: 3_000, retryPeriodMs: 500 },
]

const FAULTS: readonly FaultKind[] = [
  'cut',
  'cut',
  'outage',
  'bad-link',
  'bad-link',
  'bad-watch',
  'stop-process',
  'sleep-machine',
  'freeze-machine',
  'block-loop',
  'refuse',
  'jump-wall',
  'crash',
  'leave',
  'leave',
  'edit-labels',
]
const FOREIGN_WRITES: readonly FaultKind[] = [
  'empty',
  'take',
  'give',
  'delete',
  'recreate',
  'roll-back',
  'restore',
  'lose-all',
  'stretch',
  'failover',
]

export function planOf(random: Random): Plan {
  const timings = random.pick(TIMINGS)
  const leaseMs = timings.leaseDurationMs
  const clocks = random.chance(0.4) ? 'alike' : random.chance(0.75) ? 'within the promise' : 'beyond the promise'
  const healedAtMs = leaseMs * random.between(3, 7)
  const isMixed = random.chance(0.4) && timings.renewDeadlineMs + timings.retryPeriodMs < leaseMs
  const places = Array.from({ length: random.integer(2, 7) }, () => placeOf(random, { timings, clocks, isMixed }))
  const hasForeignWrites = random.chance(0.4)
  const count = random.chance(0.05) ? 0 : random.integer(1, 10)
  const faults = Array.from({ length: count }, (): Fault[] => {
    const atMs = random.between(0.02, 0.95) * healedAtMs
    const fault = {
      atMs,
      kind: random.pick(hasForeignWrites && random.chance(0.4) ? FOREIGN_WRITES : FAULTS),
      place: random.integer(0, places.length - 1),
      durationMs: Math.min(leaseMs * random.between(0.02, 2.5), healedAtMs - atMs),
      amount: random.next(),
    }
    if (fault.kind !== 'jump-wall' || random.chance(0.5)) return [fault]
    // A clock that is set back, and then a machine that sleeps: what the one hides, the other must not.
    return [{ ...fault, amount: 0 }, { ...fault, atMs: atMs + 300, kind: 'sleep-machine' }]
  }).flat()
  const moveCount = random.chance(0.6) ? random.integer(1, 3) : 0
  const moves = Array.from({ length: moveCount }, () => moveOf(random, { timings, clocks, healedAtMs }))
  return { timings, clocks, places, faults, moves, healedAtMs }
}

function moveOf(random: Random, { timings, clocks, healedAtMs }: Pick<Plan, 'timings' | 'clocks' | 'healedAtMs'>): Move {
  const { leaseDurationMs, renewDeadlineMs, retryPeriodMs } = timings
  const some = (likely: number, afterMs: number): number | null => (random.chance(likely) ? random.between(0, afterMs) : null)
  const wholeMs = 1.5 * leaseDurationMs
  return {
    atMs: random.between(0.02, 0.95) * healedAtMs,
    canWatch: random.chance(0.8),
    failsFast: random.chance(0.5),
    rate: rateOf(random, clocks, leaseDurationMs / renewDeadlineMs),
    wallLeadMs: Date.UTC(2026, 0, 1) + random.between(-60_000, 60_000),
    toIndex: random.chance(0.4) ? random.integer(0, 6) : null,
    observedShare: random.between(0.2, 1.2),
    planAgeMs: random.chance(0.3) ? random.between(0, 2 * leaseDurationMs) : 0,
    plannedLeaseShare: random.chance(0.15) ? 0.5 : 1,
    proofAfterMs: some(0.5, wholeMs),
    // Soon after the placeholder, and any time.
    interruptedAfterMs: random.chance(0.5) ? some(0.5, 2 * retryPeriodMs) : some(0.4, wholeMs),
    killedAfterMs: some(0.2, wholeMs),
    suspended: random.chance(0.35)
      ? {
          how: random.pick(['stopped', 'stopped', 'asleep', 'frozen'] as const),
          afterMs: random.between(0, wholeMs),
          durationMs: random.between(0, 2 * leaseDurationMs),
        }
      : null,
  }
}

function placeOf(
  random: Random,
  { timings, clocks, isMixed }: Pick<Plan, 'timings' | 'clocks'> & { isMixed: boolean },
): Place {
  const isClientGo = isMixed && random.chance(0.5)
  const base = {
    canWatch: random.chance(0.8),
    canAcknowledge: random.chance(0.85),
    watch: random.chance(0.6) ? GOOD_WATCH : badWatch(random),
    link: random.chance(0.6) ? GOOD : badLink(random, timings),
    failsFast: random.chance(0.5),
    rate: rateOf(random, clocks, timings.leaseDurationMs / timings.renewDeadlineMs),
    wallLeadMs: Date.UTC(2026, 0, 1) + random.between(-60_000, 60_000),
    startsAtMs: random.chance(0.5) ? 0 : random.between(0, timings.leaseDurationMs),
    keepsIdentity: random.chance(0.3),
    restartMs: random.between(0, timings.leaseDurationMs),
  }
  if (isClientGo) {
    const readsBeforeRelease = random.chance(0.3)
    const clientGo = { releaseOnCancel: random.chance(0.6), hasFastPath: random.chance(0.7), readsBeforeRelease }
    return { ...base, ours: null, watchdog: null, clientGo }
  }
  const ours = {
    rejoin: random.chance(0.6),
    releaseOnCancel: random.chance(0.85),
    maxHoldMs: random.chance(0.2) ? random.between(0.5, 3) * timings.leaseDurationMs : 0,
    onOverrun: random.chance(0.5) ? ('exit' as const) : ('report' as const),
    slowestEndMs: random.chance(0.5) ? 2 * timings.leaseDurationMs : 200,
    endsByItself: random.chance(0.2) ? 0.5 : 0,
  }
  return { ...base, ours, watchdog: random.chance(0.3) ? watchdogOf(random, timings) : null, clientGo: null }
}

const STEPS = ['start', 'waiting', 'go', 'started', 'renewed', 'heard', 'stop', 'exited', 'gone'] as const
const TROUBLES = ['kill watchdog', 'stop watchdog', 'stop watchdog', 'slow link', 'kill join', 'stop join'] as const

function watchdogOf(random: Random, { leaseDurationMs }: Timings): WatchdogSetup {
  const trouble = (): Trouble => ({
    after: random.pick(STEPS),
    what: random.pick(TROUBLES),
    delayMs: random.chance(0.7) ? random.skewed(0, 50) : random.between(0, leaseDurationMs),
    durationMs: random.chance(0.5) ? random.between(0, 1_000) : random.between(0, 2 * leaseDurationMs),
  })
  return {
    command: {
      slowestEndMs: random.chance(0.5) ? 2 * leaseDurationMs : 200,
      ignoresTerm: random.chance(0.3) ? 0.5 : 0,
      forks: random.chance(0.4) ? 0.6 : 0,
      endsByItself: random.chance(0.3) ? 0.5 : 0,
    },
    bootMs: random.between(20, 400),
    latencyMs: random.between(0.2, 5),
    troubles: random.chance(0.4) ? Array.from({ length: random.integer(1, 3) }, trouble) : [],
  }
}

function rateOf(random: Random, clocks: Plan['clocks'], promisedRatio: number): number {
  if (clocks === 'alike') return random.between(0.9999, 1.0001)
  const ratio = clocks === 'within the promise' ? promisedRatio : promisedRatio * 1.6
  // The extremes matter most.
  if (random.chance(0.6)) return random.chance(0.5) ? 0.8 : 0.8 * ratio
  return 0.8 * random.between(1, ratio)
}

export function badLink(random: Random, timings: Timings): LinkQuality {
  return {
    latencyMs: random.skewed(1, timings.retryPeriodMs),
    slowestMs: random.skewed(timings.retryPeriodMs, timings.renewDeadlineMs),
    lossRequest: random.chance(0.5) ? random.between(0, 0.4) : 0,
    lossReply: random.chance(0.6) ? random.between(0, 0.5) : 0,
    repeat: random.chance(0.3) ? random.between(0, 0.5) : 0,
    stuck: random.chance(0.4) ? random.between(0, 0.3) : 0,
  }
}

export function badWatch(random: Random): WatchQuality {
  return {
    isAllowed: random.chance(0.8),
    lossEvent: random.chance(0.4) ? random.between(0, 0.6) : 0,
    lateEvent: random.chance(0.4) ? random.between(0, 0.6) : 0,
    repeatEvent: random.chance(0.4) ? random.between(0, 0.5) : 0,
    silent: random.chance(0.4) ? random.between(0, 0.2) : 0,
    end: random.chance(0.4) ? random.between(0, 0.2) : 0,
  }
}
