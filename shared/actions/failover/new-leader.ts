import type { ApiClient } from '../../cluster/client.ts'
import type { Holder } from '../../cluster/holders/holder.ts'
import { lookUpHolders } from '../../cluster/holders/holder-lookup.ts'
import { holderReadings } from '../../lease/holder.ts'
import { electionKey } from '../../lease/election-ref.ts'
import type { Election } from '../../lease/election.ts'
import type { Clock } from '../../time/clock.ts'
import { withPatience } from '../../time/with-patience.ts'
import type { FailoverPlan } from './failover-plan.ts'

/** How long to look for the new leader's Pod. Without a network, the identity must do. */
const PATIENCE_MS = 5_000

/** The new leader, as far as it is known. */
export interface NewLeader {
  readonly holder: Holder | null
  /** Whether the old leader acquired the lease again, perhaps as a new process in the same Pod. */
  readonly isOldLeader: boolean
}

/**
 * Finds out who the new leader is, and whether it is the old one: the same identity, or a Pod with the same name (a
 * recreated Pod counts as the same). If Pods cannot be read, two identities that start with the same name and end in a part
 * that every process generates anew count as the same Pod. If there are no such Pods, another identity is another
 * candidate. The candidate that the lease was handed over to is always another one, because it was there before.
 */
export async function findNewLeader(client: ApiClient, clock: Clock, plan: FailoverPlan, to: string): Promise<NewLeader> {
  const { election, from } = plan
  if (to === from) return { holder: plan.holder, isOldLeader: true }
  const asHolder = { ...election, record: { ...election.record, holderIdentity: to } }
  const { holder, isSure } = await lookUp(client, clock, asHolder)
  const before = plan.holder?.pod ?? null
  const after = holder?.pod ?? null
  if (to === plan.to) return { holder, isOldLeader: false }
  if (before && after) return { holder, isOldLeader: before.name === after.name && before.namespace === after.namespace }
  if (isSure) return { holder, isOldLeader: false }
  return { holder, isOldLeader: isSameStart(from, to, election.name) }
}

/** `isSure`: everything could be read. */
async function lookUp(client: ApiClient, clock: Clock, election: Election): Promise<{ holder: Holder | null; isSure: boolean }> {
  return withPatience(clock, PATIENCE_MS, async (over) => {
    try {
      const { holders, gaps } = await lookUpHolders(client, clock, [election], { signal: over })
      return { holder: holders.get(electionKey(election)) ?? null, isSure: gaps.length === 0 }
    } catch (error) {
      if (!over.aborted) throw error
      return { holder: null, isSure: false }
    }
  })
}

function isSameStart(a: string, b: string, electionName: string): boolean {
  const [first] = holderReadings(a, electionName)
  const [second] = holderReadings(b, electionName)
  return first !== undefined && second !== undefined && first.isPerProcess && second.isPerProcess && first.name === second.name
}
