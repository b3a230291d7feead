import { holderWarnings } from '../../cluster/holders/holder-warnings.ts'
import type { RunRemedy } from '../../remedy.ts'
import type { ElectionEvidence, Surroundings } from './evidence.ts'
import type { Finding, FindingCode, Severity } from './finding.ts'
import { isAbandoned } from './leftover-checks.ts'
import { kubectlCommand, leaderCommand, referenceTo, releaseCommand, run } from './wording.ts'

/** The severity if the lease is not renewed, and if it is; null: not a problem. */
const SEVERITIES = {
  // A holder that renews is running, even if its Pod is not found.
  holderPodGone: ['error', null],
  holderNotFound: ['warning', null],
  holderPodReplaced: ['warning', null],
  // A terminated Pod cannot renew. If the lease is renewed, another process uses the identity of that Pod.
  holderPodEnded: ['error', 'warning'],
  holderPodEvicted: ['error', 'warning'],
  holderPodNotReady: ['warning', 'warning'],
  holderPodTerminating: ['warning', 'warning'],
  holderNodeNotReady: ['error', 'warning'],
} as const satisfies Partial<Record<FindingCode, readonly [whenSilent: Severity, whenRenewing: Severity | null]>>

/** How long a Pod may take to disappear after its termination grace period. */
const TERMINATION_TOLERATED_MS = 30_000

/** Whether the holder's Pod and Node exist, and are healthy. */
export function* checkHolder(evidence: ElectionEvidence, around: Surroundings): Generator<Finding> {
  const { election, holder, observation } = evidence
  if (!holder || isAbandoned(evidence, around)) return
  const { holderIdentity, strategy } = election.record
  const node = evidence.node === 'absent' ? { name: holder.node ?? '', isReady: false, isCordoned: false, zone: null } : evidence.node
  for (const { code, message } of holderWarnings(holderIdentity, holder, node)) {
    const severity = severityOf(code, observation.hasSeenChange)
    if (severity === null) continue
    // A LeaseCandidate need not be named after a Pod.
    if (strategy !== null && holder.doubt === 'absent') continue
    if (code === 'holderPodTerminating' && !isOverdue(holder.pod?.deletionTimestamp ?? null, around)) continue
    yield {
      code: code,
      severity,
      election: referenceTo(election),
      message: code === 'holderNodeNotReady' && evidence.node === 'absent' ? `The Node ${node!.name} no longer exists.` : message,
      evidence: {
        holderIdentity,
        isRenewed: observation.hasSeenChange,
        confidence: holder.confidence,
        pod: holder.pod?.name ?? null,
        phase: holder.pod?.phase ?? null,
        node: holder.node,
      },
      remedy: remedyFor(code, evidence),
    }
  }
}

function severityOf(code: string, isRenewed: boolean): Severity | null {
  return Object.hasOwn(SEVERITIES, code) ? SEVERITIES[code as keyof typeof SEVERITIES][isRenewed ? 1 : 0] : null
}

function isOverdue(deletionTimestamp: string | null, { now }: Surroundings): boolean {
  return deletionTimestamp !== null && now.wallMs - Date.parse(deletionTimestamp) > TERMINATION_TOLERATED_MS
}

function remedyFor(code: keyof typeof SEVERITIES, { election, holder, observation }: ElectionEvidence): RunRemedy {
  const pod = holder?.pod
  switch (code) {
    case 'holderPodGone':
    case 'holderNotFound':
    case 'holderPodReplaced':
      return releaseCommand(election)
    case 'holderPodEnded':
    case 'holderPodEvicted':
      return observation.hasSeenChange ? leaderCommand('describe', election) : releaseCommand(election)
    case 'holderPodTerminating':
      return kubectlCommand('delete', pod?.namespace ?? election.namespace, ['pod', pod?.name ?? ''], { force: true })
    case 'holderPodNotReady':
      return kubectlCommand('describe', pod?.namespace ?? election.namespace, ['pod', pod?.name ?? ''])
    case 'holderNodeNotReady':
      return observation.hasSeenChange ? leaderCommand('failover', election) : run({ program: 'kubectl', verb: 'describe', operands: ['node', holder?.node ?? ''] })
  }
}
