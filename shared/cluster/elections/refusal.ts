import type { Advised } from '../../remedy.ts'
import type { ApiClient } from '../client.ts'
import { ClusterError } from '../errors.ts'
import { categoryOf, type Category } from '../../lease/category.ts'
import type { Election } from '../../lease/election.ts'
import { deletionText } from '../../lease/warnings.ts'
import type { ClusterLock } from './election-collection.ts'
import { getElection } from './election-list.ts'

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
export interface Refusal extends Advised {
  readonly kind: 'category' | 'coordinated' | 'multilock' | 'deleting'
}

/** What client-go's MultiLock calls the holder where its two records differ (tools/leaderelection/resourcelock). */
export const UNKNOWN_LEADER = 'leaderelection.k8s.io/unknown'

const CATEGORIES: Readonly<Record<Exclude<Category, 'election'>, string>> = {
  node: "is a node's heartbeat",
  apiserver: "is an API server's identity",
  other: 'is not a leader election: a program uses it for something else',
}

/** Why an election is not driven, by all that there is to ask the API server; null where it may be. */
export async function refusalOf(
  client: ApiClient,
  place: DrivenPlace,
  election: Election | null,
  signal: AbortSignal | undefined,
): Promise<Refusal | null> {
  return visibleRefusal(place, election) ?? (election && (await multilockRefusal(client, place, election, signal)))
}

/** The same, by what the object itself shows. */
export function visibleRefusal(place: DrivenPlace, election: Election | null): Refusal | null {
  const what = placeText(place)
  const category = election?.category ?? categoryOf({ ...place, labels: {} })
  if (category !== 'election') return { kind: 'category', message: `The ${what} ${CATEGORIES[category]}.`, remedy: { kind: 'override' } }
  if (!election) return null
  if (election.deletion) return { kind: 'deleting', message: `The ${what} is being deleted. ${deletionText(election.deletion)} Try again when it is gone.` }
  if (election.record.strategy !== null) {
    const message = `The ${what} is a coordinated election: the API server picks the leader from the LeaseCandidates.`
    return { kind: 'coordinated', message }
  }
  return null
}

/** The same, by what else the holder holds. */
export async function multilockRefusal(
  client: ApiClient,
  place: DrivenPlace,
  election: Election,
  signal: AbortSignal | undefined,
): Promise<Refusal | null> {
  const what = placeText(place)
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

/** Null where there is none. */
export async function electionOrNull(
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
