/**
 * What an elector counts, as client-go's `LeaderMetric`. Exported under client-go's names, so that dashboards and
 * alerts for its elections show these too.
 */
export interface ElectorMetrics {
  /** This candidate leads: {@link MASTER_STATUS} is 1. */
  leaderOn(name: string): void
  /** This candidate does not lead: {@link MASTER_STATUS} is 0. Also said when an elector is made. */
  leaderOff(name: string): void
  /** A leader had to read the record before it could renew it: one more in {@link SLOWPATH_TOTAL}. */
  slowpathExercised(name: string): void
}

/** Gauge with the label `name`: 1 while this candidate leads, else 0. */
export const MASTER_STATUS = 'leader_election_master_status'
/** Counter with the label `name`: renewals that took the slow path. */
export const SLOWPATH_TOTAL = 'leader_election_slowpath_total'
