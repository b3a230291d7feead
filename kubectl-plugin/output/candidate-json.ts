import type { Candidate } from '../../shared/candidates/candidate.ts'

/** One candidate in machine output. Only JSON escapes are applied to text from the cluster. */
export function candidateJson({ identity, source, toldAt, unknown, isLeader, pod, node, lastLed, leaseCandidate }: Candidate): object {
  return {
    ...{ identity, source, toldAt, unknown, isLeader },
    pod: pod && { namespace: pod.namespace, name: pod.name, phase: pod.phase, isReady: pod.isReady, restarts: pod.restarts },
    node: pod?.nodeName ?? null,
    isNodeReady: node?.isReady ?? null,
    isNodeCordoned: node?.isCordoned ?? null,
    zone: node?.zone ?? null,
    lastLed,
    ...(leaseCandidate && { leaseCandidate }),
  }
}
