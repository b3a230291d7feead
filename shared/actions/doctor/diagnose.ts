import type { ApiClient } from '../../cluster/client.ts'
import type { Advised } from '../../remedy.ts'
import type { ElectionScope } from '../../cluster/elections/scope.ts'
import type { ServerProbe } from '../../cluster/server-probe.ts'
import type { Election } from '../../lease/election.ts'
import type { Clock } from '../../time/clock.ts'
import { collectEvidence } from './collect.ts'
import { examine } from './examine.ts'
import type { Finding } from './finding.ts'
import { observeElections, type ObservationProgress } from './observe-elections.ts'
import { lookUpUser } from './user-access.ts'

export interface DiagnoseOptions {
  /** The maximum time to observe, in milliseconds. Default {@link OBSERVE_MS}; 0 reads once. */
  readonly observeMs?: number
  /** Which leases of the scope to check. Default: leader elections. */
  readonly isWanted?: (election: Election) => boolean
  /** Called about twice a second during the observation. */
  readonly onProgress?: (progress: ObservationProgress) => void
  readonly signal?: AbortSignal
}

/** The result of {@link diagnose}. */
export interface Diagnosis {
  /** The elections that were checked. */
  readonly elections: readonly Election[]
  readonly observedForMs: number
  /** The worst first. */
  readonly findings: readonly Finding[]
  /** What could not be checked, and why. */
  readonly notChecked: readonly Advised[]
}

/** Long enough to observe a lease with client-go's default duration (15 s) expire, and others renew several times. */
const OBSERVE_MS = 30_000

/**
 * Finds problems and risks in the elections of a scope. It observes them with one watch, stops early once it has observed
 * enough, and reads what belongs to them. It makes no changes. If something cannot be read, the result says so, and the
 * other checks still run.
 *
 * Rejects with a ClusterError if the elections themselves cannot be read, and with the signal's reason.
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
