import type { ElectionRecord } from '../../lease/index.ts'

/**
 * What a holder's renewals leave as it is: by this, the holder that a plan was made for is known again when the plan is
 * carried out, perhaps minutes later. Another holder counts the transitions up; the same one that acquires the lease
 * again has another acquire time, and if its process was restarted it may have another lease duration.
 */
export interface Acquisition {
  readonly leaseDurationSeconds: number | null
  readonly leaseTransitions: number
  /** RFC 3339. Null if it says nothing: there is none, or the holder was seen to change it with each renewal. */
  readonly acquireTime: string | null
}

/** How a record differs from the acquisition that a plan was made for. */
export type AcquisitionChange = 'durationChanged' | 'reacquired'

/** What the two last records that were seen of a holder have in common. */
export function acquisitionOf(before: ElectionRecord, { leaseDurationSeconds, leaseTransitions, acquireTime }: ElectionRecord): Acquisition {
  return { leaseDurationSeconds, leaseTransitions, acquireTime: before.acquireTime === acquireTime ? acquireTime : null }
}

/** How the record of the same holder differs now; null if it does not. */
export function changeSince(planned: Acquisition, now: ElectionRecord): AcquisitionChange | null {
  if (now.leaseDurationSeconds !== planned.leaseDurationSeconds) return 'durationChanged'
  const isSame = now.leaseTransitions === planned.leaseTransitions && (planned.acquireTime ?? now.acquireTime) === now.acquireTime
  return isSame ? null : 'reacquired'
}
