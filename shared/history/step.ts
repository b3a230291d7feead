import type { AuditWrite } from './audit/audit-write.ts'
import type { Result } from './audit/result.ts'
import type { ElectionRecord } from '../lease/record.ts'
import type { TimeRange } from './time-range.ts'

/** One reading of an election by a recording: the record that it had at a resourceVersion. */
export interface Sighting {
  readonly source: number
  /** When the recorder learned of it, by its clock. */
  readonly seenMs: number
  readonly version: number | null
  readonly uid: string | null
  /** Null: the object was gone. */
  readonly record: ElectionRecord | null
  /** Whether every change since the sighting before was seen. */
  readonly isContinuous: boolean
}

/**
 * How a step follows the one before it:
 *
 * - `first`: nothing is known of what was before;
 * - `linked`: it replaced what the step before made;
 * - `broken`: it replaced something else, so there were unseen writes;
 * - `unwatched`: the recording was interrupted before it;
 * - `unchecked`: the log does not show what was replaced, or what was made.
 */
export type Link = 'first' | 'linked' | 'broken' | 'unwatched' | 'unchecked'

/** One change of an election's record, in its place among the others. */
export interface Step {
  /** When it happened, by the reference clock. */
  readonly at: TimeRange & { readonly toMs: number }
  readonly write: AuditWrite | null
  readonly result: Result
  /** The resourceVersion that it made, if known. */
  readonly made: number | null
  readonly uid: string | null
  readonly link: Link
  /** Whether the log does not say that it was written, but a later write replaced a version that only it can have made. */
  readonly isInferred: boolean
}

/** A request that was answered with a conflict: evidence of what its sender believed. */
export interface Conflict {
  readonly at: TimeRange & { readonly toMs: number }
  readonly write: AuditWrite
}

/** Everything that is known of one election's writes, in order. */
export interface Sequence {
  readonly steps: readonly Step[]
  readonly conflicts: readonly Conflict[]
  /** Writes of which it is not known whether they were made. */
  readonly uncertain: readonly Conflict[]
}
