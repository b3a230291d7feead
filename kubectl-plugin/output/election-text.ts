import { timestampMs } from '../../shared/lease/timestamp.ts'
import type { Status } from '../../shared/lease/status.ts'
import { formatAge } from './duration.ts'

/** kubectl's texts for a missing and an unknown value. */
export const NONE = '<none>'
export const UNKNOWN = '<unknown>'

/**
 * Times and states as text. `~` marks values that were computed from another machine's clock (basis `recorded`), and `>`
 * lower bounds: the last change was before this process began to watch.
 */

/** `held`, or `~held`. A state that does not depend on a clock is never marked. */
export function stateText({ state, basis }: Status): string {
  return basis === 'recorded' && state !== 'released' && state !== 'unknown' ? `~${state}` : state
}

/** How long ago the lease was renewed: `~3s`; `~in 5s` if the holder's clock is ahead. */
export function renewedText(status: Status): string {
  const { unchangedForMs } = status
  if (unchangedForMs === null) return NONE
  return `${boundMark(status)}${ageOrFuture(unchangedForMs)}`
}

/** How long until the lease expires: `~12s`; `~4m ago` if it has expired. */
export function expiresText(status: Status): string {
  const { expiresInMs } = status
  if (expiresInMs === null) return NONE
  const text = expiresInMs <= 0 ? `${formatAge(-expiresInMs)} ago` : formatAge(Math.ceil(expiresInMs / 1000) * 1000)
  return `${boundMark(status)}${text}`
}

function boundMark({ basis, isChangeSeen }: Status): string {
  return basis === 'recorded' ? '~' : isChangeSeen ? '' : '>'
}

/** The time since a timestamp, as in kubectl's AGE column. */
export function ageText(timestamp: string | null, wallMs: number): string {
  const ms = timestampMs(timestamp)
  return ms === null ? UNKNOWN : formatAge(wallMs - ms)
}

/** How long ago the lease was acquired: `~3s`; `~in 5s` if the holder's clock is ahead. */
export function acquiredText(acquireTime: string | null, wallMs: number): string {
  if (acquireTime === null) return NONE
  const ms = timestampMs(acquireTime)
  return ms === null ? UNKNOWN : `~${ageOrFuture(wallMs - ms)}`
}

function ageOrFuture(ageMs: number): string {
  return ageMs < 0 ? `in ${formatAge(-ageMs)}` : formatAge(ageMs)
}

/** A lease duration as recorded, even if its value is odd. */
export function leaseDurationText(seconds: number | null): string {
  if (seconds === null) return NONE
  return Number.isInteger(seconds) && seconds >= 0 && seconds < 1e9 ? formatAge(seconds * 1000) : `${seconds}s`
}
