import { timestampMs, type Status } from '../../shared/lease/index.ts'
import { formatAge } from './duration.ts'

/** kubectl's words for what is not there, and for what can't be told. */
export const NONE = '<none>'
export const UNKNOWN = '<unknown>'

/**
 * Times and states in words, with `~` in front of what was computed from another machine's clock (basis `recorded`).
 */

/** `held`, or `~held`; a state that no clock took part in is never marked. */
export function stateText({ state, basis }: Status): string {
  return basis === 'recorded' && state !== 'released' && state !== 'unknown' ? `~${state}` : state
}

/** How long ago it was renewed: `~3s`; `~in 5s` where that clock is ahead. */
export function renewedText({ unchangedForMs, basis }: Status): string {
  if (unchangedForMs === null) return NONE
  const text = unchangedForMs < 0 ? `in ${formatAge(-unchangedForMs)}` : formatAge(unchangedForMs)
  return basis === 'recorded' ? `~${text}` : text
}

/** How long until it expires: `~12s`; `~4m ago` where it has. */
export function expiresText({ expiresInMs, basis }: Status): string {
  if (expiresInMs === null) return NONE
  const text = expiresInMs <= 0 ? `${formatAge(-expiresInMs)} ago` : formatAge(Math.ceil(expiresInMs / 1000) * 1000)
  return basis === 'recorded' ? `~${text}` : text
}

/** The time since a timestamp, as kubectl's AGE has it. */
export function ageText(timestamp: string | null, wallMs: number): string {
  const ms = timestampMs(timestamp)
  return ms === null ? UNKNOWN : formatAge(wallMs - ms)
}

/** A lease duration as the record gives it, however odd. */
export function leaseDurationText(seconds: number | null): string {
  if (seconds === null) return NONE
  return Number.isInteger(seconds) && seconds >= 0 && seconds < 1e9 ? formatAge(seconds * 1000) : `${seconds}s`
}
