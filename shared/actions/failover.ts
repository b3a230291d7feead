/**
 * Moves leadership without overlapping leaders: see docs/guarantees.md.
 *
 *     const plan = await planFailover(client, clock, request, signal)
 *     const result = await runFailover(client, clock, plan, { signal, onEvent })
 *
 * `planFailover` makes no changes, and takes about two renewal intervals, to observe the leader renewing. It rejects with a
 * FailoverRefused, or with a ClusterError (`forbidden` names the missing permission). `tryFailover(client, clock, plan,
 * signal)` lets the API server validate the first write without storing it. `runFailover` resolves to the result. If its
 * signal is aborted, it first undoes what it can (outcome `aborted`, cause `interrupted`). It rejects with a ClusterError if
 * the API server is unreachable for so long that the outcome is not known.
 */
export {
  FailoverRefused,
  type CautionFacts,
  type Draw,
  type FailoverCaution,
  type FailoverPlan,
  type FailoverRefusal,
  type FailoverRequest,
} from './failover/failover-plan.ts'
export type { Abortion, FailoverEvent, FailoverResult } from './failover/failover-events.ts'
export { isAsAsked } from './failover/placement.ts'
export { planFailover } from './failover/plan-failover.ts'
export { runFailover, tryFailover, type FailoverOptions } from './failover/run-failover.ts'
