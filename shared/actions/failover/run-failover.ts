import { randomBytes } from 'node:crypto'
import type { ApiClient } from '../../cluster/client.ts'
import { dryRunClient } from '../../cluster/connection/dry-run.ts'
import { ClusterError } from '../../cluster/errors.ts'
import { EventRecorder } from '../../cluster/elections/event-recorder.ts'
import { LEADER_FAILOVER } from '../../cluster/elections/leadership-events.ts'
import { podFacts } from '../../cluster/holders/pods.ts'
import { apiPath, PODS, subjectOf } from '../../cluster/paths.ts'
import { clusterLock } from '../../locks/lock-address.ts'
import type { Clock } from '../../time/clock.ts'
import { FailoverSteps, type FailoverEnd } from './failover-steps.ts'
import { eventMessages } from './event-messages.ts'
import type { FailoverEvent, FailoverResult } from './failover-events.ts'
import { FailoverRefused, type FailoverPlan } from './failover-plan.ts'
import { isAsAsked } from './placement.ts'
import { planFailover } from './plan-failover.ts'
import { deletePod, moveByEnding } from './pod-deletion.ts'
import { untilPodTerminated } from './pod-proof.ts'
import { findNewLeader } from './new-leader.ts'
import { tryPlaceholder } from './try-placeholder.ts'

export interface FailoverOptions {
  /**
   * When aborted, the failover undoes what it can. Before its first write, it makes no changes. Within one renewal interval
   * after the placeholder, it writes the old leader back. If the old leader has stopped, it releases the lease. Otherwise
   * the lease stays blocked until the old leader must have stopped, and is then released. The result says which.
   */
  readonly signal: AbortSignal
  readonly onEvent?: (event: FailoverEvent) => void
  /**
   * Ends the leader, instead of a block. The candidates then elect a new leader on their own. What it throws ends the
   * failover.
   */
  readonly crash?: () => Promise<void>
}

/** How long to wait for an Event that is not stored yet. */
const EVENT_PATIENCE_MS = 1_000

/**
 * Carries out a plan, and further ones if it draws the next leader by several tries. Resolves as {@link runTry}; the result
 * is that of the last try.
 *
 * @throws what `runTry` does
 */
export async function runFailover(client: ApiClient, clock: Clock, plan: FailoverPlan, options: FailoverOptions): Promise<FailoverResult> {
  const { signal, onEvent = () => undefined } = options
  const { draw } = plan
  if (draw === null) return runTry(client, clock, plan, options)
  let next = plan
  for (let number = 1; ; number++) {
    const drawn = await runTry(client, clock, next, {
      signal,
      onEvent(event) {
        if (event.type !== 'result') onEvent(event)
      },
    })
    const isOver = isAsAsked(next, drawn) || number >= draw.tries || signal.aborted || (drawn.outcome !== 'moved' && drawn.outcome !== 'returned')
    const again = isOver ? null : await planAgain(client, clock, plan, signal)
    if (again === null) {
      onEvent({ type: 'result', result: drawn })
      return drawn
    }
    onEvent({ type: 'draw', number, tries: draw.tries, result: drawn })
    next = again
  }
}

/** The plan of the next try; null if it would be refused, or is canceled: then the last result stands. */
async function planAgain(client: ApiClient, clock: Clock, { request }: FailoverPlan, signal: AbortSignal): Promise<FailoverPlan | null> {
  try {
    return await planFailover(client, clock, request, signal)
  } catch (error) {
    if (error instanceof FailoverRefused || signal.aborted) return null
    throw error
  }
}

/**
 * Carries out a plan once. Resolves to the outcome, even if the failover was interrupted or stopped by another client's write.
 * The field manager of the lease is the connection's user agent. Two Events on the object record who moved leadership, and
 * the outcome.
 *
 * @throws ClusterError if the first write fails, or if the API server is unreachable for so long that the outcome is not
 *   known; the message says in which state the failover left the lease
 */
async function runTry(
  client: ApiClient,
  clock: Clock,
  plan: FailoverPlan,
  { signal, onEvent = () => undefined, crash }: FailoverOptions,
): Promise<FailoverResult> {
  const { place } = plan.request
  const recorder = new EventRecorder(client, place, { clock, component: 'kubectl-leader' })
  const messages = eventMessages(plan, crash !== undefined)
  const tell = (event: FailoverEvent): void => {
    if (event.type === 'blocked' || event.type === 'pod-deleted') recorder.record(LEADER_FAILOVER, messages.begun())
    onEvent(event)
  }
  const end = (await isTargetReplaced(client, plan, signal))
    ? targetReplaced(clock)
    : plan.request.deletesPod || crash
    ? await moveByEnding(client, plan, {
        ...{ clock, signal, onEvent: tell },
        crash:
          crash &&
          (() => {
            recorder.record(LEADER_FAILOVER, messages.begun())
            return crash()
          }),
      })
    : await new FailoverSteps({
        lock: clusterLock(client, place),
        clock,
        terms: plan,
        nonce: randomBytes(8).toString('hex'),
        signal,
        onEvent: tell,
        untilProven: (over) => untilPodTerminated(client, clock, plan.holder, over),
      }).run()
  const result = await resultOf(client, clock, plan, end)
  onEvent({ type: 'result', result })
  if (end.blockedAtMs !== null) recorder.record(LEADER_FAILOVER, messages.ended(result))
  await recorder.settledWithin(EVENT_PATIENCE_MS)
  return result
}

/**
 * Lets the API server validate the failover's first write, or the deletion, without storing it.
 *
 * @throws FailoverRefused (`moved`, `free`, `changed`) if the leader's term is over; ClusterError or LockError if the API
 *   server would not accept the request
 */
export async function tryFailover(client: ApiClient, clock: Clock, plan: FailoverPlan, signal: AbortSignal): Promise<void> {
  const trial = dryRunClient(client)
  if (plan.request.deletesPod) return deletePod(trial, plan)
  return tryPlaceholder(trial, clock, plan, signal)
}

/**
 * Whether the candidate to hand over to was restarted since the plan was made, so that its identity is gone. If that cannot
 * be read, the plan stands.
 */
async function isTargetReplaced(client: ApiClient, { target }: FailoverPlan, signal: AbortSignal): Promise<boolean> {
  const planned = target?.source === 'format' ? null : (target?.pod ?? null)
  if (planned === null || signal.aborted) return false
  const { namespace, name } = planned
  try {
    const path = apiPath(PODS, { namespace, name })
    const pod = podFacts(await client.request({ method: 'GET', path, subject: subjectOf('get', PODS, { namespace, name }), signal }))
    return pod.uid !== planned.uid || pod.runningSince !== planned.runningSince || pod.restarts !== planned.restarts
  } catch (error) {
    return error instanceof ClusterError && error.kind === 'notFound'
  }
}

function targetReplaced(clock: Clock): FailoverEnd {
  const abortion = { cause: 'targetReplaced', left: 'untouched' } as const
  return { type: 'aborted', holderIdentity: '', blockedAtMs: null, stoppedAtMs: null, endedAtMs: clock.monotonicMs(), abortion }
}

async function resultOf(client: ApiClient, clock: Clock, plan: FailoverPlan, end: FailoverEnd): Promise<FailoverResult> {
  const { holderIdentity: to, blockedAtMs, stoppedAtMs, endedAtMs } = end
  const isAborted = end.type === 'aborted'
  const newLeader = end.type === 'taken' ? await findNewLeader(client, clock, plan, to) : null
  const pod = newLeader?.holder?.pod ?? null
  return {
    outcome: end.type === 'taken' ? (newLeader!.isOldLeader ? 'returned' : 'moved') : end.type,
    from: plan.from,
    to,
    pod: pod && { namespace: pod.namespace, name: pod.name, node: pod.nodeName },
    leaderlessMs: isAborted || blockedAtMs === null ? null : Math.round(endedAtMs - blockedAtMs),
    leaderlessAtLeastMs: isAborted || blockedAtMs === null ? null : Math.round(Math.max(endedAtMs - (stoppedAtMs ?? endedAtMs), 0)),
    tookMs: blockedAtMs === null ? 0 : Math.round(endedAtMs - blockedAtMs),
    abortion: end.abortion,
  }
}
