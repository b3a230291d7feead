import type { ManyEvent, ManyPlan, Verdict } from '../../shared/actions/failover-many.ts'
import type { FailoverPlan } from '../../shared/actions/failover.ts'
import { eventJson, planJson } from './event-json.ts'

/** The `plan` line of a failover of several elections with `-o json`. Only JSON escapes are applied to text from the cluster. */
export function manyPlanJson({ request, moves, left, excluded, totalMs }: ManyPlan, context: string, dryRun: 'client' | 'server' | undefined): object {
  return {
    ...{ type: 'plan', context, onNodes: request.onNodes, inZones: request.inZones, atOnce: request.atOnce, totalMs: Math.round(totalMs) },
    moves: moves.map(({ plans, owner, isControlPlane }) => ({ owner, isControlPlane, elections: plans.map((plan) => withoutType(planJson(plan, context, undefined))) })),
    left: left.map(leftJson),
    excluded: Object.fromEntries(excluded),
    ...(dryRun && { dryRun }),
  }
}

/** An election that is not moved, and why. */
export function leftJson({ place, kind, message, remedy }: ManyPlan['left'][number]): object {
  return { place, kind, message, ...(remedy && { remedy }) }
}

/** Any other line, with its election; null for what only `verdict` tells. */
export function manyEventJson(event: ManyEvent): object | null {
  if (event.type === 'begun') return null
  if (event.type === 'ended') return { type: 'verdict', ...verdictJson(event.verdict) }
  return event.event.type === 'result' ? null : { ...eventJson(event.event), ...placeOf(event.plan) }
}

/** A verdict: what became of one election. */
export function verdictJson({ place, outcome, from, result, message }: Verdict): object {
  const { lock, namespace, name } = place
  return { lock, namespace, name, ...result, outcome, from, ...(message !== null && { message }) }
}

function placeOf({ request: { place } }: FailoverPlan): object {
  const { lock, namespace, name } = place
  return { lock, namespace, name }
}

function withoutType(json: object): object {
  return Object.fromEntries(Object.entries(json).filter(([key]) => key !== 'type' && key !== 'context'))
}
