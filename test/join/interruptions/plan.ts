import type { Random } from '../../simulation/random.ts'

/** `cut` takes the API server from one candidate, `outage` from all. */
export const KINDS = ['kill-watchdog', 'stop-watchdog', 'kill-join', 'stop-join', 'terminate-join', 'cut', 'outage'] as const
export type Kind = (typeof KINDS)[number]

export const LEASE_MS = 3_000
/** What all candidates have: a command must be gone 0.2 s before a standby may lead. */
export const TIMINGS = ['--lease-duration', '3s', '--renew-deadline', '2s', '--retry-period', '400ms']

/** How long each lasts at most; 0 is for good. */
const LONGEST_MS: Readonly<Record<Kind, number>> = {
  ...{ 'kill-watchdog': 0, 'kill-join': 0, 'terminate-join': 0 },
  ...{ 'stop-watchdog': 8_000, 'stop-join': 2 * LEASE_MS, cut: 2 * LEASE_MS, outage: LEASE_MS },
}

/** What happens to one candidate, and when. */
export interface Interruption {
  readonly kind: Kind
  /** At once; or when the next term of the election begins, or its command does. Each is followed by `delayMs`. */
  readonly after: 'previous' | 'started-leading' | 'command-started'
  readonly delayMs: number
  /** What is stopped is continued, and what is cut off is connected, after this time. Kills and SIGTERM do not end. */
  readonly durationMs: number
  /** Whether it is meant for the leader, or for a standby. */
  readonly hitsLeader: boolean
  /** How requests fail while a candidate is cut off. */
  readonly cut: 'break' | 'hang' | 'lose-reply'
}

/** What comes next. It depends on the numbers alone, not on what the processes did. */
export function nextInterruption(random: Random): Interruption {
  // An outage interrupts all elections.
  const kind = random.pick([...KINDS, ...KINDS.filter((one) => one !== 'outage')])
  const after = random.pick(['previous', 'previous', 'started-leading', 'command-started'] as const)
  return {
    kind,
    after,
    // A waiting command becomes it some 50 ms after the term begins.
    delayMs: Math.round(after === 'previous' ? random.skewed(0, 4_000) : random.skewed(0, after === 'started-leading' ? 300 : 100)),
    durationMs: durationMs(kind, random),
    hitsLeader: random.chance(0.8),
    cut: random.pick(['break', 'hang', 'lose-reply'] as const),
  }
}

function durationMs(kind: Kind, random: Random): number {
  const isShort = random.chance(0.4)
  const shortMs = random.between(10, 350)
  const longMs = random.between(500, LONGEST_MS[kind])
  if (LONGEST_MS[kind] === 0) return 0
  return Math.round(isShort ? shortMs : longMs)
}

/** How a candidate's command behaves: the arguments of `command.cjs` after the folder. */
export function commandArguments(random: Random): readonly string[] {
  const grace = (): string => (random.chance(0.4) ? 'never' : String(random.integer(0, 400)))
  return [grace(), random.chance(0.4) ? grace() : 'none']
}
