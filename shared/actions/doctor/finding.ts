import type { ElectionRef } from '../../lease/election-ref.ts'
import type { RunRemedy } from '../../remedy.ts'

/**
 * `error`: there is no leader, or there may be two, or that is to be expected. `warning`: the election works, but with too
 * little margin, or it may stop working. `info`: worth knowing, and harmless.
 */
export type Severity = 'error' | 'warning' | 'info'

/** The kinds of findings; stable, for programs. */
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
  | 'blockUnderWay'
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

/** The facts behind a finding, with units in their names. Text from the cluster is not escaped. */
export type FindingEvidence = Readonly<Record<string, string | number | boolean | null | readonly string[]>>

/** One problem or risk. */
export interface Finding {
  readonly code: FindingCode
  readonly severity: Severity
  /** Null if the finding is about the user or this machine. */
  readonly election: ElectionRef | null
  /** One or more sentences for a person, with unescaped text from the cluster. */
  readonly message: string
  readonly evidence: FindingEvidence
  /** The next step: a command that fixes it, or that shows more of it. */
  readonly remedy: RunRemedy
}

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info']

/** The most severe first; the findings of one election together. */
export function compareFindings(a: Finding, b: Finding): number {
  return SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || compareText(placeOf(a), placeOf(b)) || compareText(a.code, b.code)
}

function placeOf({ election }: Finding): string {
  return election ? `${election.namespace}/${election.name}/${election.lock}` : ''
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
