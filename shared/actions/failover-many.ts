/**
 * Moves the leaders of many elections, for example off a Node: each with a failover of its own, several at once.
 *
 *     const plan = await planMany(client, clock, request, signal)
 *     const verdicts = await runMany(client, clock, plan, { signal, onEvent })
 */
export { DEFAULT_AT_ONCE, NoSuchNode, scopeOf, type Exclusion, type Left, type ManyPlan, type ManyRequest, type Move } from './failover-many/many-plan.ts'
export { planMany } from './failover-many/plan-many.ts'
export { runMany, type ManyEvent, type ManyOptions, type Verdict } from './failover-many/run-many.ts'
