import { durationText } from '../../shared/duration.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import type { Election } from '../../shared/lease/election.ts'
import type { ElectionEvent, ElectionEventType } from '../../shared/lease/event.ts'
import { formatAge } from '../output/duration.ts'
import { NONE } from '../output/election-text.ts'

/** A longer holder identity is cut. `-o json` and `describe` print all of it. */
const LONGEST_IDENTITY = 120
/** A message from a server can have any length. */
const LONGEST_REASON = 500

/** The events that a line can report. */
export type LineType = ElectionEventType | 'connected' | 'disconnected'
/** Colors the type of an event, or leaves it as it is. */
export type ShownType = (type: LineType, text: string) => string

/** One event as a line of harmless text: when, what, which election, and what it means. */
export function eventLine(event: ElectionEvent, shownType: ShownType = plain): string {
  return `${head(event.wallMs, event.type, shownType)}${electionLabel(event.election)}  ${eventSentence(event)}`
}

/** A change of the connection, in the format of {@link eventLine}. */
export function connectionLine(
  wallMs: number,
  type: 'connected' | 'disconnected',
  text: string,
  shownType: ShownType = plain,
): string {
  return head(wallMs, type, shownType) + harmless(text, LONGEST_REASON)
}

const plain: ShownType = (_type, text) => text

function head(wallMs: number, type: LineType, shownType: ShownType): string {
  return `${new Date(wallMs).toISOString()}  ${shownType(type, type.padEnd(12))}  `
}

/** `namespace/name`, with the name as in {@link nameLabel}. */
export function electionLabel(election: Election): string {
  return `${harmless(election.namespace)}/${nameLabel(election)}`
}

/** The name, with its type in front if it is not a Lease: the argument for `kubectl leader describe`. */
export function nameLabel({ lock, name }: Election): string {
  return lock === 'lease' ? harmless(name) : `${lock}/${harmless(name)}`
}

/** An identity as harmless text, or a visible placeholder if there is no holder. */
export function shownIdentity(identity: string): string {
  return identity === '' ? NONE : harmless(identity, LONGEST_IDENTITY)
}

/** What happened, without the time and the election. */
export function eventSentence(event: ElectionEvent): string {
  const { election, status } = event
  const holder = shownIdentity(election.record.holderIdentity)
  switch (event.type) {
    case 'added':
      return addedSentence(event, holder)
    case 'acquired':
      return `${holder}${from(event)}, transition ${election.record.leaseTransitions}${unseen(event)}`
    case 'renewed':
      return `${holder}${unseen(event)}`
    case 'recovered':
      return `${holder} is renewing again${unseen(event)}`
    case 'late':
      return `${holder} has not renewed for ${age(status.unchangedForMs)} (${duration(election)})`
    case 'expired':
      return `${holder} has not renewed for ${age(status.unchangedForMs)} (${duration(election)})`
    case 'released':
      return `${released(event)}${unseen(event)}`
    case 'deleted':
      return `last holder ${holder}`
  }
}

function addedSentence({ status }: ElectionEvent, holder: string): string {
  if (status.state === 'released') return 'no holder'
  const how = status.basis === 'recorded' ? '~' : ''
  const renewed = status.unchangedForMs === null ? '' : `, renewed ${how}${age(status.unchangedForMs)} ago`
  return `${how}${status.state}${status.state === 'held' ? ' by' : ', holder'} ${holder}${renewed}`
}

function from({ previousHolderIdentity }: ElectionEvent): string {
  return previousHolderIdentity ? ` after ${shownIdentity(previousHolderIdentity)}` : ''
}

function released({ previousHolderIdentity }: ElectionEvent): string {
  return previousHolderIdentity ? `by ${shownIdentity(previousHolderIdentity)}` : 'no holder'
}

function unseen({ unseenTransitions }: ElectionEvent): string {
  if (!unseenTransitions) return ''
  return unseenTransitions === 1
    ? ' (1 more transition was not observed)'
    : ` (${unseenTransitions} more transitions were not observed)`
}

function age(ms: number | null): string {
  return ms === null ? 'an unknown time' : formatAge(ms)
}

function duration({ record }: Election): string {
  return record.leaseDurationSeconds === null ? 'no lease duration' : `lease duration ${durationText(record.leaseDurationSeconds * 1000)}`
}
