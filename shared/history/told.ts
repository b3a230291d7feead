import { LEADER_BLOCK, LEADER_FAILOVER, newLeaderOf, stoppedBy } from '../cluster/elections/leadership-events.ts'
import type { Term, TermEnd } from './term.ts'
import type { TimeRange } from './time-range.ts'

/** A failover or a block by this program, in the words of its Event, not escaped. */
export interface Intervention extends TimeRange {
  readonly message: string
}

/**
 * What an Event says of a candidate, which client-go records with reason `LeaderElection`; or an `intervention`, which this
 * program records when it moves or blocks an election.
 */
export interface ToldEvent {
  /** Empty if it is an intervention. */
  readonly identity: string
  readonly what: 'became leader' | 'stopped leading' | 'intervention'
  /** The text of the Event, not escaped. */
  readonly message: string
  /** By the clock of the candidate; often in whole seconds. */
  readonly atMs: number
  /** How exactly: the time may be so much later. */
  readonly withinMs: number
}

/** The reasons of the Events that this program records about what it does to an election. */
export const INTERVENTIONS: readonly unknown[] = [LEADER_FAILOVER, LEADER_BLOCK]

/** Reads the message of an Event; null if it is about something else. */
export function toldBy(reason: unknown, message: string): Pick<ToldEvent, 'identity' | 'what' | 'message'> | null {
  if (INTERVENTIONS.includes(reason)) return { identity: '', what: 'intervention', message }
  const leader = newLeaderOf(reason, message)
  if (leader !== null) return { identity: leader, what: 'became leader', message }
  const stopped = stoppedBy(reason, message)
  return stopped === null ? null : { identity: stopped, what: 'stopped leading', message }
}

/** What this program did to the election, in order, each once: an audit log and the cluster may hold the same Event. */
export function interventionsOf(told: readonly ToldEvent[]): Intervention[] {
  const found = told.filter(({ what }) => what === 'intervention').map(({ atMs, withinMs, message }) => ({ fromMs: atMs, toMs: atMs + withinMs, message }))
  return [...new Map(found.map((each) => [`${each.fromMs} ${each.message}`, each])).values()].sort((a, b) => a.fromMs - b.fromMs)
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
