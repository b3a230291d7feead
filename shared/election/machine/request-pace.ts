import type { Moment } from '../../lease/status.ts'
import type { ElectorConfig } from '../config.ts'
import type { Term } from './term.ts'

type Pace = Pick<ElectorConfig, 'leaseDurationMs' | 'renewDeadlineMs' | 'retryPeriodMs'>

/**
 * The timeout of one request, in milliseconds, so that a single hanging request does not cost a leader its lease: half of
 * the time until its deadline, but at least one retry period if there is that much time. (In client-go, one request may
 * take the whole renew deadline.) For a standby, half the renew deadline.
 */
export function requestTimeoutMs(pace: Pace, term: Term | null, now: Moment): number {
  if (!term) return pace.renewDeadlineMs / 2
  const leftMs = timeLeftMs(pace, term, now)
  if (leftMs <= 0) return pace.retryPeriodMs
  return Math.max(leftMs / 2, Math.min(pace.retryPeriodMs, leftMs))
}

/** How long a leader waits before it retries, in milliseconds: one retry period, or less if its deadline is near. */
export function retryDelayMs(pace: Pace, term: Term, now: Moment): number {
  const leftMs = timeLeftMs(pace, term, now)
  return Math.min(Math.max(leftMs / 2, pace.retryPeriodMs / 10), pace.retryPeriodMs)
}

function timeLeftMs(pace: Pace, term: Term, now: Moment): number {
  return (term.isHeld ? pace.renewDeadlineMs : pace.leaseDurationMs) - term.renewal.elapsedMs(now)
}
