import { harmless, type Election, type ElectionEvent, type ElectionEventType } from '../../shared/lease/index.ts'
import { formatAge } from '../output/duration.ts'

/** A longer holder identity is cut: the whole of it is in `-o json` and in `describe`. */
const LONGEST_IDENTITY = 120
/** A server's own words can be of any length. */
const LONGEST_REASON = 500

/** What a line can tell of. */
export type LineType = ElectionEventType | 'connected' | 'disconnected'
/** Colours the word that says what a line tells of, or leaves it alone. */
export type ShownType = (type: LineType, text: string) => string

/** One event as a line for people, made harmless: when, what, which election, and what that means. */
export function eventLine(event: ElectionEvent, shownType: ShownType = plain): string {
  return `${head(event.wallMs, event.type, shownType)}${electionLabel(event.election)}  ${eventSentence(event)}`
}

/** A change of the connection in the shape of {@link eventLine}. */
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

/** `namespace/name`, the name as {@link nameLabel} has it. */
export function electionLabel(election: Election): string {
  return `${harmless(election.namespace)}/${nameLabel(election)}`
}

/** The name, with its type in front where it is not a Lease: as it is typed after `kubectl leader describe`. */
export function nameLabel({ lock, name }: Election): string {
  return lock === 'lease' ? harmless(name) : `${lock}/${harmless(name)}`
}

/** An identity as it is shown: harmless, and visible where there is none. */
export function shownIdentity(identity: string): string {
  return identity === '' ? 'nobody' : harmless(identity, LONGEST_IDENTITY)
}

/** What happened, without saying when and to which election. */
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
      return `${holder} renews again${unseen(event)}`
    case 'late':
      return `${holder} has not renewed for ${age(status.unchangedForMs)} of ${duration(election)}`
    case 'expired':
      return `${holder} has not renewed for ${age(status.unchangedForMs)}; its lease was for ${duration(election)}`
    case 'released':
      return `${released(event)}${unseen(event)}`
    case 'deleted':
      return `held last by ${holder}`
  }
}

function addedSentence({ status }: ElectionEvent, holder: string): string {
  if (status.state === 'released') return 'held by nobody'
  const how = status.basis === 'recorded' ? '~' : ''
  const renewed = status.unchangedForMs === null ? '' : `, renewed ${how}${age(status.unchangedForMs)} ago`
  return `${how}${status.state}${status.state === 'held' ? ' by' : ', holder'} ${holder}${renewed}`
}

function from({ previousHolderIdentity }: ElectionEvent): string {
  return previousHolderIdentity ? ` after ${shownIdentity(previousHolderIdentity)}` : ''
}

function released({ previousHolderIdentity }: ElectionEvent): string {
  return previousHolderIdentity ? `by ${shownIdentity(previousHolderIdentity)}` : 'the holder is empty'
}

function unseen({ unseenTransitions }: ElectionEvent): string {
  if (!unseenTransitions) return ''
  return unseenTransitions === 1
    ? ' (one more change of holder went unseen)'
    : ` (${unseenTransitions} more changes of holder went unseen)`
}

function age(ms: number | null): string {
  return ms === null ? 'an unknown time' : formatAge(ms)
}

function duration({ record }: Election): string {
  return record.leaseDurationSeconds === null ? 'no given duration' : formatAge(record.leaseDurationSeconds * 1000)
}
