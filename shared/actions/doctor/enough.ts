import { isBlocking } from '../../lease/placeholder.ts'
import type { Observation } from '../../lease/observation.ts'
import type { Status } from '../../lease/status.ts'
import { renewalsIn, type Trail } from './trail.ts'

/** This many renewals show the renewal interval. */
const ENOUGH_RENEWALS = 4
/** If the intervals differ by this factor, observe more of them, to see whether they alternate. */
const UNEQUAL = 1.5
const ENOUGH_UNEQUAL_RENEWALS = 10

/** Whether observing an election for longer would not show more. */
export function isSeenEnough(trail: Trail, observation: Observation, status: Status): boolean {
  const { holderIdentity } = observation.record
  if (holderIdentity === '') return true
  if (status.state === 'expired' && status.basis === 'observed') return true
  if (isBlocking(holderIdentity)) return false
  const renewals = renewalsIn(trail)
  if (renewals.length < ENOUGH_RENEWALS) return false
  const intervals = renewals.flatMap(({ recordedAfterMs }) => recordedAfterMs ?? [])
  const isUneven = Math.max(...intervals) > UNEQUAL * Math.min(...intervals)
  return !isUneven || renewals.length >= ENOUGH_UNEQUAL_RENEWALS
}
