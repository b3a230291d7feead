import type { ApiClient } from '../cluster/client.ts'
import type { ClusterLock } from '../cluster/elections/election-collection.ts'
import { lockResource } from '../cluster/elections/election-collection.ts'
import { getElection } from '../cluster/elections/election-list.ts'
import { ClusterError } from '../cluster/errors.ts'
import { requirePermissions } from '../cluster/access-review.ts'
import { categoryOf, type Category } from '../lease/category.ts'
import type { Election } from '../lease/election.ts'
import { deletionText } from '../lease/warnings.ts'

/** Which election somebody wants to take part in, or to move. */
export interface DrivenPlace {
  readonly lock: ClusterLock
  readonly namespace: string
  readonly name: string
}

/** What a person calls it: `lease "NAME" in namespace "NAMESPACE"`, with the names as they are in the cluster. */
export function placeText({ lock, namespace, name }: DrivenPlace): string {
  return `${lock} "${name}" in namespace "${namespace}"`
}

/**
 * Why an election is not driven: `category`, it is not a leader election (an override is thinkable); `coordinated`, the
 * API server picks the leader; `multilock`, its candidates keep it in two objects at once; `deleting`, its object is
 * being deleted: it disappears when the last finalizer is removed, under whoever leads then.
 */
export interface Refusal {
  readonly kind: 'category' | 'coordinated' | 'multilock' | 'deleting'
  /** A sentence or two for a person. */
  readonly message: string
}

/** What is to be driven, as it was read. */
export interface DrivenElection {
  /** Null where nobody has run it yet. */
  readonly election: Election | null
  readonly refusal: Refusal | null
}

/** What client-go's MultiLock calls the holder where its two records differ (tools/leaderelection/resourcelock). */
export const UNKNOWN_LEADER = 'leaderelection.k8s.io/unknown'

const CATEGORIES: Readonly<Record<Exclude<Category, 'election'>, string>> = {
  node: "is a node's heartbeat",
  apiserver: "is an API server's identity",
  other: 'is not a leader election: a program uses it for something else',
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

async function refusalOf(
  client: ApiClient,
  place: DrivenPlace,
  election: Election | null,
  signal: AbortSignal | undefined,
): Promise<Refusal | null> {
  const what = placeText(place)
  const category = election?.category ?? categoryOf({ ...place, labels: {} })
  if (category !== 'election') return { kind: 'category', message: `The ${what} ${CATEGORIES[category]}.` }
  if (!election) return null
  if (election.deletion) return { kind: 'deleting', message: `The ${what} is being deleted. ${deletionText(election.deletion)} Try again when it is gone.` }
  if (election.record.strategy !== null) {
    const message = `The ${what} is a coordinated election: the API server picks the leader from the LeaseCandidates.`
    return { kind: 'coordinated', message }
  }
  const other = await otherHalf(client, place, election, signal)
  if (other === null) return null
  const message =
    `The ${what} is half of a multi-lock: its candidates hold ${other} as well, and lead only with both. ` +
    'Who drives one of the two alone can make two leaders.'
  return { kind: 'multilock', message }
}

/** What else the same holder holds under the same name; null where that can't be seen. */
async function otherHalf(
  client: ApiClient,
  place: DrivenPlace,
  { record }: Election,
  signal: AbortSignal | undefined,
): Promise<string | null> {
  if (record.holderIdentity === UNKNOWN_LEADER) return 'another object'
  if (record.holderIdentity === '') return null
  const others = (['lease', 'configmap', 'endpoints'] as const).filter((lock) => lock !== place.lock)
  const halves = await Promise.all(
    others.map(async (lock) => {
      try {
        return await electionOrNull(client, lock, place, signal)
      } catch (error) {
        // Not to be seen from here: then its candidates can hardly be in need of it.
        if (error instanceof ClusterError && error.kind === 'forbidden') return null
        throw error
      }
    }),
  )
  const index = halves.findIndex((half) => half?.record.holderIdentity === record.holderIdentity)
  return index === -1 ? null : `the ${others[index]!} of that name`
}

async function electionOrNull(
  client: ApiClient,
  lock: ClusterLock,
  { namespace, name }: DrivenPlace,
  signal: AbortSignal | undefined,
): Promise<Election | null> {
  try {
    return await getElection(client, lock, namespace, name, signal)
  } catch (error) {
    if (error instanceof ClusterError && error.kind === 'notFound') return null
    throw error
  }
}
