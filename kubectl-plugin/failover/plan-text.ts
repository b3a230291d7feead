import type { FailoverPlan } from '../../shared/actions/failover.ts'
import { harmless } from '../../shared/lease/index.ts'
import { withAdvice } from '../output/advice.ts'
import { ageText } from '../output/election-text.ts'
import { secondsText } from '../output/seconds.ts'

const LONGEST = 300
const MOST_CANDIDATES = 10

/**
 * The plan for a person: what it is, who leads and who else stands, what will happen, what could go wrong.
 * @param later what happens after that, in sentences
 */
export function planLines(plan: FailoverPlan, wallMs: number, later: readonly string[] = []): readonly string[] {
  const { request, gaps, cautions } = plan
  const { lock, namespace, name } = request.place
  return [
    `Election:    ${lock} ${harmless(namespace)}/${harmless(name)}, lease duration ${secondsText(plan.leaseDurationMs)}, renewed every ${secondsText(plan.renewIntervalMs)}`,
    `Leader:      ${shown(plan.from)}${leaderText(plan, wallMs)}`,
    `Successor:   ${plan.to === null ? 'whoever comes first' : shown(plan.to)}${request.isOwnCandidate ? ', this candidate' : ''}`,
    `Others:      ${othersText(plan)}`,
    ...indented('What happens:', [...stepsOf(plan), ...later]),
    ...indented('Know that:', cautions.map((caution) => harmless(withAdvice(caution), LONGEST * 2))),
    ...indented('Not known:', gaps.map((gap) => harmless(gap, LONGEST * 2))),
  ]
}

function leaderText({ holder, node, owners }: FailoverPlan, wallMs: number): string {
  if (!holder?.name) return holder ? ` (unknown: ${harmless(holder.because, LONGEST)})` : ''
  const place = holder.namespace === null ? '' : `${harmless(holder.namespace)}/`
  const readiness = node ? ` (${node.isReady ? 'ready' : 'not ready'})` : ''
  const where = holder.node === null || holder.kind === 'Node' ? '' : `, on node ${harmless(holder.node)}${readiness}`
  const age = holder.pod ? `, ${ageText(holder.pod.creationTimestamp, wallMs)} old` : ''
  const owner = owners.at(-1) ?? holder.owner
  const belongs = owner ? `, of ${harmless(`${owner.kind}/${owner.name}`)}` : ''
  const sure = holder.confidence === 'exact' ? '' : ' presumably'
  return `,${sure} ${holder.kind} ${place}${harmless(holder.name)}${where}${belongs}${age}`
}

function othersText({ candidates }: FailoverPlan): string {
  if (candidates.length === 0) return 'none known (standbys leave no trace in a lease)'
  const names = candidates
    .slice(0, MOST_CANDIDATES)
    .map(({ name, nodeName, isReady }) => `${harmless(name)}${nodeName === null ? '' : ` on ${harmless(nodeName)}`}${isReady ? '' : ' (not ready)'}`)
  const more = candidates.length > MOST_CANDIDATES ? `, and ${candidates.length - MOST_CANDIDATES} more` : ''
  return `${names.join(', ')}${more}; they stand too, or may`
}

function stepsOf(plan: FailoverPlan): readonly string[] {
  const { request, holder, blockMs, placeholderMs, expectedLeaderlessMs, to } = plan
  if (request.deletesPod) {
    return [
      `The Pod ${harmless(holder?.name ?? '')} is deleted. Its program ends, and gives the lease up or lets it run out.`,
      `Nobody leads for up to ${secondsText(expectedLeaderlessMs.mostMs)}, less where the program gives the lease up.`,
    ]
  }
  return [
    `Everybody is kept out of the lease until the leader says that it has stopped, or for ${secondsText(blockMs)}.`,
    to === null ? 'Then the lease is free for whoever comes first.' : `Then it is given to ${shown(to)}.`,
    `Nobody leads for well under a second if the leader says when it has stopped (a candidate of kubectl-leader), and ` +
      `for up to ${secondsText(expectedLeaderlessMs.mostMs)} otherwise, the time in which the old leader may still act included.`,
    `If this program is killed, the lease runs out by itself within ${secondsText(placeholderMs)}.`,
  ]
}

function indented(heading: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [heading, ...lines.map((line) => `  - ${line}`)]
}

function shown(identity: string): string {
  return harmless(identity, LONGEST)
}
