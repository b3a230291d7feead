import type { ElectionRecord } from '../lease/record.ts'
import type { Acknowledgement, Lock, LockedRecord } from './lock.ts'

/** The annotation that marks a Lease, ConfigMap or Endpoints object whose record was handed over to its holder. */
export const HANDOVER_ANNOTATION = 'leader.kubectl.dev/handover'

/** The annotation in which the old leader acknowledges, during a failover, that its work has ended. */
export const ACKNOWLEDGEMENT_ANNOTATION = 'leader.kubectl.dev/acknowledgement'

/** A lock that a failover can hand over to a candidate, with a mark by which kubectl-leader candidates adopt the record. */
export interface HandoverLock extends Lock {
  /**
   * As {@link Lock.update}, with the mark of a handover next to the record.
   *
   * @param nonce identifies the failover; without a space
   */
  handOver(previous: LockedRecord, record: ElectionRecord, nonce: string, signal: AbortSignal): Promise<LockedRecord>
}

/**
 * The mark for a record. It contains the record's renew time, because client-go candidates do not know the mark, and keep
 * it when they renew: it must not apply to the records that they write.
 */
export function handoverMark(nonce: string, record: ElectionRecord): string {
  return `${nonce} ${record.renewTime ?? ''}`
}

/** Whether a value is the mark that belongs to this record. */
export function isHandedOver(mark: unknown, record: ElectionRecord): boolean {
  if (typeof mark !== 'string' || record.renewTime === null || record.holderIdentity === '') return false
  return mark.slice(mark.indexOf(' ') + 1) === record.renewTime
}

/** Formats an acknowledgement for its annotation. */
export function acknowledgementText({ nonce, identity }: Acknowledgement): string {
  return `${nonce} ${identity}`
}

/** Reads an acknowledgement from its annotation; null if the value is not an acknowledgement. */
export function acknowledgementFrom(text: unknown): Acknowledgement | null {
  const parts = typeof text === 'string' ? /^(\S+) (.+)$/s.exec(text) : null
  return parts && { nonce: parts[1]!, identity: parts[2]! }
}
