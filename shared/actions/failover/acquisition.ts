import type { ElectionRecord } from '../../lease/record.ts'

/**
 * The fields of a record that renewals leave unchanged. They show whether the term that a plan was made for is still going
 * on when the plan is carried out, perhaps minutes later. Another holder adds a transition. The same holder gets another
 * acquire time if it acquires the lease again, and perhaps another lease duration if its process was restarted.
 */
export interface Acquisition {
  readonly leaseDurationSeconds: number | null
  readonly leaseTransitions: number
  /** RFC 3339. Null if it is missing, or if the holder changes it with each renewal. */
  readonly acquireTime: string | null
}

/** How a record differs from the acquisition that a plan was made for. */
export type AcquisitionChange = 'durationChanged' | 'reacquired'

/** What the last two observed records of a holder have in common. */
export function acquisitionOf(before: ElectionRecord, { leaseDurationSeconds, leaseTransitions, acquireTime }: ElectionRecord): Acquisition {
  return { leaseDurationSeconds, leaseTransitions, acquireTime: before.acquireTime === acquireTime ? acquireTime : null }
}

/** How the holder's present record differs from the planned acquisition; null if it does not. */
export function changeSince(planned: Acquisition, now: ElectionRecord): AcquisitionChange | null {
  if (now.leaseDurationSeconds !== planned.leaseDurationSeconds) return 'durationChanged'
  const isSame = now.leaseTransitions === planned.leaseTransitions && (planned.acquireTime ?? now.acquireTime) === now.acquireTime
  return isSame ? null : 'reacquired'
}
