import type { ElectionDetails } from '../cluster/elections/election-details.ts'
import { announcedBy, leftBy, newLeaderOf } from '../cluster/elections/leadership-events.ts'
import type { PodFacts } from '../cluster/holders/pods.ts'
import { holderReadings } from '../lease/holder.ts'
import { leaderOf } from '../lease/placeholder.ts'
import { timestampMs } from '../lease/timestamp.ts'
import type { Candidate, IdentitySource } from './candidate.ts'
import { formatOf } from './identity-format.ts'

/** An identity that an Event tells. */
interface Told {
  readonly identity: string
  readonly source: 'announcement' | 'leadership'
  readonly at: string | null
}

/**
 * The candidates of an election: its leader, the other Pods of the same program, and the processes that Events and
 * LeaseCandidates name. The leader comes first, then those
 * whose identity is known, and last those that only Events tell of.
 */
export function candidatesOf(details: ElectionDetails): readonly Candidate[] {
  const { election, holder, siblings, leaseCandidates, nodes, notices, podOf } = details
  const leader = leaderOf(election.record)
  const format = formatOf(holder, election)
  const told = toldBy(notices)
  const podOfTold = new Map(told.map((each) => [each, podOf(each.identity, each.at)]))
  const candidates: Candidate[] = []
  const add = (identity: string | null, source: IdentitySource | null, pod: PodFacts | null, { unknown = null, toldAt = null }: Partial<Pick<Candidate, 'unknown' | 'toldAt'>> = {}): void => {
    if (identity !== null && candidates.some((other) => other.identity === identity)) return
    const led = told.filter(({ source: by, ...each }) => by === 'leadership' && (each.identity === identity || (pod !== null && podNamed(each.identity, pod, election.name))))
    candidates.push({
      ...{ identity, source, toldAt, unknown, pod },
      isLeader: identity !== null && identity === leader,
      node: nodes.get(pod?.nodeName ?? '') ?? null,
      lastLed: led.map(({ at }) => at).filter((at) => at !== null).toSorted(byTime).at(-1) ?? null,
      leaseCandidate: leaseCandidates.find(({ name }) => name === identity) ?? null,
    })
  }

  if (leader !== '') add(leader, 'record', holder?.pod ?? null)
  for (const { name } of leaseCandidates) add(name, 'leaseCandidate', podOf(name, null))
  for (const pod of siblings.filter(mayRunCandidate)) {
    if (candidates.some((other) => other.pod === pod)) continue
    const ofPod = told.filter((each) => podOfTold.get(each) === pod)
    const alive = ofPod.filter(({ at }) => isOfThisRun(pod, at))
    for (const { identity, source, at } of alive) add(identity, source, pod, { toldAt: at })
    if (alive.length > 0) continue
    if (format) add(format(pod, election.name), 'format', pod)
    else add(null, null, pod, { unknown: told.some(({ identity }) => podNamed(identity, pod, election.name)) ? 'restarted' : 'notLed' })
  }
  for (const each of told) {
    if (podOfTold.get(each) === null && !isOfGonePod(each.identity, details)) add(each.identity, each.source, null, { toldAt: each.at })
  }
  return candidates.toSorted((a, b) => rank(a) - rank(b))
}

/** Whether a Pod may run a candidate: it has not ended, and is not being deleted. */
export function mayRunCandidate({ phase, deletionTimestamp }: PodFacts): boolean {
  return deletionTimestamp === null && phase !== 'Succeeded' && phase !== 'Failed'
}

/** What Events tell of identities, one for each, the newest first; without those that have left since. */
function toldBy(notices: ElectionDetails['notices']): readonly Told[] {
  const told = new Map<string, Told | null>()
  for (const { reason, message, lastTime: at } of notices) {
    const left = leftBy(reason, message)
    const leader = newLeaderOf(reason, message)
    const identity = leader ?? announcedBy(reason, message)
    // In the same second, the order is not known, and leaving comes last.
    if (left !== null && (!told.has(left) || told.get(left)?.at === at)) told.set(left, null)
    if (identity !== null && !told.has(identity)) told.set(identity, { identity, at, source: leader === null ? 'announcement' : 'leadership' })
  }
  return [...told.values()].filter((each) => each !== null)
}

/**
 * Whether the process that recorded an Event still runs in the Pod: all its containers were started before the Event. Both
 * times are by the clock of the Pod's Node, in whole seconds. In the same second, the process may have been restarted,
 * unless the Pod has had no restart.
 */
function isOfThisRun({ runningSince, restarts }: PodFacts, at: string | null): boolean {
  const startedAtMs = timestampMs(runningSince)
  const toldAtMs = timestampMs(at)
  if (startedAtMs === null || toldAtMs === null) return false
  const toldAtSecond = Math.floor(toldAtMs / 1000) * 1000
  return startedAtMs < toldAtSecond || (startedAtMs === toldAtSecond && restarts === 0)
}

function podNamed(identity: string, pod: PodFacts, electionName: string): boolean {
  return holderReadings(identity, electionName).some(({ name, namespace, isDelimited }) => isDelimited && name === pod.name && (namespace ?? pod.namespace) === pod.namespace)
}

/** Whether an identity is named after the Pods of the holder's owner, and no Pod that runs has its name. */
function isOfGonePod(identity: string, { election, holder, siblings }: ElectionDetails): boolean {
  const name = holderReadings(identity, election.name)[0]?.name
  if (name === undefined) return false
  const owner = holder?.owner?.name
  const isOfOwner = owner !== undefined && name.startsWith(`${owner}-`)
  return isOfOwner || siblings.some((pod) => pod.name === name)
}

function rank({ isLeader, identity, pod, leaseCandidate }: Candidate): number {
  if (isLeader) return 0
  if (pod === null && leaseCandidate === null) return 3
  return identity !== null ? 1 : 2
}

function byTime(a: string, b: string): number {
  return (timestampMs(a) ?? 0) - (timestampMs(b) ?? 0)
}
