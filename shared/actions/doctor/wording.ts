import { leaseDurationMs, type Election } from '../../lease/index.ts'
import type { Owner } from '../../cluster/holders/holder.ts'
import type { ElectionReference } from './finding.ts'

/** Seconds with three decimals at most, for evidence. */
export function inSeconds(ms: number): number {
  return Math.round(ms) / 1000
}

/** So many identities are named where there are many. */
const SOME = 4

/** Some of many identities, in words. */
export function someOf(identities: readonly string[]): string {
  const shown = identities.slice(0, SOME).join(', ')
  return identities.length > SOME ? `${shown} and ${identities.length - SOME} more` : shown
}

/** What a finding says it is about. */
export function referenceTo({ lock, namespace, name }: Election): ElectionReference {
  return { lock, namespace, name }
}

/** `kubectl leader VERB -n NAMESPACE [LOCK/]NAME`, and more flags. */
export function leaderCommand(verb: string, { lock, namespace, name }: ElectionReference, ...flags: readonly string[]): string {
  return shellCommand('kubectl', 'leader', verb, '-n', namespace, lock === 'lease' ? name : `${lock}/${name}`, ...flags)
}

/** What releases it. Without a duration nobody can watch it run out, so that has to be forced. */
export function releaseCommand(election: Election): string {
  return leaderCommand('release', election, ...(leaseDurationMs(election.record) === null ? ['--force'] : []))
}

/** `kubectl VERB -n NAMESPACE WHAT`. */
export function kubectlCommand(verb: string, namespace: string, ...what: readonly string[]): string {
  return shellCommand('kubectl', verb, '-n', namespace, ...what)
}

/** A command as a POSIX shell reads it. Names need no quotes, unless somebody who means harm made them up. */
export function shellCommand(...words: readonly string[]): string {
  return words.map((word) => (/^[\w./:=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ')
}

/** What changes the settings of the program behind an election, or else shows whose they are. */
export function settingsCommand(election: ElectionReference, owner: Owner | null): string {
  return owner && PLAIN_KINDS.has(owner.kind)
    ? kubectlCommand('edit', election.namespace, `${owner.kind.toLowerCase()}/${owner.name}`)
    : leaderCommand('describe', election)
}

/** Kinds that every cluster knows by their own name. */
const PLAIN_KINDS = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'])

/** Whether this kind of owner is one that `kubectl rollout restart` takes. */
export function canRestart(owner: Owner | null): owner is Owner {
  return owner !== null && owner.kind !== 'ReplicaSet' && PLAIN_KINDS.has(owner.kind)
}
