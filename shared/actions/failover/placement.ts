import type { Candidate } from '../../candidates/candidate.ts'
import type { FailoverPlan, FailoverRequest } from './failover-plan.ts'
import type { FailoverResult } from './failover-events.ts'

/** Where the next leader must not run. */
export type Avoided = Pick<FailoverRequest, 'notOn' | 'notIn'>

/** Whether anything is avoided. */
export function isAvoiding({ notOn = [], notIn = [] }: Avoided): boolean {
  return notOn.length + notIn.length > 0
}

/** Whether a candidate is known to run elsewhere. */
export function isElsewhere({ pod, node }: Candidate, { notOn = [], notIn = [] }: Avoided): boolean {
  const name = pod?.nodeName ?? null
  if (name === null || notOn.includes(name)) return false
  if (notIn.length === 0) return true
  const zone = node?.zone ?? null
  return zone !== null && !notIn.includes(zone)
}

/** The candidates to prefer as the next leader, best first: those that are ready, on Nodes that are ready and not cordoned. */
export function byFitness(candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.toSorted((a, b) => unfitness(a) - unfitness(b))
}

function unfitness({ pod, node }: Candidate): number {
  return (node?.isReady === false ? 4 : 0) + (node?.isCordoned ? 2 : 0) + (pod?.isReady === false ? 1 : 0)
}

/** Whether a failover did what its request asks: leadership moved, to the candidate or the place that it names. */
export function isAsAsked({ request, to, draw }: FailoverPlan, { outcome, to: leader, pod }: FailoverResult): boolean {
  if (outcome !== 'moved') return false
  if (draw === null) return to === null || to === leader
  const isAccepted = draw.accepted.some(({ identity, pod: its }) => identity === leader || (its !== null && its.name === pod?.name && its.namespace === pod.namespace))
  if (isAccepted || request.to !== undefined || (request.notIn ?? []).length > 0) return isAccepted
  const node = pod?.node ?? null
  return node !== null && !(request.notOn ?? []).includes(node)
}
