import type { Term, TermEnd } from './term.ts'

/** What an Event says of a candidate. client-go records both with reason `LeaderElection`. */
export interface ToldEvent {
  readonly identity: string
  readonly what: 'became leader' | 'stopped leading'
  /** By the clock of the candidate; often in whole seconds. */
  readonly atMs: number
  /** How exactly: the time may be so much later. */
  readonly withinMs: number
}

/** Reads the message of a `LeaderElection` Event; null if it says neither. */
export function toldBy(message: string): Pick<ToldEvent, 'identity' | 'what'> | null {
  const match = /^(.+) (became leader|stopped leading)$/.exec(message)
  return match && { identity: match[1]!, what: match[2] as ToldEvent['what'] }
}

/**
 * The terms that Events alone tell of, where no log shows any write: each from the moment at which a candidate says that it
 * leads. When it stopped is known only if it says so, too.
 */
export function termsTold(told: readonly ToldEvent[]): Term[] {
  const sorted = [...told].sort((a, b) => a.atMs - b.atMs)
  return sorted.flatMap((event, index): Term[] => {
    const { identity, what, atMs, withinMs } = event
    if (what !== 'became leader') return []
    const later = sorted.slice(index + 1)
    const next = later.find((other) => other.what === 'became leader')
    const stop = later.find((other) => other.what === 'stopped leading' && other.identity === identity)
    const range = { fromMs: atMs, toMs: atMs + withinMs }
    const isOver = stop !== undefined || next !== undefined
    const toMs = stop === undefined ? null : stop.atMs + stop.withinMs
    const end: TermEnd | null = isOver ? { how: 'unseen', fromMs: stop?.atMs ?? atMs, toMs, atMs: null, bound: stop ? 'event' : null } : null
    return [{ holderIdentity: identity, basis: 'told', writer: null, start: { ...range, how: 'acquired' }, end, interruptions: [], leaseDurationMs: null, intervalMs: null, writes: 0, lastSuccess: range, conflicts: [] }]
  })
}

/** Uses Events for what the writes leave open: a leader that says that it stopped did not lead any longer. */
export function applyTold(terms: readonly Term[], told: readonly ToldEvent[]): Term[] {
  if (told.length === 0) return [...terms]
  return terms.map((term, index) => {
    const { end, holderIdentity, lastSuccess } = term
    if (!end || end.how === 'released') return term
    const nextOwn = terms.slice(index + 1).find((other) => other.holderIdentity === holderIdentity)
    const untilMs = nextOwn?.start.fromMs ?? Number.POSITIVE_INFINITY
    const stop = told
      .filter(({ identity, what, atMs, withinMs }) => what === 'stopped leading' && identity === holderIdentity && atMs + withinMs >= lastSuccess.fromMs && atMs < untilMs)
      .sort((a, b) => a.atMs - b.atMs)[0]
    if (!stop) return term
    const toMs = stop.atMs + stop.withinMs
    if (end.toMs !== null && end.toMs <= toMs) return term
    const bounded: TermEnd = { ...end, fromMs: Math.min(end.fromMs, toMs), toMs, bound: 'event' }
    return { ...term, end: bounded }
  })
}
