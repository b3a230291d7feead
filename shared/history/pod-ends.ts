import type { V1ContainerState, V1ContainerStateRunning, V1ContainerStateTerminated, V1ContainerStatus, V1ObjectMeta, V1Pod, V1PodStatus } from '@kubernetes/client-node'
import { text, unchecked, uncheckedList, type Unchecked } from '../cluster/unchecked.ts'
import type { ElectionRef } from '../lease/election-ref.ts'
import { holderReadings } from '../lease/holder.ts'
import type { Term } from './term.ts'
import { preciseMs } from './time-range.ts'

/** When the containers of a Pod ran, as its status showed it at some time. All times are by the clock of its node. */
export interface PodTimes {
  readonly namespace: string
  readonly name: string
  readonly uid: string | null
  readonly createdMs: number | null
  readonly containers: readonly {
    /** When its present process was started; null if it has none. */
    readonly startedMs: number | null
    /** When its last process that is over ended; null if there was none. */
    readonly endedMs: number | null
  }[]
}

/** The Pod that a term's leader ran in. */
export interface PodPlace {
  readonly namespace: string
  readonly name: string
  /** Null if it is not known. */
  readonly uid: string | null
}

/** The kubelet reports times in whole seconds, cut off. */
const WITHIN_MS = 1_000

/** Reads the status of a Pod; null if it reports no container that ended or was started. */
export function podTimesOf(object: unknown, place: { readonly namespace: string; readonly name: string }): PodTimes | null {
  const pod = unchecked<V1Pod>(object)
  const metadata = unchecked<V1ObjectMeta>(pod.metadata)
  const status = unchecked<V1PodStatus>(pod.status)
  const containers = [...uncheckedList<V1ContainerStatus>(status.containerStatuses), ...uncheckedList<V1ContainerStatus>(status.initContainerStatuses)].map(containerTimes)
  if (containers.every(({ startedMs, endedMs }) => startedMs === null && endedMs === null)) return null
  return { ...place, uid: text(metadata.uid), createdMs: preciseMs(metadata.creationTimestamp), containers }
}

function containerTimes({ state, lastState }: Unchecked<V1ContainerStatus>): PodTimes['containers'][number] {
  const now = unchecked<V1ContainerState>(state)
  const terminated = now.terminated ?? unchecked<V1ContainerState>(lastState).terminated
  return {
    startedMs: preciseMs(unchecked<V1ContainerStateRunning>(now.running).startedAt),
    endedMs: preciseMs(unchecked<V1ContainerStateTerminated>(terminated).finishedAt),
  }
}

/** The Pod of a term's leader: that of its token, or the one that its identity names; null if neither is known. */
export function podOf({ holderIdentity, writer }: Term, { namespace, name }: ElectionRef): PodPlace | null {
  if (writer?.podName) return { name: writer.podName, uid: writer.podUid, namespace: /^system:serviceaccount:([^:]+):/.exec(writer.user)?.[1] ?? namespace }
  const reading = holderReadings(holderIdentity, name).find(({ isDelimited }) => isDelimited)
  return reading ? { name: reading.name, uid: reading.uid, namespace: reading.namespace ?? namespace } : null
}

/** Uses what Pods show for what the writes leave open: no process leads after it has ended. */
export function applyPodEnds(terms: readonly Term[], pods: readonly PodTimes[], ref: ElectionRef): Term[] {
  if (pods.length === 0) return [...terms]
  return terms.map((term) => {
    const { end, lastSuccess } = term
    const place = end && end.how !== 'released' ? podOf(term, ref) : null
    if (!end || !place) return term
    const toMs = Math.min(...pods.filter((pod) => isOf(pod, place, lastSuccess.fromMs)).map((pod) => endedBy(pod, lastSuccess.fromMs)))
    if (toMs >= (end.toMs ?? Number.POSITIVE_INFINITY)) return term
    return { ...term, end: { ...end, fromMs: Math.min(end.fromMs, toMs), toMs, bound: 'container' } }
  })
}

/** Whether it is that Pod, and not another one of its name, which a StatefulSet creates later. */
function isOf(pod: PodTimes, { namespace, name, uid }: PodPlace, ledMs: number): boolean {
  if (pod.namespace !== namespace || pod.name !== name) return false
  return uid !== null && pod.uid !== null ? uid === pod.uid : pod.createdMs !== null && pod.createdMs <= ledMs
}

/**
 * By when all processes that ran in the Pod at a time had certainly ended; infinity if that is not known. Which of its containers
 * ran the candidate is not known, so one that has run on leaves it open.
 */
function endedBy({ containers }: PodTimes, atMs: number): number {
  const ends = containers.flatMap(({ startedMs, endedMs }) => {
    if (startedMs !== null) {
      // A process that was started in the same second may be the one that led.
      if (startedMs < atMs) return [Number.POSITIVE_INFINITY]
      return [Math.min(startedMs, endedMs !== null && endedMs >= atMs ? endedMs : startedMs) + WITHIN_MS]
    }
    return endedMs !== null && endedMs + WITHIN_MS > atMs ? [endedMs + WITHIN_MS] : []
  })
  return ends.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...ends)
}
