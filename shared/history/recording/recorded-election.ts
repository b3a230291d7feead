import { recordFromLeaseSpec } from '../../lease/record.ts'
import type { Election } from '../../lease/election.ts'
import type { ElectionEvent } from '../../lease/event.ts'
import type { RecordedElection, RecordedEvent } from './format.ts'

/** What a recording keeps of an election: its record, and which object it is. Labels and annotations are left out. */
export function recordedElection({ lock, namespace, name, uid, resourceVersion, creationTimestamp, category, record }: Election): RecordedElection {
  const { holderIdentity, leaseDurationSeconds, leaseTransitions, acquireTime, renewTime, strategy, preferredHolder } = record
  return {
    lock,
    namespace,
    name,
    uid,
    resourceVersion,
    creationTimestamp,
    category,
    holderIdentity,
    leaseDurationSeconds,
    leaseTransitions,
    acquireTime,
    renewTime,
    ...(strategy !== null && { strategy, preferredHolder }),
  }
}

/** An election as the store knows it, from a recording, which may be another program's. */
export function electionRecorded(recorded: RecordedElection): Election {
  const { lock, namespace, name, uid, resourceVersion, creationTimestamp, category } = recorded
  const record = recordFromLeaseSpec(recorded)
  return { lock, namespace, name, uid, resourceVersion, creationTimestamp, labels: {}, annotations: {}, category, deletion: null, record }
}

export function recordedEvent({ type, previousHolderIdentity, unseenTransitions, status }: ElectionEvent): RecordedEvent {
  return {
    type,
    ...(previousHolderIdentity !== undefined && { previousHolderIdentity }),
    ...(unseenTransitions !== undefined && { unseenTransitions }),
    ...status,
  }
}
