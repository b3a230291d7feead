import { isKnownFromEvent, type Candidate, type IdentitySource, type UnknownIdentity } from '../../shared/candidates/candidate.ts'
import { coordinatedChoice, hasAnsweredPing, type CoordinatedChoice } from '../../shared/candidates/coordinated.ts'
import type { LeaseCandidate } from '../../shared/cluster/elections/lease-candidates.ts'
import type { NodeFacts } from '../../shared/cluster/holders/nodes.ts'
import type { PodFacts } from '../../shared/cluster/holders/pods.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { ageText, NONE } from './election-text.ts'
import type { Column } from './table.ts'

const LONGEST = 300

/**
 * The columns of a table of candidates. Columns that are empty for all of them are left out.
 *
 * @param preferredHolder the candidate that should lead instead of the holder, in a coordinated election
 */
export function candidateColumns(
  candidates: readonly Candidate[],
  { wallMs, preferredHolder }: { readonly wallMs: number; readonly preferredHolder: string | null },
): readonly Column<Candidate>[] {
  const has = (part: (candidate: Candidate) => unknown): boolean => candidates.some((candidate) => (part(candidate) ?? null) !== null)
  const ofPods: readonly Column<Candidate>[] = [
    { heading: 'POD', cell: ({ pod }) => harmless(pod?.name ?? '') || NONE },
    { heading: 'STATUS', cell: ({ pod }) => (pod ? podState(pod) : NONE) },
    { heading: 'RESTARTS', cell: ({ pod }) => (pod ? String(pod.restarts) : NONE) },
    { heading: 'AGE', cell: ({ pod }) => (pod ? ageText(pod.creationTimestamp, wallMs) : NONE) },
    { heading: 'NODE', cell: ({ pod, node }) => harmless(pod?.nodeName ?? '') + nodeState(node) || NONE },
  ]
  const zone: Column<Candidate> = { heading: 'ZONE', cell: ({ node }) => harmless(node?.zone ?? '') || NONE }
  const coordinated: readonly Column<Candidate>[] = [
    { heading: 'VERSION', cell: ({ leaseCandidate }) => harmless(leaseCandidate?.binaryVersion ?? '') || NONE },
    { heading: 'EMULATES', cell: ({ leaseCandidate }) => harmless(leaseCandidate?.emulationVersion ?? '') || NONE },
    { heading: 'PINGED', cell: ({ leaseCandidate }) => pingText(leaseCandidate, wallMs) },
    { heading: 'RENEWED', cell: ({ leaseCandidate }) => (leaseCandidate ? ageText(leaseCandidate.renewTime, wallMs) : NONE) },
  ]
  const leader = ({ isLeader, identity }: Candidate): string => (isLeader ? 'yes' : identity !== null && identity === preferredHolder ? 'preferred' : '-')
  return [
    ...(has(({ pod }) => pod) ? ofPods : []),
    ...(has(({ node }) => node?.zone) ? [zone] : []),
    { heading: 'LEADER', cell: leader },
    ...(has(({ leaseCandidate }) => leaseCandidate) ? coordinated : []),
    { heading: 'LAST LED', cell: ({ isLeader, lastLed }) => (isLeader ? 'leads now' : lastLed === null ? '-' : `${ageText(lastLed, wallMs)} ago`) },
    { heading: 'IDENTITY', cell: (candidate) => identityText(candidate), narrowest: 20 },
    { heading: 'KNOWN FROM', cell: (candidate) => sourceText(candidate, wallMs) },
  ]
}

function sourceText(candidate: Candidate, wallMs: number): string {
  const { source, toldAt } = candidate
  if (source === null) return '-'
  return SOURCES[source] + (isKnownFromEvent(candidate) ? `, last seen ${ageText(toldAt, wallMs)} ago` : '')
}

function pingText(candidate: LeaseCandidate | null, wallMs: number): string {
  if (candidate === null || candidate.pingTime === null) return NONE
  return ageText(candidate.pingTime, wallMs) + (hasAnsweredPing(candidate) ? '' : ' (no answer)')
}

/** Whom the API server would choose as the leader of a coordinated election; null if that is not known. */
export function choiceText(candidates: readonly LeaseCandidate[]): string | null {
  const choice = coordinatedChoice(candidates)
  return choice && `${harmless(choice.name, LONGEST)} (${CHOICES[choice.by]})`
}

const CHOICES: Readonly<Record<CoordinatedChoice['by'], string>> = {
  only: 'the only candidate that answers',
  emulationVersion: 'the oldest emulation version',
  binaryVersion: 'the oldest binary version of those with the oldest emulation version',
  age: 'the oldest LeaseCandidate of those with the oldest versions',
}

/** The identity of a candidate, or why it is not known. */
export function identityText({ identity, unknown }: Pick<Candidate, 'identity' | 'unknown'>): string {
  return identity === null ? UNKNOWN_IDENTITIES[unknown ?? 'notLed'] : harmless(identity, LONGEST) || NONE
}

const UNKNOWN_IDENTITIES: Readonly<Record<UnknownIdentity, string>> = {
  notLed: 'not known until it has led',
  restarted: 'not known since its restart',
}

const SOURCES: Readonly<Record<IdentitySource, string>> = {
  record: 'the lease',
  leaseCandidate: 'LeaseCandidate',
  announcement: 'Event (announced)',
  leadership: 'Event (became leader)',
  format: "the leader's format",
}

/** What keeps Pods or leaders away from a Node, in parentheses. */
function nodeState(node: NodeFacts | null): string {
  const states = [...(node?.isReady === false ? ['not ready'] : []), ...(node?.isCordoned ? ['cordoned'] : [])]
  return states.length === 0 ? '' : ` (${states.join(', ')})`
}

/** The state of a Pod: `Running, ready`. */
export function podState({ phase, isReady, deletionTimestamp }: PodFacts): string {
  if (deletionTimestamp !== null) return 'Terminating'
  const readiness = phase === 'Running' ? (isReady ? ', ready' : ', not ready') : ''
  return (harmless(phase) || 'Unknown') + readiness
}
