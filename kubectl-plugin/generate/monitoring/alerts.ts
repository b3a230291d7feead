/** A rule as Prometheus' rule files have it. */
export interface AlertRule {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly labels: { readonly severity: 'critical' | 'warning' }
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook_url: string }
}

/** The contents of a rule file, and the `spec` of a PrometheusRule. */
export interface RuleGroups {
  readonly groups: readonly { readonly name: string; readonly rules: readonly AlertRule[] }[]
}

/** Several exporters may observe one election. Each is right as far as it goes, and a blind one has no series. */
const metric = (name: string): string => `max by (namespace, lease) (leader_exporter_election_${name})`
/** `increase` extrapolates to the edges of its window, so a count of 3 may come out as 3.1. */
const increase = (name: string, window: string): string =>
  `round(max by (namespace, lease) (increase(leader_exporter_election_${name}[${window}])))`

const ELECTION = '{{ $labels.namespace }}/{{ $labels.lease }}'

/** @param runbooks the address of docs/runbooks.md, whose sections the alerts link to */
export function alertRules(runbooks: string): RuleGroups {
  const rule = (
    alert: string,
    severity: 'critical' | 'warning',
    { expr, holds, section, summary, description }: { expr: string; holds?: string; section: string; summary: string; description: string },
  ): AlertRule => ({
    alert,
    expr,
    ...(holds !== undefined && { for: holds }),
    labels: { severity },
    annotations: { summary, description, runbook_url: `${runbooks}#${section.toLowerCase()}` },
  })
  return {
    groups: [
      {
        name: 'leader-elections',
        rules: [
          rule('LeaderElectionNoLeader', 'critical', {
            // The state is 5 only if this exporter has observed the leader before. A lease that was left behind, or released,
            // counts only if there are candidates that could acquire it.
            expr: [
              `${metric('leaderless_seconds')} > 60`,
              `unless ${metric('leaderless_seconds')} <= 3 * ${metric('lease_duration_seconds')}`,
              `and (${metric('state')} == 5 or ${metric('candidate_ready_seconds')} >= 300)`,
            ].join('\n'),
            holds: '1m',
            section: 'expired',
            summary: `No leader in election ${ELECTION}`,
            description: `Election ${ELECTION} has had no leader for {{ $value | humanizeDuration }}, and no candidate has taken over.`,
          }),
          rule('LeaderElectionFlapping', 'warning', {
            expr: [
              `${increase('transitions_total', '15m')} > 5`,
              `unless ${increase('transitions_total', '15m')} <= 2 * ${metric('candidate_pods')}`,
            ].join('\n'),
            section: 'flapping',
            summary: `Leadership of election ${ELECTION} changes too often`,
            description: `The leader of election ${ELECTION} has changed {{ $value }} times in 15 minutes, more often than a rollout explains.`,
          }),
          rule('LeaderElectionLateRenewals', 'warning', {
            expr: `${increase('late_renewals_total', '10m')} > 3`,
            section: 'lateRenewals',
            summary: `The leader of election ${ELECTION} renews late`,
            description: `The leader of election ${ELECTION} has renewed its lease late {{ $value }} times in 10 minutes, after more than two thirds of the lease duration.`,
          }),
          rule('LeaderElectionBlocked', 'warning', {
            expr: `${metric('blocked_seconds')} > 600`,
            section: 'leftoverPlaceholder',
            summary: `Election ${ELECTION} is blocked`,
            description: `A failover, or a block for maintenance, has blocked election ${ELECTION} for {{ $value | humanizeDuration }}. There is no leader.`,
          }),
          rule('LeaderExporterBlind', 'warning', {
            expr: 'min by (job) (leader_exporter_blind_seconds) > 60 or absent(leader_exporter_blind_seconds)',
            holds: '2m',
            section: 'exporterBlind',
            summary: 'No exporter sees the leader elections',
            description: 'No leader exporter can read the elections from the API server, so the other alerts about elections cannot fire.',
          }),
        ],
      },
    ],
  }
}
