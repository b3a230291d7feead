import type { ApiClient } from '../../cluster/client.ts'
import { placeText } from '../../lease/election-ref.ts'
import type { Clock } from '../../time/clock.ts'
import type { FailoverPlan, FailoverRequest } from '../failover/failover-plan.ts'
import { planFailover } from '../failover/plan-failover.ts'
import { hasRecords } from './audit-trail.ts'
import { readinessOf } from './readiness.ts'
import { RehearsalRefused, type RehearsalPlan, type RehearsalRequest, type RoundKind } from './rehearsal.ts'
import { readAuditUpTo } from './read-audit.ts'

/**
 * Returns what a rehearsal will do. Makes no changes.
 *
 * @throws FailoverRefused what `planFailover` refuses for any of the kinds; RehearsalRefused if no other candidate is known
 *   without `isForced`, or if the audit log does not show the leader's renewals; ClusterError
 */
export async function planRehearsal(client: ApiClient, clock: Clock, request: RehearsalRequest, signal: AbortSignal): Promise<RehearsalPlan> {
  const { place, kinds, crash, audit, isForced = false } = request
  if (kinds.includes('crash') !== (crash !== undefined)) {
    throw new RehearsalRefused('Rounds of the kind crash need a command that crashes the leader, and only these rounds can have one.')
  }
  const plans = await Promise.all([...new Set(kinds)].map((kind) => planFailover(client, clock, failoverOf(request, kind), signal)))
  const [plan] = plans
  if (!plan!.isOtherKnown && !isForced) {
    throw new RehearsalRefused(`No other candidate is known for the ${placeText(place)}. There may be no leader until the old leader acquires the lease again.`, { kind: 'override' })
  }
  const { ready } = await readinessOf(client, clock, place, signal)
  if (audit) await checkAudit(client, clock, plan!, audit, signal)
  return { request, plans, candidates: ready }
}

/** The failover of a round. */
export function failoverOf({ place, isForced, reason, actor }: RehearsalRequest, kind: RoundKind): FailoverRequest {
  return { place, deletesPod: kind === 'delete-pod' || kind === 'evict', evicts: kind === 'evict', isForced: isForced ?? false, reason, actor }
}

/** The leader has renewed the lease at least once since the log was opened. */
async function checkAudit(client: ApiClient, clock: Clock, { request: { place } }: FailoverPlan, audit: NonNullable<RehearsalRequest['audit']>, signal: AbortSignal): Promise<void> {
  const reading = await readAuditUpTo(client, clock, place, audit, signal)
  if (reading === null) {
    throw new RehearsalRefused(`The audit log does not show how the leader renews the ${placeText(place)}. Check that it is the log of this API server, and that its policy logs writes of leases.`)
  }
  if (!hasRecords(reading)) {
    throw new RehearsalRefused(`The audit log does not show what was written to the ${placeText(place)}. Its policy must log writes of leases at level Request or RequestResponse.`)
  }
}
