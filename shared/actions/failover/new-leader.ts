import type { ApiClient } from '../../cluster/client.ts'
import type { Holder } from '../../cluster/holders/holder.ts'
import { lookUpHolders } from '../../cluster/holders/holder-lookup.ts'
import { holderReadings } from '../../lease/holder.ts'
import { electionKey, type Election } from '../../lease/index.ts'
import type { Clock } from '../../time/index.ts'
import { withPatience } from '../../time/with-patience.ts'
import type { FailoverPlan } from './failover-plan.ts'

/** The verdict waits for so long for who the new holder is; where the network has gone, its name has to do. */
const PATIENCE_MS = 5_000

/** Who has taken over. */
export interface NewLeader {
  readonly holder: Holder | null
  /** Whether it is the old leader again, perhaps as a new process in the same Pod. */
  readonly isOldLeader: boolean
}

/**
 * Finds out who a new holder is, and whether it is the old one: the same identity, or the same Pod by name (a Pod that
 * was made anew under its old name counts as the same). Where Pods can't be read, two identities that begin with the
 * same name and end in what every process makes anew are taken for the same Pod's. Where there are no such Pods,
 * another identity is another candidate; and so is the one that it was given to, which was there before.
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

/** `isSure`: all that there is to read was read. */
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
