import type { SourceClock } from '../../shared/history/clocks.ts'
import type { BlockedTime, History, Leaderless, Missing, Overlap, Source } from '../../shared/history/history.ts'
import type { Intervention } from '../../shared/history/told.ts'
import type { HandWrite, Term, TermEnding } from '../../shared/history/term.ts'
import { timeText, type TimeRange } from '../../shared/history/time-range.ts'
import type { Writer } from '../../shared/history/audit/writer.ts'
import { isBlock } from '../../shared/lease/placeholder.ts'
import { harmless } from '../../shared/lease/harmless.ts'

/** The sentences of a history, for a terminal and for a report. Everything from a log is made harmless. */

const LONGEST_NAME = 200
/** A request that takes longer is told as a range. */
const REQUEST_MS = 250
/** What is shorter would be shown as 0. */
const SHORTEST_MS = 5

export function shown(text: string): string {
  return text === '' ? '(empty)' : harmless(text, LONGEST_NAME)
}

/** `2026-11-28 08:01:17.952Z` */
export function clockTime(ms: number, up: 'up' | 'down' = 'down'): string {
  return timeText(ms, up)!.replace('T', ' ')
}

/** A duration as Go prints it, with as many digits as are of use: `4.03s`, `1m12s`. */
export function lengthText(ms: number): string {
  if (ms < 10_000) return `${Number((ms / 1000).toFixed(2))}s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${Number((ms / 1000).toFixed(1))}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}m${seconds % 60}s`
  return `${Math.floor(minutes / 60)}h${minutes % 60}m`
}

export function writerText({ user, impersonated, podName }: Writer): string {
  const pod = podName === null ? '' : ` (Pod ${shown(podName)})`
  const as = impersonated === null ? '' : ` as ${shown(impersonated)}`
  return `${user === '' ? 'an unknown user' : shown(user)}${pod}${as}`
}

/** A time; as a range, if it is not known as exactly as a request takes. */
function momentText({ fromMs, toMs }: TimeRange): string {
  return toMs! - fromMs <= REQUEST_MS ? `at ${clockTime(toMs!)}` : `between ${clockTime(fromMs)} and ${clockTime(toMs!, 'up')}`
}

/** The same for what bounds a later time from below: a term does not end before its last renewal. */
function earliestText({ fromMs, toMs }: TimeRange): string {
  return momentText(toMs! - fromMs <= REQUEST_MS ? { fromMs, toMs: fromMs } : { fromMs, toMs })
}

/** When a term began. */
export function startText({ start }: Term): string {
  switch (start.how) {
    case 'earlier':
      return `led before the log begins, first seen ${clockTime(start.toMs!)}`
    case 'unseen':
      return `began between ${clockTime(start.fromMs)} and ${clockTime(start.toMs!, 'up')}; that write was not seen`
    case 'adopted':
      return `led from ${clockTime(start.toMs!)}, after another client had written its identity`
    case 'acquired':
      return `acquired the lease ${momentText(start)}`
  }
}

const ENDINGS: Readonly<Record<Exclude<TermEnding, 'released'>, string>> = {
  emptied: 'another client emptied the holder',
  given: 'another client wrote another holder',
  deleted: 'another client deleted the object',
  failover: 'a failover blocked the lease',
  taken: 'another candidate acquired the lease before it expired',
  expired: 'the lease expired',
  restarted: 'another process with the same identity acquired the lease',
  unseen: 'the write that ended the term was not seen',
}

/** How a term ended, and until when it may have gone on. */
export function endText({ basis, end, lastSuccess }: Term): string {
  if (!end) return basis === 'told' ? 'no later Event names another leader' : 'still the leader when the log ends'
  if (basis === 'told' && end.bound !== 'container') return end.toMs === null ? 'stopped at an unknown time: no Event says when' : `stopped ${momentText(end)}, as its Event says`
  if (end.how === 'released') return `released the lease ${momentText(end)}; client-go releases before OnStoppedLeading is called`
  const at = end.atMs ? ` (${end.how === 'expired' ? 'another write followed ' : ''}at ${clockTime(end.atMs.toMs!)})` : ''
  const why = `${ENDINGS[end.how]}${at}`
  const last = basis === 'told' ? '' : `; last successful renewal ${earliestText(lastSuccess)}`
  switch (end.bound) {
    case 'lease-duration':
      return `stopped between ${clockTime(end.fromMs)} and ${clockTime(end.toMs!, 'up')}: ${why}${last}. It may have acted for a lease duration and one renewal interval after that, or longer if it was paused or has longer settings`
    case 'event':
      return `stopped between ${clockTime(end.fromMs)} and ${clockTime(end.toMs!, 'up')}, as its Event says: ${why}${last}`
    case 'container':
      return `stopped between ${clockTime(end.fromMs)} and ${clockTime(end.toMs!, 'up')}, when the containers of its Pod had ended: ${why}${last}`
    case 'seen-as-candidate':
      return `stopped between ${clockTime(end.fromMs)} and ${clockTime(end.toMs!, 'up')}, when it acquired the lease again, or led until then: ${why}${last}`
    case 'release':
    case null:
      return `stopped after ${clockTime(end.fromMs)}, not known when: ${why}${last}. Nothing in the logs shows that it stopped`
  }
}

export function interruptionText({ interruptions }: Term): readonly string[] {
  return interruptions.map(({ how, fromMs, toMs }) => {
    const why = how === 'released' ? 'the lease was released' : how === 'unseen' ? 'other writes were not seen' : ENDINGS[how]
    return `perhaps the same term: ${why} at ${clockTime(fromMs)}, and it renewed or acquired the lease again by ${clockTime(toMs!, 'up')}`
  })
}

export function leaderlessText({ fromMs, toMs, minMs, maxMs }: Leaderless): string {
  const length = maxMs === null ? `${minMs < SHORTEST_MS ? '' : `for at least ${lengthText(minMs)}, `}to the end of the log` : minMs === 0 ? `for at most ${lengthText(maxMs)}, perhaps not at all` : `for ${lengthText(minMs)} to ${lengthText(maxMs)}`
  return `${length}, after ${clockTime(fromMs)}${toMs === null ? '' : ` and before ${clockTime(toMs, 'up')}`}`
}

export function overlapText({ old, next, fromMs, toMs, minMs, maxMs }: Overlap): string {
  const longest = maxMs === null ? 'for an unknown time' : `for at most ${lengthText(maxMs)}, until ${clockTime(toMs!, 'up')}`
  const proof = minMs > 0 ? `. ${shown(old)} still tried to renew ${lengthText(minMs)} after ${shown(next)} had acquired the lease` : ''
  return `${shown(old)} and ${shown(next)}, from ${clockTime(fromMs)}, ${longest}${proof}`
}

export function handWriteText(write: HandWrite): string {
  const { what, holderIdentity, verb, count, candidate, isPresumed, isUncertain } = write
  const holder = holderIdentity === null ? '' : shown(holderIdentity)
  const isForMaintenance = holderIdentity !== null && isBlock(holderIdentity)
  const done: Record<HandWrite['what'], string> = {
    emptied: `emptied the holder${holder === '' ? '' : ` ${holder}`}`,
    released: `released the lease that ${isForMaintenance ? 'was blocked for maintenance' : 'a failover had blocked'}`,
    given: `wrote ${holder} as the holder`,
    deleted: `deleted the object${holder === '' || holderIdentity === '' ? '' : `, held by ${holder}`}`,
    blocked: `blocked the lease ${isForMaintenance ? 'for maintenance' : "with a failover's placeholder"} (${holder})`,
    changed: 'changed the object, but not the holder',
    unknown: 'wrote the object; the log does not contain what was written',
  }
  const notes = [
    verb,
    ...(count > 1 ? [`${count} writes until ${clockTime(write.toMs!)}`] : []),
    ...(candidate === null ? [] : [`also a candidate: ${shown(candidate)}`]),
    ...(isPresumed ? ['may have been a candidate itself'] : []),
    ...(isUncertain ? ['may have failed: the log does not show the response'] : []),
  ]
  return `${writerText(write.writer)} ${isUncertain ? 'may have ' : ''}${done[what]} (${notes.join(', ')})`
}

export function interventionText({ fromMs, message }: Intervention): string {
  return `${clockTime(fromMs)}  ${harmless(message, 500)}`
}

export function missingText({ why, fromMs, toMs }: Missing): string {
  const between = `between ${clockTime(fromMs)} and ${clockTime(toMs!, 'up')}`
  return why === 'unseen' ? `Writes are missing in the logs ${between}.` : `Nothing was recorded ${between}.`
}

export function sourceText({ name, kind, levels, covers, unreadable }: Source, clock: SourceClock | undefined): string {
  const kinds = { audit: 'audit log', recording: 'recording', events: 'Events' }
  const level = levels.length === 0 ? '' : `, level ${levels.join(' and ')}`
  const span = covers ? `${clockTime(covers.fromMs)} to ${clockTime(covers.toMs ?? covers.fromMs)}` : 'no records of this election'
  const bad = unreadable === 0 ? '' : `; ${unreadable} line${unreadable === 1 ? '' : 's'} could not be read`
  return `${shown(name)} (${kinds[kind]}${level}): ${span}${bad}${clockText(clock)}`
}

function clockText(clock: SourceClock | undefined): string {
  if (!clock || (clock.offsetMs === 0 && clock.uncertaintyMs === 0)) return ''
  const within = clock.uncertaintyMs === 0 ? '' : ` (give or take ${lengthText(clock.uncertaintyMs)})`
  if (clock.offsetMs === 0) return `; its times contradict each other by ${lengthText(clock.uncertaintyMs)}, as if several clocks had written it`
  return `; its clock was ${lengthText(Math.abs(clock.offsetMs))} ${clock.offsetMs > 0 ? 'ahead' : 'behind'}${within}, and its times are corrected by that`
}

/** What a reader of a history should not take for certain, as sentences. */
export function doubtTexts(history: History): readonly string[] {
  const { uncheckedLinks, uncertainWrites, activity, terms, missing } = history
  const hasTold = terms.some(({ basis }) => basis === 'told')
  return [
    ...missing.map(missingText),
    ...(uncheckedLinks > 0
      ? [`For ${uncheckedLinks} of ${history.writes} writes, the logs do not show whether they directly followed the one before. Writes may be missing there.`]
      : []),
    ...(uncertainWrites > 0 ? [`${uncertainWrites} request${uncertainWrites === 1 ? '' : 's'} by candidates may have succeeded or failed: the logs do not show the response.`] : []),
    ...(activity.length > 0
      ? ['The log does not contain what some writes changed. It shows who wrote, but not as which candidate, and not whether the write renewed, acquired or released the lease.']
      : []),
    ...(hasTold ? ['Some terms are known only from Events. The times of Events come from the clocks of the candidates, and the API server deletes Events after a while. If no Event shows when a leader stopped, it is not known whether two candidates led at the same time, or none did.'] : []),
  ]
}

/** The title of a history. */
export function titleOf({ lock, namespace, name }: History): string {
  return `${lock} "${shown(name)}" in namespace "${shown(namespace)}"`
}

/** When the lease was blocked, and for what. */
export function blockedText(time: BlockedTime): string {
  return `${rangeText(time)}  ${isBlock(time.holderIdentity) ? 'for maintenance' : 'by a failover'}`
}

export function rangeText({ fromMs, toMs }: TimeRange): string {
  return `${clockTime(fromMs)} to ${toMs === null ? 'the end of the log' : clockTime(toMs, 'up')}`
}
