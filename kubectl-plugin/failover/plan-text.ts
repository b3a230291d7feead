import type { Draw, FailoverPlan } from '../../shared/actions/failover.ts'
import type { Candidate } from '../../shared/candidates/candidate.ts'
import { durationText } from '../../shared/duration.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { withAdvice } from '../output/advice.ts'
import { ageText } from '../output/election-text.ts'

const LONGEST = 300
const MOST_CANDIDATES = 10

/**
 * The plan as text: the election, its leader and other candidates, what will happen, and what could go wrong.
 * @param options what is not as in a plain failover: what will happen, in sentences, and the new leader
 */
export function planLines(
  plan: FailoverPlan,
  { context, wallMs }: { readonly context: string; readonly wallMs: number },
  { steps = planSteps(plan), newLeader = newLeaderText(plan) }: { readonly steps?: readonly string[]; readonly newLeader?: string } = {},
): readonly string[] {
  const { request, gaps, cautions } = plan
  const { lock, namespace, name } = request.place
  return [
    `Context:     ${shown(context)}`,
    `Election:    ${lock} ${harmless(namespace)}/${harmless(name)}, lease duration ${durationText(plan.leaseDurationMs)}, renewed every ${durationText(plan.renewIntervalMs)}`,
    `Leader:      ${shown(plan.from)}${leaderText(plan, wallMs)}`,
    `New leader:  ${newLeader}`,
    `Others:      ${othersText(plan)}`,
    ...indented('Plan:', steps),
    ...indented('Caution:', cautions.map((caution) => harmless(withAdvice(caution), LONGEST * 2))),
    ...indented('Could not check:', gaps.map((gap) => harmless(withAdvice(gap), LONGEST * 2))),
  ]
}

function leaderText({ holder, node, owners }: FailoverPlan, wallMs: number): string {
  if (!holder?.name) return holder ? ` (unknown: ${harmless(holder.because.text, LONGEST)})` : ''
  const place = holder.namespace === null ? '' : `${harmless(holder.namespace)}/`
  const readiness = node ? ` (${node.isReady ? 'ready' : 'not ready'})` : ''
  const where = holder.node === null || holder.kind === 'Node' ? '' : `, node ${harmless(holder.node)}${readiness}`
  const age = holder.pod ? `, age ${ageText(holder.pod.creationTimestamp, wallMs)}` : ''
  const owner = owners.at(-1) ?? holder.owner
  const belongs = owner ? `, ${harmless(`${owner.kind}/${owner.name}`)}` : ''
  const sure = holder.confidence === 'exact' ? '' : ' probably'
  return `,${sure} ${holder.kind} ${place}${harmless(holder.name)}${where}${belongs}${age}`
}

function newLeaderText({ to, target, draw, request }: FailoverPlan): string {
  if (to !== null) return `${shown(to)}${request.isOwnCandidate ? ' (this candidate)' : target ? placeText(target) : ''}`
  if (draw === null) return 'the first candidate to acquire the lease'
  const accepted = draw.accepted.slice(0, MOST_CANDIDATES).map((candidate) => `${nameOf(candidate)}${nodeText(candidate)}`)
  return `left to chance: the first candidate to acquire the lease; wanted: ${accepted.join(', ')}`
}

function othersText({ candidates }: FailoverPlan): string {
  if (candidates.length === 0) return 'none known (a lease does not record standbys)'
  const names = candidates.slice(0, MOST_CANDIDATES).map((candidate) => {
    const isReady = candidate.pod?.isReady !== false
    const identity = candidate.identity === null ? '' : ', identity known'
    return `${nameOf(candidate)}${nodeText(candidate)}${isReady ? '' : ' (not ready)'}${identity}`
  })
  const more = candidates.length > MOST_CANDIDATES ? `; and ${candidates.length - MOST_CANDIDATES} more` : ''
  return `${names.join('; ')}${more}`
}

function nameOf({ pod, identity }: Candidate): string {
  return harmless(pod?.name ?? identity ?? '', LONGEST)
}

function placeText(candidate: Candidate): string {
  return candidate.pod ? `, Pod ${harmless(candidate.pod.name)}${nodeText(candidate)}` : ''
}

function nodeText({ pod, node }: Candidate): string {
  const name = pod?.nodeName ?? null
  const zone = node?.zone ?? null
  return name === null ? '' : ` on ${harmless(name)}${zone === null ? '' : ` in zone ${harmless(zone)}`}`
}

function drawText({ tries, expectedTries, expectedMs, chance, mostChance }: Draw): readonly string[] {
  const restarts = tries === 1 ? 'one program is' : `up to ${tries} programs are`
  return [
    `The new leader is left to chance, because the identity of the wanted candidate is not known. With ${tries === 1 ? 'one try' : `at most ${tries} tries`}, ` +
      `a wanted candidate acquires the lease with a probability of ${Math.round(chance * 100)}% if the restarted old leader takes part each time, and of ${Math.round(mostChance * 100)}% if the old leader never does, provided that all candidates are equally fast.`,
    `Expect ${expectedTries.toFixed(1)} tries, ${durationText(expectedMs)} in all. If programs exit when they lose the lease, ${restarts} restarted.`,
  ]
}

/** What a failover will do, in sentences. */
export function planSteps(plan: FailoverPlan): readonly string[] {
  const { request, holder, placeholderMs, expectedLeaderlessMs, to } = plan
  if (request.deletesPod) {
    return [
      `Delete the Pod ${harmless(holder?.name ?? '')}. Its program releases the lease, or the lease expires.`,
      `Expect no leader for up to ${durationText(expectedLeaderlessMs.mostMs)}, or less if the program releases the lease.`,
    ]
  }
  return [
    blockStep(plan),
    to === null ? 'Release the lease. The first candidate to acquire it becomes the leader.' : `Hand the lease over to ${shown(to)}.`,
    'Expect no leader for less than 1s if the leader confirms that it has stopped (kubectl-leader candidates do), otherwise ' +
      `for up to ${durationText(expectedLeaderlessMs.mostMs)}. During part of that time the old leader may still be working.`,
    ...(plan.draw ? drawText(plan.draw) : []),
    `If this command is killed, there is no leader until the lease expires on its own, within ${durationText(placeholderMs)}.`,
  ]
}

/** How the leader is stopped, in a sentence. */
export function blockStep({ blockMs }: FailoverPlan): string {
  return `Block the lease, so that no candidate can acquire it, until the leader confirms that it has stopped, or for ${durationText(blockMs)}.`
}

function indented(heading: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [heading, ...lines.map((line) => `  - ${line}`)]
}

function shown(identity: string): string {
  return harmless(identity, LONGEST)
}
