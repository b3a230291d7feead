/**
 * Moving leadership without two leaders at once: see docs/guarantees.md, "What a failover guarantees".
 *
 *     const plan = await planFailover(client, clock, request, signal)
 *     const result = await runFailover(client, clock, plan, { signal, onEvent })
 *
 * `planFailover` writes nothing, takes about two renewal intervals to see the incumbent renew, and rejects with a
 * FailoverRefused, or a ClusterError (`forbidden` names what is not allowed). `tryFailover(client, clock, plan, signal)` has
 * the API server check the first write, without storing it. `runFailover` resolves to the result also where it was
 * interrupted by its signal, once that is undone (outcome `aborted`, cause `interrupted`); it rejects with a
 * ClusterError where the API server can't be reached for so long that nothing can be said.
 */
export {
  FailoverRefused,
  type CautionFacts,
  type FailoverCaution,
  type FailoverPlan,
  type FailoverRefusal,
  type FailoverRequest,
} from './failover/failover-plan.ts'
export type { Abortion, FailoverEvent, FailoverResult } from './failover/failover-events.ts'
export { planFailover } from './failover/plan-failover.ts'
export { runFailover, tryFailover, type FailoverOptions } from './failover/run-failover.ts'
