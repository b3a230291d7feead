import type { ApiClient } from '../../cluster/client.ts'
import type { ElectionRef } from '../../lease/election-ref.ts'
import type { Phrase } from '../../phrase.ts'
import { advised, type Remedy } from '../../remedy.ts'
import type { Clock } from '../../time/clock.ts'
import type { FailoverEvent, FailoverResult } from '../failover/failover-events.ts'
import { FailoverRefused, type FailoverPlan } from '../failover/failover-plan.ts'
import { planFailover } from '../failover/plan-failover.ts'
import { runFailover } from '../failover/run-failover.ts'
import type { ManyPlan, Move } from './many-plan.ts'
import { runScheduled } from './schedule.ts'

/** What became of one election. */
export interface Verdict {
  readonly place: ElectionRef
  /**
   * - `moved`, `returned`, `free`, `aborted`: see `FailoverResult`.
   * - `not-emptied`: the lease has a new leader, but it runs on an excluded Node. It is not moved again.
   * - `left`: the failover was refused when its turn came. `not-started`: the command was interrupted before.
   * - `failed`: the API server was unreachable for so long that the outcome is not known, or refused the first write.
   */
  readonly outcome: FailoverResult['outcome'] | 'not-emptied' | 'left' | 'not-started' | 'failed'
  readonly from: string
  /** The result of the failover, if it ran. */
  readonly result: FailoverResult | null
  /** Why there is no result; otherwise null. */
  readonly message: string | null
  /** The message, for a translation. */
  readonly phrase?: Phrase | undefined
  readonly remedy?: Remedy | undefined
}

/** The events of many failovers. */
export type ManyEvent =
  | { readonly type: 'begun'; readonly plan: FailoverPlan }
  | { readonly type: 'progress'; readonly plan: FailoverPlan; readonly event: FailoverEvent }
  | { readonly type: 'ended'; readonly plan: FailoverPlan; readonly verdict: Verdict }

export interface ManyOptions {
  /** When aborted, each failover that is under way undoes what it can, and no other begins. */
  readonly signal: AbortSignal
  readonly onEvent?: (event: ManyEvent) => void
}

/** A plan that is older is made again before its failover begins. */
const NEWEST_PLAN_MS = 15_000

/**
 * Carries out many failovers, each as `runFailover` does. Resolves to a verdict for each election of a move, in the order of
 * the plan. Rejects only for defects of this program.
 */
export async function runMany(client: ApiClient, clock: Clock, plan: ManyPlan, { signal, onEvent = () => undefined }: ManyOptions): Promise<readonly Verdict[]> {
  const verdicts = new Map<FailoverPlan, Verdict>()
  const runMove = async (move: Move): Promise<void> => {
    await Promise.all(
      move.plans.map(async (each) => {
        onEvent({ type: 'begun', plan: each })
        const verdict = await runOne(client, clock, each, plan, signal, (event) => onEvent({ type: 'progress', plan: each, event }))
        verdicts.set(each, verdict)
        onEvent({ type: 'ended', plan: each, verdict })
      }),
    )
  }
  await runScheduled(plan.moves, plan.request.atOnce, signal, runMove)
  return plan.moves.flatMap(({ plans }) => plans.map((each) => verdicts.get(each) ?? notStarted(each)))
}

async function runOne(
  client: ApiClient,
  clock: Clock,
  planned: FailoverPlan,
  { excluded, madeAtMs }: ManyPlan,
  signal: AbortSignal,
  onEvent: (event: FailoverEvent) => void,
): Promise<Verdict> {
  const { place } = planned.request
  const { from } = planned
  const without = (outcome: Verdict['outcome'], error: unknown): Verdict => ({ place, outcome, from, result: null, ...advised(error) })
  try {
    const isOld = clock.monotonicMs() - madeAtMs > NEWEST_PLAN_MS
    const plan = isOld ? await planFailover(client, clock, planned.request, signal) : planned
    // A person agreed to the move of this leader, and not of one that is perhaps elsewhere already.
    if (plan.from !== from) throw new FailoverRefused('moved', `Leadership has moved to ${plan.from} since the plan was made.`)
    const result = await runFailover(client, clock, plan, { signal, onEvent })
    const isElsewhere = !excluded.has(result.pod?.node ?? '')
    const isEnd = result.outcome === 'moved' || result.outcome === 'returned'
    return { place, outcome: isEnd && !isElsewhere ? 'not-emptied' : result.outcome, from: plan.from, result, message: null }
  } catch (error) {
    if (error instanceof FailoverRefused) return without('left', error)
    return signal.aborted && error === signal.reason ? notStarted(planned) : without('failed', error)
  }
}

function notStarted({ request: { place }, from }: FailoverPlan): Verdict {
  return { place, outcome: 'not-started', from, result: null, message: 'The command was interrupted before this failover began. No changes were made.' }
}
