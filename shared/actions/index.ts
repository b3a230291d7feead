export { Candidacy, type CandidacyEvent, type CandidacySettings } from './candidacy.ts'
export {
  diagnose,
  type Diagnosis,
  type DiagnoseOptions,
  type Finding,
  type FindingCode,
  type FindingEvidence,
  type ObservationProgress,
  type Severity,
} from './doctor.ts'
export {
  FailoverRefused,
  isAsAsked,
  planFailover,
  runFailover,
  tryFailover,
  type Abortion,
  type CautionFacts,
  type Draw,
  type FailoverCaution,
  type FailoverEvent,
  type FailoverOptions,
  type FailoverPlan,
  type FailoverRefusal,
  type FailoverRequest,
  type FailoverResult,
} from './failover.ts'
export { LONGEST_BLOCK_MS, planBlock, runBlock, type BlockEvent, type BlockPlan, type BlockRequest, type BlockResult } from './block.ts'
export {
  NoSuchNode,
  planMany,
  runMany,
  type Exclusion,
  type Left,
  type ManyEvent,
  type ManyOptions,
  type ManyPlan,
  type ManyRequest,
  type Move,
  type Verdict,
} from './failover-many.ts'
export { NoSuchContainerError } from './container-log.ts'
export type { LogListener, LogNotice, LogSource } from './log-notice.ts'
export { followLeaderLog, NoLeaderLogError, readLeaderLog, type LogOptions } from './logs.ts'
export { joinElection, type JoinElectionOptions, type JoinLabel } from './join-election.ts'
export {
  observeHolder,
  planRelease,
  release,
  ReleaseRefused,
  type ReleaseOptions,
  type ReleasePlan,
  type ReleaseRefusal,
} from './release.ts'
export { planTake, takeLeadership, type TakeRequest, type TakingCandidate } from './take.ts'
export { waitForElection, type WaitOptions, type WaitOutcome } from './wait.ts'
export { dueAtMs, judge, look, type Seen, type WaitCondition } from './wait-condition.ts'
