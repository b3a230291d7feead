import { isPlaceholder, type Observation, type Status } from '../../lease/index.ts'
import { renewalsIn, type Trail } from './trail.ts'

/** So many renewals show that somebody renews, and how often. */
const ENOUGH_RENEWALS = 4
/** Where the first intervals are as unequal as this, so many show whether they alternate. */
const UNEQUAL = 1.5
const ENOUGH_UNEQUAL_RENEWALS = 10

/** Whether watching an election for longer would tell nothing that matters. */
export function isSeenEnough(trail: Trail, observation: Observation, status: Status): boolean {
  const { holderIdentity } = observation.record
  if (holderIdentity === '') return true
  if (status.state === 'expired' && status.basis === 'observed') return true
  if (isPlaceholder(holderIdentity)) return false
  const renewals = renewalsIn(trail)
  if (renewals.length < ENOUGH_RENEWALS) return false
  const intervals = renewals.flatMap(({ recordedAfterMs }) => recordedAfterMs ?? [])
  const isUneven = Math.max(...intervals) > UNEQUAL * Math.min(...intervals)
  return !isUneven || renewals.length >= ENOUGH_UNEQUAL_RENEWALS
}
