import type { RehearsalPlan } from '../../shared/actions/rehearse/rehearsal.ts'
import { durationText } from '../../shared/duration.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { placeText } from '../../shared/lease/election-ref.ts'
import { withAdvice } from '../output/advice.ts'

const LONGEST = 300
/** A rehearsal is made to see these. */
const EXPECTED: ReadonlySet<string> = new Set(['restarts', 'mayReturn'])

/** What a rehearsal will do. */
export function planLines({ request, plans, candidates }: RehearsalPlan, context: string): readonly string[] {
  const { place, rounds, kinds, check, audit, maxGapMs } = request
  const [{ holder, from, node, cautions, gaps }] = plans as [RehearsalPlan['plans'][number]]
  const mostMs = Math.max(...plans.map(({ expectedLeaderlessMs }) => expectedLeaderlessMs.mostMs))
  const on = node === null ? '' : ` on node ${harmless(node.name, LONGEST)}`
  const judges = [...(check ? ['the check'] : []), ...(audit ? ['the audit log'] : [])]
  return [
    `Context:    ${harmless(context, LONGEST)}`,
    `Election:   ${harmless(placeText(place), LONGEST)}`,
    `Leader:     ${harmless(holder?.pod?.name ?? from, LONGEST)}${on}`,
    `Candidates: ${candidates === 0 ? 'unknown Pods, so whether they come back is not judged' : `${candidates} Ready`}`,
    `Rounds:     ${rounds} (${kinds.join(', ')}), each with at most ${durationText(mostMs)} without a leader. Most programs are restarted each time.`,
    ...(maxGapMs === undefined ? [] : [`Limit:      ${durationText(maxGapMs)} without a leader${check ? ', and until the check succeeds again' : ''}`]),
    `Old leader: whether it acts after it lost the lease is ${judges.length === 0 ? 'not judged. Pass --check or --audit' : `judged by ${judges.join(' and ')}`}`,
    ...cautions.filter(({ code }) => !EXPECTED.has(code)).map((caution) => `Caution: ${harmless(caution.message, LONGEST)}`),
    ...gaps.map((gap) => `Could not check: ${harmless(withAdvice(gap), LONGEST)}`),
  ]
}
