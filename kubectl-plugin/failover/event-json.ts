import type { FailoverEvent, FailoverPlan } from '../../shared/actions/failover.ts'
import { holderJson } from '../output/election-json.ts'

/**
 * The `plan` line of `failover -o json`. Only JSON escapes are applied to text from the cluster.
 * @param context the kubeconfig context, or the URL of the server
 */
export function planJson(plan: FailoverPlan, context: string, dryRun: 'client' | 'server' | undefined): object {
  const { request, from, to, holder, candidates, draw, expectedLeaderlessMs, cautions } = plan
  const { lock, namespace, name } = request.place
  const { leaseDurationMs, renewIntervalMs, blockMs, placeholderMs, timeoutMs } = plan
  return {
    ...{ type: 'plan', context, lock, namespace, name, from, to, holder: holderJson(holder) },
    candidates: candidates.map((candidate) => ({
      namespace: candidate.pod?.namespace ?? null,
      name: candidate.pod?.name ?? null,
      node: candidate.pod?.nodeName ?? null,
      isReady: candidate.pod?.isReady ?? null,
      zone: candidate.node?.zone ?? null,
      identity: candidate.identity,
      source: candidate.source,
      toldAt: candidate.toldAt,
      unknown: candidate.unknown,
      lastLed: candidate.lastLed,
    })),
    ...(draw && {
      draw: {
        tries: draw.tries,
        among: draw.among,
        accepted: draw.accepted.map(({ pod, identity }) => pod?.name ?? identity),
        chance: draw.chance,
        mostChance: draw.mostChance,
        expectedTries: draw.expectedTries,
        expectedMs: Math.round(draw.expectedMs),
      },
    }),
    ...{ leaseDurationMs, renewIntervalMs, blockMs, placeholderMs, timeoutMs, expectedLeaderlessMs, cautions },
    ...(request.deletesPod && { deletesPod: true }),
    ...(request.reason && { reason: request.reason }),
    ...(dryRun && { dryRun }),
  }
}

/** Any other line of `failover -o json`. */
export function eventJson(event: FailoverEvent): object {
  if (event.type === 'result') return { type: 'result', ...event.result }
  if (event.type === 'draw') return event
  const durations = Object.entries(event).map(([key, value]: [string, unknown]) => [key, typeof value === 'number' ? Math.round(value) : value])
  return Object.fromEntries(durations) as object
}
