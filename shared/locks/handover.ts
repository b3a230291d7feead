import type { ElectionRecord } from '../lease/index.ts'
import type { Acknowledgement, Lock, LockedRecord } from './lock.ts'

/** The annotation that marks a Lease, ConfigMap or Endpoints object whose record was handed to the holder it names. */
export const HANDOVER_ANNOTATION = 'leader.kubectl.dev/handover'

/** The annotation by which a leader that a failover displaced says, on the same object, that its work has ended. */
export const ACKNOWLEDGEMENT_ANNOTATION = 'leader.kubectl.dev/acknowledgement'

/** A lock whose holder can give it to somebody else, marked so that candidates of ours adopt it. */
export interface HandoverLock extends Lock {
  /**
   * As {@link Lock.update}, with the mark beside the record.
   * @param nonce the failover's, without a space, for people and for its own search
   */
  handOver(previous: LockedRecord, record: ElectionRecord, nonce: string, signal: AbortSignal): Promise<LockedRecord>
}

/**
 * The mark for a record. It names the time at which the record was written, because client-go's candidates, which know
 * nothing of the mark, keep it when they renew: it must not speak for what they write.
 */
export function handoverMark(nonce: string, record: ElectionRecord): string {
  return `${nonce} ${record.renewTime ?? ''}`
}

/** Whether a mark, or what stands in its place, belongs to this record. */
export function isHandedOver(mark: unknown, record: ElectionRecord): boolean {
  if (typeof mark !== 'string' || record.renewTime === null || record.holderIdentity === '') return false
  return mark.slice(mark.indexOf(' ') + 1) === record.renewTime
}

/** An acknowledgement as it stands in its annotation. */
export function acknowledgementText({ nonce, identity }: Acknowledgement): string {
  return `${nonce} ${identity}`
}

/** Reads what stands in the place of an acknowledgement; null where it is none. */
export function acknowledgementFrom(text: unknown): Acknowledgement | null {
  const parts = typeof text === 'string' ? /^(\S+) (.+)$/s.exec(text) : null
  return parts && { nonce: parts[1]!, identity: parts[2]! }
}
