import type { Advised } from '../../remedy.ts'
import type { ApiClient } from '../client.ts'
import { ClusterError } from '../errors.ts'
import { categoryOf, type Category } from '../../lease/category.ts'
import type { Election } from '../../lease/election.ts'
import { deletionText } from '../../lease/warnings.ts'
import { type ElectionRef, type LockKind, placeText } from '../../lease/election-ref.ts'
import { getElection } from './election-list.ts'

/**
 * Why an election may not be joined, moved or released.
 *
 * - `category`: it is not a leader election (can be overridden).
 * - `coordinated`: the API server chooses the leader.
 * - `multilock`: its candidates store it in two objects at once.
 * - `deleting`: its object is being deleted. It disappears when the last finalizer is removed, even if it has a leader then.
 */
export interface Refusal extends Advised {
  readonly kind: 'category' | 'coordinated' | 'multilock' | 'deleting'
}

/** The holder that client-go's MultiLock reports if its two records differ (tools/leaderelection/resourcelock). */
export const UNKNOWN_LEADER = 'leaderelection.k8s.io/unknown'

const CATEGORIES: Readonly<Record<Exclude<Category, 'election'>, string>> = {
  node: "is a node's heartbeat",
  apiserver: "is an API server's identity",
  other: 'is used for something other than leader election',
}

/** Why an election may not be joined, moved or released, by everything that the API server can tell; null if it may. */
export async function refusalOf(
  client: ApiClient,
  place: ElectionRef,
  election: Election | null,
  signal: AbortSignal | undefined,
): Promise<Refusal | null> {
  return visibleRefusal(place, election) ?? (election && (await multilockRefusal(client, place, election, signal)))
}

/** The same, by what the object itself shows. */
export function visibleRefusal(place: ElectionRef, election: Election | null): Refusal | null {
  const what = placeText(place)
  const category = election?.category ?? categoryOf({ ...place, labels: {} })
  if (category !== 'election') return { kind: 'category', message: `The ${what} ${CATEGORIES[category]}.`, remedy: { kind: 'override' } }
  if (!election) return null
  if (election.deletion) return { kind: 'deleting', message: `The ${what} is being deleted. ${deletionText(election.deletion)} Try again when it is gone.` }
  if (election.record.strategy !== null) {
    const message = `The ${what} is a coordinated election: the API server chooses the leader from the LeaseCandidates. It cannot be moved or joined from here.`
    return { kind: 'coordinated', message }
  }
  return null
}

/** The same, by what else the holder holds. */
export async function multilockRefusal(
  client: ApiClient,
  place: ElectionRef,
  election: Election,
  signal: AbortSignal | undefined,
): Promise<Refusal | null> {
  const what = placeText(place)
  const other = await otherHalf(client, place, election, signal)
  if (other === null) return null
  const message =
    `The ${what} is half of a multi-lock: its candidates also hold ${other}, and lead only when they hold both. ` +
    'Changing only one of the two can create two leaders.'
  return { kind: 'multilock', message }
}

/** The other object that the same holder holds under the same name; null if there is none, or it cannot be read. */
async function otherHalf(
  client: ApiClient,
  place: ElectionRef,
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
        // If this user may not read it, it is unlikely that the candidates need it.
        if (error instanceof ClusterError && error.kind === 'forbidden') return null
        throw error
      }
    }),
  )
  const index = halves.findIndex((half) => half?.record.holderIdentity === record.holderIdentity)
  return index === -1 ? null : `the ${others[index]!} of that name`
}

/** Null if it does not exist. */
export async function electionOrNull(
  client: ApiClient,
  lock: LockKind,
  { namespace, name }: ElectionRef,
  signal: AbortSignal | undefined,
): Promise<Election | null> {
  try {
    return await getElection(client, lock, namespace, name, signal)
  } catch (error) {
    if (error instanceof ClusterError && error.kind === 'notFound') return null
    throw error
  }
}
