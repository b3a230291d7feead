import type { Election } from '../../lease/election.ts'
import type { RunRemedy } from '../../remedy.ts'

/**
 * How bad it is. `error`: nobody leads, or two may, or it will come to that. `warning`: it works, with less room than it
 * needs, or may stop to. `info`: worth knowing, and harmless.
 */
export type Severity = 'error' | 'warning' | 'info'

/** What can be found; stable, for programs. */
export type FindingCode =
  | 'abandoned'
  | 'accountMayNotRecordEvents'
  | 'accountMayNotRenew'
  | 'badDuration'
  | 'badTime'
  | 'beingDeleted'
  | 'durationTooLong'
  | 'durationTooShort'
  | 'expired'
  | 'failoverUnderWay'
  | 'flapping'
  | 'holderClockDiffers'
  | 'holderNodeNotReady'
  | 'holderNotFound'
  | 'holderPodEnded'
  | 'holderPodEvicted'
  | 'holderPodGone'
  | 'holderPodNotReady'
  | 'holderPodReplaced'
  | 'holderPodTerminating'
  | 'identityUsedTwice'
  | 'lateRenewals'
  | 'leftoverAnnotation'
  | 'leftoverPlaceholder'
  | 'localClockDiffers'
  | 'multiLock'
  | 'neverRenewed'
  | 'noRenewals'
  | 'notAnElection'
  | 'renewalIntervalTooLong'
  | 'renewedAfterExpiry'
  | 'sharedIdentity'
  | 'twoWorkloads'
  | 'userMayNot'

/** What a finding rests on, by names that carry their units. Text in it is as it is in the cluster. */
export type FindingEvidence = Readonly<Record<string, string | number | boolean | null | readonly string[]>>

/** Which election a finding is about. */
export type ElectionReference = Pick<Election, 'lock' | 'namespace' | 'name'>

/** Something that is wrong or risky. */
export interface Finding {
  readonly code: FindingCode
  readonly severity: Severity
  /** Null where it is about the user, or about this machine. */
  readonly election: ElectionReference | null
  /** A sentence or two for a person. It contains text from the cluster as it is there. */
  readonly message: string
  readonly evidence: FindingEvidence
  /** The next step: a command that fixes it, or that shows more of it. */
  readonly remedy: RunRemedy
}

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info']

/** The worst first; those of one election together. */
export function compareFindings(a: Finding, b: Finding): number {
  return SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || compareText(placeOf(a), placeOf(b)) || compareText(a.code, b.code)
}

function placeOf({ election }: Finding): string {
  return election ? `${election.namespace}/${election.name}/${election.lock}` : ''
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
