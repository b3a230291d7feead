import { leaseDurationMs } from '../../lease/record.ts'
import type { Election } from '../../lease/election.ts'
import type { ElectionRef } from '../../lease/election-ref.ts'
import type { Owner } from '../../cluster/holders/holder.ts'
import type { Command, RunRemedy } from '../../remedy.ts'

/** Seconds with three decimals at most, for evidence. */
export function inSeconds(ms: number): number {
  return Math.round(ms) / 1000
}

/** How many identities of a long list to name. */
const SOME = 4

/** The first identities of a list, and the number of the others. */
export function someOf(identities: readonly string[]): string {
  const shown = identities.slice(0, SOME).join(', ')
  return identities.length > SOME ? `${shown} and ${identities.length - SOME} more` : shown
}

/** The reference of a finding to its election. */
export function referenceTo({ lock, namespace, name }: Election): ElectionRef {
  return { lock, namespace, name }
}

/** `kubectl leader VERB -n NAMESPACE [LOCK/]NAME`. */
export function leaderCommand(verb: string, { lock, namespace, name }: ElectionRef, options: Command['options'] = {}): RunRemedy {
  return run({ program: 'kubectl leader', verb, namespace, operands: [lock === 'lease' ? name : `${lock}/${name}`], options })
}

/** What releases it. A lease without a duration cannot be watched until it expires, so the check has to be overridden. */
export function releaseCommand(election: Election): RunRemedy {
  return leaderCommand('release', election, leaseDurationMs(election.record) === null ? { force: true } : {})
}

/** `kubectl VERB -n NAMESPACE OPERANDS`. */
export function kubectlCommand(verb: string, namespace: string, operands: readonly string[], options: Command['options'] = {}): RunRemedy {
  return run({ program: 'kubectl', verb, namespace, operands, options })
}

export function run(command: Command): RunRemedy {
  return { kind: 'run', command }
}

/** The command that edits the settings of an election's workload, or else shows the election. */
export function settingsCommand(election: ElectionRef, owner: Owner | null): RunRemedy {
  return owner && PLAIN_KINDS.has(owner.kind)
    ? kubectlCommand('edit', election.namespace, [`${owner.kind.toLowerCase()}/${owner.name}`])
    : leaderCommand('describe', election)
}

/** Built-in kinds, which kubectl finds by name in every cluster. */
const PLAIN_KINDS = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'])

/** Whether `kubectl rollout restart` supports this kind of owner. */
export function canRestart(owner: Owner | null): owner is Owner {
  return owner !== null && owner.kind !== 'ReplicaSet' && PLAIN_KINDS.has(owner.kind)
}
