import type { ApiClient } from '../../cluster/client.ts'
import type { ElectionScope } from '../../cluster/elections/scope.ts'
import type { ServerProbe } from '../../cluster/server-probe.ts'
import type { Election } from '../../lease/index.ts'
import type { Clock } from '../../time/index.ts'
import { collectEvidence } from './collect.ts'
import { examine } from './examine.ts'
import type { Finding } from './finding.ts'
import { observeElections, type ObservationProgress } from './observe-elections.ts'
import { lookUpUser } from './user-access.ts'

export interface DiagnoseOptions {
  /** How long elections are observed at most, in milliseconds. Default {@link OBSERVE_MS}; 0 looks once. */
  readonly observeMs?: number
  /** Which of the scope's are wanted; default: those that are elections. */
  readonly isWanted?: (election: Election) => boolean
  /** Told about twice a second while elections are observed. */
  readonly onProgress?: (progress: ObservationProgress) => void
  readonly signal?: AbortSignal
}

/** What came of looking for faults. */
export interface Diagnosis {
  /** Those that were looked at. */
  readonly elections: readonly Election[]
  readonly observedForMs: number
  /** The worst first. */
  readonly findings: readonly Finding[]
  /** What could not be checked, and why, in sentences for a person. */
  readonly notChecked: readonly string[]
}

/** Long enough to see elections with client-go's times (15 s) expire, and others often renewed. */
const OBSERVE_MS = 30_000

/**
 * Looks for what is wrong or risky in the elections of a scope. It observes them for a while with one watch, ends that
 * early once enough was seen, reads what is around them, and writes nothing. What may not be read is said, and the rest
 * is checked.
 *
 * Rejects with a ClusterError where the elections themselves can't be read, and with the signal's reason.
 */
export async function diagnose(
  client: ApiClient,
  clock: Clock,
  scope: ElectionScope,
  options: DiagnoseOptions = {},
): Promise<Diagnosis> {
  const { observeMs = OBSERVE_MS, isWanted = isElection, onProgress, signal = new AbortController().signal } = options
  const observed = await observeElections(client, clock, scope, { observeMs, isWanted, signal, ...(onProgress && { onProgress }) })
  const elections = observed.elections.map(({ election }) => election)
  const namespaces = scope.namespaces === 'all' ? [...new Set(elections.map(({ namespace }) => namespace))] : scope.namespaces
  const [collected, user] = await Promise.all([
    collectEvidence(client, clock, scope, observed.elections, signal),
    lookUpUser(client, scope, namespaces, signal),
  ])
  const around = {
    now: { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() },
    observedForMs: observed.observedForMs,
    apiLatencyMs: median(observed.probes.slice(1).map(({ latencyMs }) => latencyMs)),
    aheadOfServerMs: aheadOf(observed.probes),
  }
  return {
    elections,
    observedForMs: observed.observedForMs,
    findings: examine(collected.evidence, around, user),
    notChecked: [...observed.gaps, ...collected.gaps, ...(user.gap === null ? [] : [user.gap])],
  }
}

function isElection({ category }: Election): boolean {
  return category === 'election'
}

function aheadOf(probes: readonly ServerProbe[]): number | null {
  return median(probes.flatMap(({ aheadOfServerMs }) => aheadOfServerMs ?? []))
}

function median(values: readonly number[]): number | null {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? null
}
