import type { ApiClient } from '../cluster/client.ts'
import { lockResource } from '../cluster/elections/election-collection.ts'
import { electionOrNull, refusalOf, type DrivenPlace, type Refusal } from '../cluster/elections/refusal.ts'
import { requirePermissions } from '../cluster/access-review.ts'
import type { Election } from '../lease/election.ts'

export { placeText, UNKNOWN_LEADER, type DrivenPlace, type Refusal } from '../cluster/elections/refusal.ts'

/** What is to be driven, as it was read. */
export interface DrivenElection {
  /** Null where nobody has run it yet. */
  readonly election: Election | null
  readonly refusal: Refusal | null
}

/**
 * Reads an election that is going to be written, and says whether it may be: that it is one, that this user has the
 * permissions, and that it is of a kind that can be driven without two leaders. Nothing is written.
 *
 * @throws ClusterError `forbidden` naming the verb that is missing, and whatever else keeps it from being read
 */
export async function readDriven(client: ApiClient, place: DrivenPlace, signal?: AbortSignal): Promise<DrivenElection> {
  const { lock, namespace, name } = place
  const resource = lockResource(lock)
  const election = await electionOrNull(client, lock, place, signal)
  await requirePermissions(
    client,
    [
      { verb: 'update', resource, place: { namespace, name } },
      // RBAC can't restrict a creation to a name.
      ...(election ? [] : [{ verb: 'create', resource, place: { namespace } }]),
    ],
    signal,
  )
  return { election, refusal: await refusalOf(client, place, election, signal) }
}
