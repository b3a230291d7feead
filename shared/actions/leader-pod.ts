import { requirePermissions } from '../cluster/access-review.ts'
import type { ApiClient } from '../cluster/client.ts'
import { ClusterError } from '../cluster/errors.ts'
import { lookUpHolders } from '../cluster/holders/holder-lookup.ts'
import { HolderMatcher } from '../cluster/holders/holder-match.ts'
import type { Confidence } from '../cluster/holders/holder.ts'
import { podFacts, type PodFacts } from '../cluster/holders/pods.ts'
import { metadataOnly } from '../cluster/list-watch/collection.ts'
import { apiPath, PODS, subjectOf } from '../cluster/paths.ts'
import { electionKey } from '../lease/election-ref.ts'
import type { Election } from '../lease/election.ts'
import { holderReadings } from '../lease/holder.ts'
import type { Clock } from '../time/clock.ts'
import { phrase, type Phrase } from '../phrase.ts'

/** The Pod of an election's holder, and how it was found; or why no Pod was found. */
export type LeaderPod =
  | { readonly name: string; readonly namespace: string; readonly confidence: Confidence; readonly because: Phrase }
  | { readonly name: null; readonly because: Phrase }

/**
 * Finds the Pod of an election's holder.
 *
 * @throws ClusterError `forbidden` if reading Pods is not allowed
 */
export async function findLeaderPod(
  client: ApiClient,
  clock: Clock,
  election: Election,
  signal: AbortSignal,
): Promise<LeaderPod> {
  const { holders, gaps } = await lookUpHolders(client, clock, [election], { signal })
  const holder = holders.get(electionKey(election))
  if (holder?.pod) {
    const { pod, confidence, because } = holder
    return { name: pod.name, namespace: pod.namespace, confidence, because }
  }
  if (gaps.length > 0) {
    await requirePermissions(client, [{ verb: 'list', resource: PODS, place: { namespace: election.namespace } }], signal)
  }
  if (holder && holder.kind !== 'Unknown') return { name: null, because: phrase`it is the ${holder.kind} ${holder.name ?? ''}` }
  return { name: null, because: gaps[0]?.phrase ?? holder?.because ?? phrase`the lease has no holder` }
}

/**
 * The name of the holder's Pod in the election's namespace, if the identity names it for certain. Reads that Pod alone, from
 * etcd, so it is as quick among thousands of Pods. Null does not mean that there is none: {@link findLeaderPod} looks further.
 *
 * @throws ClusterError if the Pod cannot be read
 */
export async function findNamedPod(client: ApiClient, election: Election, signal: AbortSignal): Promise<string | null> {
  const { namespace, name, record } = election
  const readings = holderReadings(record.holderIdentity, name).filter(({ isDelimited }) => isDelimited)
  if (readings.some((reading) => reading.namespace !== null && reading.namespace !== namespace)) return null
  const pods = await Promise.all(readings.map((reading) => readPod(client, { namespace, name: reading.name }, signal)))
  const holder = new HolderMatcher({ pods: pods.filter((pod) => pod !== null), nodes: new Set() }).match(election)
  return holder?.kind === 'Pod' && holder.confidence === 'exact' ? holder.name : null
}

async function readPod(client: ApiClient, place: { readonly namespace: string; readonly name: string }, signal: AbortSignal): Promise<PodFacts | null> {
  try {
    return podFacts(await client.request({ method: 'GET', path: apiPath(PODS, place), accept: metadataOnly('watch'), subject: subjectOf('get', PODS, place), signal }))
  } catch (error) {
    if (error instanceof ClusterError && error.kind === 'notFound') return null
    throw error
  }
}
