import type { Exclusion, ManyPlan, Verdict } from '../../shared/actions/failover-many.ts'
import type { FailoverPlan } from '../../shared/actions/failover.ts'
import type { Candidate } from '../../shared/candidates/candidate.ts'
import { durationText } from '../../shared/duration.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import type { ElectionRef } from '../../shared/lease/election-ref.ts'
import { withAdvice } from '../output/advice.ts'
import { tableLines, type Column } from '../output/table.ts'
import { abortionText } from './result-text.ts'

const LONGEST = 120
/** More are only counted. */
const MOST_NODES = 10
const STYLE = { width: null, hasHeadings: true, isColored: false } as const

/** The plan of several failovers: a table, what is left, and how long it takes. */
export function manyPlanLines({ request, moves, left, excluded, totalMs, gaps }: ManyPlan, context: string): readonly string[] {
  const rows = moves.flatMap(({ plans }, index) => plans.map((plan) => ({ plan, move: index + 1 })))
  const columns: readonly Column<(typeof rows)[number]>[] = [
    { heading: 'MOVE', cell: ({ move }) => String(move) },
    { heading: 'ELECTION', cell: ({ plan }) => nameOf(plan.request.place) },
    { heading: 'LEADER', cell: ({ plan }) => leaderText(plan) },
    { heading: 'NEW LEADER', cell: ({ plan }) => newLeaderText(plan) },
    { heading: 'NO LEADER FOR', cell: ({ plan }) => `at most ${durationText(plan.expectedLeaderlessMs.mostMs)}` },
  ]
  const where = [...request.onNodes.map((node) => `node ${harmless(node, LONGEST)}`), ...request.inZones.map((zone) => `zone ${harmless(zone, LONGEST)}`)]
  const on = where.length === 0 ? '' : ` on ${where.join(', ')}`
  const others = [...excluded].filter(([, why]) => why !== 'selected').map(([node, why]) => `${harmless(node, LONGEST)} (${EXCLUSIONS[why]})`)
  return [
    `Context: ${harmless(context, LONGEST)}`,
    ...(rows.length === 0 ? [left.length === 0 ? `No leaders${on}. Nothing to move.` : `No leader${on} can be moved.`] : tableLines(columns, rows, STYLE)),
    ...(others.length === 0 ? [] : [`Excluded for new leaders: ${others.slice(0, MOST_NODES).join(', ')}${others.length > MOST_NODES ? `, and ${others.length - MOST_NODES} more nodes` : ''}.`]),
    ...(left.length === 0 ? [] : ['Not moved:', ...left.map((each) => `  - ${nameOf(each.place)}: ${harmless(withAdvice(each), LONGEST * 4)}`)]),
    ...(rows.length === 0
      ? []
      : [
          `At most ${request.atOnce} ${request.atOnce === 1 ? 'failover runs' : 'failovers run'} at the same time, one for each owner, and those of the control plane last. ` +
            `Total time: at most ${durationText(totalMs)}. A leader that confirms that it has stopped (kubectl-leader candidates do) takes less than 1s.`,
          'Most programs exit when they lose the lease, and are then restarted.',
          ...(rows.some(({ plan }) => plan.draw !== null) ? ['A new leader that is left to chance can be on an excluded node. Leadership is not moved again then.'] : []),
          'If this command is killed, the leases of the failovers in progress expire on their own, and no other failover begins.',
        ]),
    ...gaps.map((gap) => `Could not check: ${harmless(withAdvice(gap), LONGEST * 4)}`),
  ]
}

const EXCLUSIONS: Readonly<Record<Exclusion, string>> = { selected: 'selected', cordoned: 'cordoned', notReady: 'not ready', emptied: 'emptied before' }

/** The verdicts as a table. */
export function verdictLines(verdicts: readonly Verdict[]): readonly string[] {
  const columns: readonly Column<Verdict>[] = [
    { heading: 'ELECTION', cell: ({ place }) => nameOf(place) },
    { heading: 'VERDICT', cell: ({ outcome }) => outcome },
    { heading: 'NEW LEADER', cell: ({ result }) => podText(result) || '-' },
    { heading: 'NO LEADER FOR', cell: ({ result }) => leaderlessText(result?.leaderlessMs ?? null) },
  ]
  const isUnlucky = verdicts.some(({ outcome }) => outcome === 'returned' || outcome === 'not-emptied')
  return [...tableLines(columns, verdicts, STYLE), ...(isUnlucky ? ['Not every leader has moved away. To try again with those, run the failover again.'] : [])]
}

/** One verdict in a line. */
export function verdictLine({ place, outcome, result, message }: Verdict): string {
  const what = `${nameOf(place)}: ${outcome}`
  if (message !== null) return `${what}: ${harmless(message, LONGEST * 4)}`
  if (result?.abortion) return `${what}: ${abortionText(result.abortion, result)}`
  const to = podText(result)
  if (outcome === 'not-emptied') return `${what}: ${to} acquired the lease, and its node is excluded`
  return `${what}${to === '' ? '' : ` to ${to}`}`
}

function leaderlessText(ms: number | null): string {
  return ms === null ? '-' : `at most ${durationText(ms)}`
}

function leaderText({ from, holder }: FailoverPlan): string {
  if (!holder?.name) return harmless(from, LONGEST)
  return `${harmless(holder.name, LONGEST)}${holder.node === null ? '' : ` on ${harmless(holder.node, LONGEST)}`}`
}

function newLeaderText({ to, target, draw }: FailoverPlan): string {
  if (target) return candidateText(target)
  if (to !== null) return harmless(to, LONGEST)
  if (draw === null) return 'the first candidate'
  return `left to chance: ${draw.accepted.length} of ${draw.among} candidates ${draw.accepted.length === 1 ? 'runs' : 'run'} elsewhere`
}

function candidateText({ pod, identity }: Candidate): string {
  const name = harmless(pod?.name ?? identity ?? '', LONGEST)
  const node = pod?.nodeName ?? null
  return node === null ? name : `${name} on ${harmless(node, LONGEST)}`
}

function podText(result: Verdict['result']): string {
  if (!result || result.to === '') return ''
  const { pod, to } = result
  return pod ? `${harmless(pod.name, LONGEST)}${pod.node === null ? '' : ` on ${harmless(pod.node, LONGEST)}`}` : harmless(to, LONGEST)
}

function nameOf({ lock, namespace, name }: ElectionRef): string {
  return `${harmless(namespace, LONGEST)}/${lock === 'lease' ? '' : `${lock}/`}${harmless(name, LONGEST)}`
}
