export { categoryOf, type Category } from './category.ts'
export { electionFromAnnotated, electionFromLease, electionKey, type Election, type LockKind } from './election.ts'
export type { ElectionEvent, ElectionEventType } from './event.ts'
export { harmless } from './harmless.ts'
export { observe, type Observation } from './observation.ts'
export { isPlaceholder, PLACEHOLDER_PREFIX } from './placeholder.ts'
export {
  isSameRecord,
  LEADER_ANNOTATION,
  leaseDurationMs,
  recordFromAnnotation,
  recordFromLeaseSpec,
  type ElectionRecord,
} from './record.ts'
export { LATE_AFTER, nextTurnAtMs, statusOf, type Basis, type Moment, type State, type Status } from './status.ts'
export { timestampMs } from './timestamp.ts'
