import { randomBytes } from 'node:crypto'
import type { ApiClient } from '../../cluster/client.ts'
import { dryRunClient } from '../../cluster/connection/dry-run.ts'
import { EventRecorder } from '../../cluster/elections/event-recorder.ts'
import { clusterLock } from '../../locks/index.ts'
import type { Clock } from '../../time/index.ts'
import { FailoverSteps, type FailoverEnd } from './failover-steps.ts'
import { eventMessages } from './event-messages.ts'
import type { FailoverEvent, FailoverResult } from './failover-events.ts'
import type { FailoverPlan } from './failover-plan.ts'
import { deletePod, movePolitely } from './pod-deletion.ts'
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
}

/** How long to wait for an Event that is not stored yet. */
const EVENT_PATIENCE_MS = 1_000

/**
 * Carries out a plan. Resolves to the outcome, even if the failover was interrupted or stopped by another client's write.
 * The field manager of the lease is the connection's user agent. Two Events on the object record who moved leadership, and
 * the outcome.
 *
 * @throws ClusterError if the first write fails, or if the API server is unreachable for so long that the outcome is not
 *   known; the message says in which state the failover left the lease
 */
export async function runFailover(
  client: ApiClient,
  clock: Clock,
  plan: FailoverPlan,
  { signal, onEvent = () => undefined }: FailoverOptions,
): Promise<FailoverResult> {
  const { place } = plan.request
  const recorder = new EventRecorder(client, place, { clock, component: 'kubectl-leader' })
  const messages = eventMessages(plan)
  const tell = (event: FailoverEvent): void => {
    if (event.type === 'blocked' || event.type === 'pod-deleted') recorder.record('LeaderFailover', messages.begun())
    onEvent(event)
  }
  const end = plan.request.deletesPod
    ? await movePolitely(client, plan, { clock, signal, onEvent: tell })
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
  if (end.blockedAtMs !== null) recorder.record('LeaderFailover', messages.ended(result))
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
