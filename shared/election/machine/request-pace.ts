import type { Moment } from '../../lease/index.ts'
import type { ElectorConfig } from '../config.ts'
import type { Term } from './term.ts'

type Pace = Pick<ElectorConfig, 'leaseDurationMs' | 'renewDeadlineMs' | 'retryPeriodMs'>

/**
 * How long one request may take before it is given up, so that one that hangs does not cost the lease: half of the
 * time that is left, but a retry period where there is as much. (client-go lets one request take the whole renew
 * deadline.) A standby has less of a hurry.
 */
export function requestTimeoutMs(pace: Pace, term: Term | null, now: Moment): number {
  if (!term) return pace.renewDeadlineMs / 2
  const leftMs = timeLeftMs(pace, term, now)
  if (leftMs <= 0) return pace.retryPeriodMs
  return Math.max(leftMs / 2, Math.min(pace.retryPeriodMs, leftMs))
}

/** How long a leader waits before it tries again: a retry period, and less when there is little time left. */
export function retryDelayMs(pace: Pace, term: Term, now: Moment): number {
  const leftMs = timeLeftMs(pace, term, now)
  return Math.min(Math.max(leftMs / 2, pace.retryPeriodMs / 10), pace.retryPeriodMs)
}

function timeLeftMs(pace: Pace, term: Term, now: Moment): number {
  return (term.isHeld ? pace.renewDeadlineMs : pace.leaseDurationMs) - term.renewal.elapsedMs(now)
}
