/**
 * The metrics of an elector, as client-go's `LeaderMetric`. They have client-go's names, so that dashboards and alerts for
 * client-go elections work for these as well.
 */
export interface ElectorMetrics {
  /** This candidate is the leader: {@link MASTER_STATUS} is 1. */
  leaderOn(name: string): void
  /** This candidate is not the leader: {@link MASTER_STATUS} is 0. Also called when an elector is created. */
  leaderOff(name: string): void
  /** A leader had to read the record before it could renew: adds one to {@link SLOWPATH_TOTAL}. */
  slowpathExercised(name: string): void
}

/** Gauge with the label `name`: 1 while this candidate is the leader, else 0. */
export const MASTER_STATUS = 'leader_election_master_status'
/** Counter with the label `name`: renewals that took the slow path. */
export const SLOWPATH_TOTAL = 'leader_election_slowpath_total'
