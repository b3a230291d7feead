import type { StopReason } from '../../../shared/election/machine/protocol.ts'
import { leaseDurationMs, type ElectionRecord } from '../../../shared/lease/record.ts'
import type { LockedRecord } from '../../../shared/locks/lock.ts'
import type { Process } from '../process.ts'

/** A failover takes part, but never leads. */
export type CandidateKind = 'ours' | 'client-go' | 'failover'

/** The promise that all candidates of one election share; milliseconds. */
export interface Timings {
  readonly leaseDurationMs: number
  readonly renewDeadlineMs: number
  readonly retryPeriodMs: number
}

/** One process as a candidate. */
export interface Candidate {
  readonly process: Process
  readonly kind: CandidateKind
  readonly identity: string
  readonly onOverrun: 'report' | 'exit'
  readonly releaseOnCancel: boolean
  /** How long after a renewal was sent its work may act; milliseconds. The renew deadline, but for commands of `join`. */
  readonly worksForMs: number
  /** Whether its work is a command, in processes of its own. */
  readonly runsCommands?: boolean
  /** With a health check: how long it leaves a free lease to others while it is unhealthy; milliseconds. */
  readonly graceMs?: number | null
}

/** A write on its way, with what its sender knew. */
export interface SentWrite {
  readonly by: CandidateState
  readonly record: ElectionRecord
  readonly base: LockedRecord | null
  readonly sentAtMs: number
  readonly sent: Clocks
  /** For how long, on its own monotonic clock, the sender has known the record as it is. */
  readonly unchangedForMs: number
  readonly hadWorkUnderWay: boolean
  readonly wasReadBefore: boolean
  /** Whether its sender had a health check, and has not passed it. */
  readonly wasUnhealthy: boolean
}

export interface Clocks {
  readonly monotonicMs: number
  readonly wallMs: number
}

/** One term, as the world sees it. */
export interface ActingTerm {
  readonly by: CandidateState
  readonly startedAtMs: number
  /** The process, or the machine, that stands still when its work does. */
  actor: Process
  /** `join`: whether its command runs. */
  isCommandRunning: boolean
  /** When it was told to stop. */
  toldAtMs: number | null
  reason: StopReason | 'client-go' | null
  settledAtMs: number | null
  /** When it ceased to count as a leader. */
  endedAtMs: number | null
  hasReportedOverrun: boolean
  /** client-go: its renew loop has ended, and its work not yet been told. */
  isReleasing: boolean
  /** Whether it was acquired while the candidate was unhealthy, which has not been healthy since. */
  isByGrace: boolean
}

/** The last write of a candidate that was applied: when, as what, and the clocks when it was sent. */
export interface LastApplied {
  readonly atMs: number
  readonly serial: number
  readonly sent: Clocks
  readonly sentAtMs: number
}

/** What the judge knows of one process. */
export interface CandidateState extends Candidate {
  term: ActingTerm | null
  lastApplied: LastApplied | null
  /** The state that it made last by a write which it had given up, and sent another after. */
  lateSerial: number | null
  /** When it last heard that a write succeeded; true time. */
  lastHeardAtMs: number | null
  lastSuspendedAtMs: number
  /** The last candidate that wrote over its record: it need not be the one that leads beside it. */
  displacedBy: CandidateState | null
  /** What it has been told of the record: the newest state by its serial number, and the versions of all. */
  newestSerial: number
  newestVersion: number
  readonly versions: Set<string>
  /** The last record that it was told of, and since when, on its monotonic clock. */
  record: ElectionRecord | null
  recordSinceMs: number
  /** Since when nothing has been wrong with its link, its process and its clocks; infinite while something is. True time. */
  healthySinceMs: number
  /** When it was told to leave the election. */
  leavingSinceMs: number | null
  /** `join`: since when nothing is wrong with its watchdog; infinite while something is. */
  watchdogHealthySinceMs: number
  /** Until when it may leave the election to others, after somebody ended its term. */
  backsOffUntilMs: number
  /** When it last began to. */
  backedOffSinceMs: number
  /** When a failover last put it back, which is no reason to back off. */
  putBackAtMs: number
  /** What its health check says. Without one, it is healthy. */
  isGateHealthy: boolean
  /** Whether its last write that may have begun a term was sent while it was unhealthy. */
  acquiresByGrace: boolean
}

export function newCandidateState(candidate: Candidate): CandidateState {
  return {
    ...candidate,
    term: null,
    lastApplied: null,
    lateSerial: null,
    lastHeardAtMs: null,
    lastSuspendedAtMs: Number.NEGATIVE_INFINITY,
    displacedBy: null,
    newestSerial: 0,
    newestVersion: 0,
    versions: new Set(),
    record: null,
    recordSinceMs: Number.NEGATIVE_INFINITY,
    healthySinceMs: Number.POSITIVE_INFINITY,
    leavingSinceMs: null,
    watchdogHealthySinceMs: Number.POSITIVE_INFINITY,
    backsOffUntilMs: Number.NEGATIVE_INFINITY,
    backedOffSinceMs: Number.NEGATIVE_INFINITY,
    putBackAtMs: Number.NEGATIVE_INFINITY,
    isGateHealthy: (candidate.graceMs ?? null) === null,
    acquiresByGrace: false,
  }
}

/** Two records that no candidate can tell from each other. */
export function contentOf(record: ElectionRecord): string {
  return `${record.holderIdentity}|${record.renewTime}|${record.acquireTime}|${record.leaseTransitions}|${record.leaseDurationSeconds}`
}

/** Nothing was ever there, or whoever held it has given it up. */
export function isRelease(record: ElectionRecord | null): boolean {
  return record === null || (record.holderIdentity === '' && record.leaseDurationSeconds === 1)
}

/** How long a record keeps a candidate out, once seen; milliseconds. */
export function waitMs(timings: Timings, record: ElectionRecord | null): number {
  return Math.max(timings.leaseDurationMs, (record && leaseDurationMs(record)) ?? 0)
}
