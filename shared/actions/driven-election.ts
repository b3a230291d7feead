import type { ApiClient } from '../cluster/client.ts'
import { lockResource } from '../cluster/elections/election-collection.ts'
import { electionOrNull, refusalOf, type Refusal } from '../cluster/elections/refusal.ts'
import { requirePermissions } from '../cluster/access-review.ts'
import type { Election } from '../lease/election.ts'
import type { ElectionRef } from '../lease/election-ref.ts'

export { UNKNOWN_LEADER, type Refusal } from '../cluster/elections/refusal.ts'

/** An election that a command is about to write, as it was read. */
export interface DrivenElection {
  /** Null if its object does not exist yet. */
  readonly election: Election | null
  readonly refusal: Refusal | null
}

/**
 * Reads an election, and checks whether a command may write it: whether it is a leader election, whether the user has the
 * permissions, and whether leadership can be moved without two leaders. Makes no changes.
 *
 * @throws ClusterError `forbidden` naming the verb that is missing, and whatever else keeps it from being read
 */
export async function readDriven(client: ApiClient, place: ElectionRef, signal?: AbortSignal): Promise<DrivenElection> {
  const { lock, namespace, name } = place
  const resource = lockResource(lock)
  const election = await electionOrNull(client, lock, place, signal)
  await requirePermissions(
    client,
    [
      { verb: 'update', resource, place: { namespace, name } },
      // RBAC cannot restrict a creation to a name.
      ...(election ? [] : [{ verb: 'create', resource, place: { namespace } }]),
    ],
    signal,
  )
  return { election, refusal: await refusalOf(client, place, election, signal) }
}
