import type { FailoverResult } from './failover-events.ts'
import { stoppedEarlyText } from './abortion-text.ts'
import type { FailoverPlan } from './failover-plan.ts'

/** The maximum length of an Event's message (validation of core/v1 Events). */
const LONGEST_MESSAGE = 1_000

/** The messages of a failover's Events: who moved leadership, from where to where, and why. */
export function eventMessages({ request, from, to }: FailoverPlan, isCrash: boolean): {
  readonly begun: () => string
  readonly ended: (result: FailoverResult) => string
} {
  const { actor, reason, deletesPod, evicts } = request
  const why = reason ? `: ${reason}` : ''
  const how = isCrash ? 'with a command' : deletesPod ? `by ${evicts ? 'evicting' : 'deleting'} its Pod` : `to ${to ?? 'the first candidate to acquire the lease'}`
  return {
    begun: () => cut(`${actor} moves leadership from ${from} ${how}${why}`),
    ended: (result) => cut(`The failover of ${actor} ${endText(result)}`),
  }
}

function endText({ outcome, from, to, abortion }: FailoverResult): string {
  switch (outcome) {
    case 'moved':
      return `moved leadership from ${from} to ${to}`
    case 'returned':
      return `ended with the old leader ${from} leading again, as ${to}`
    case 'free':
      return `ended without a new leader after ${from}`
    case 'aborted':
      return stoppedEarlyText(abortion!)
  }
}

function cut(message: string): string {
  return message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE - 1)}…`
}
