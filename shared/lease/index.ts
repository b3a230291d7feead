export { categoryOf, type Category } from './category.ts'
export { electionFromAnnotated, electionFromLease, type Deletion, type Election } from './election.ts'
export { electionKey, placePhrase, placeText, type ElectionRef, type LockKind } from './election-ref.ts'
export type { ElectionEvent, ElectionEventType } from './event.ts'
export { harmless } from './harmless.ts'
export { observe, type Observation } from './observation.ts'
export { BLOCK_PREFIX, isBlock, isPlaceholder, PLACEHOLDER_PREFIX, placeholderNonce } from './placeholder.ts'
export {
  isHeldWithoutDuration,
  isSameRecord,
  LEADER_ANNOTATION,
  leaseDurationMs,
  recordFromAnnotation,
  recordFromLeaseSpec,
  type ElectionRecord,
} from './record.ts'
export { LATE_AFTER, nextTurnAtMs, statusOf, type Basis, type Moment, type State, type Status } from './status.ts'
export {
  isNearMiss,
  latenessOf,
  type DisconnectedSpan,
  type LeadershipChange,
  type Lateness,
  type LeadershipSpan,
  type Renewal,
  type TimelineSnapshot,
} from './timeline/snapshot.ts'
export { Timeline, type TimelineCapacity } from './timeline/timeline.ts'
export { timelineJson, type TimelineSubject } from './timeline/timeline-json.ts'
export { timestampMs } from './timestamp.ts'
