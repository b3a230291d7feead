import { httpHandler, jsonPage, textPage, type HttpHandler, type Page } from '../http-handler.ts'
import type { PrometheusMetrics } from './prometheus-metrics.ts'

/** What a candidate reports about itself. A `LeaderElector` does. */
export interface CandidateHealth {
  readonly identity: string
  /** Empty if no leader is known. */
  getLeader(): string
  isLeader(): boolean
  /** Null unless this candidate is the leader. */
  fencingToken(): string | null
  /** Whether the election's record has been read at least once. */
  hasRead(): boolean
  /** The problem, or null, as client-go's HealthzAdaptor reports it. */
  check(maxTolerableExpiredLeaseMs: number): Error | null
}

/**
 * A handler for a `node:http` server, with the pages of `join --http`: `/` (the leader, as the old leader-elector image
 * served it), `/leader` (200 only while this candidate is the leader), `/healthz` (500 if work outlives its lease), `/readyz`
 * (200 once the election was read), and `/metrics` if there are metrics.
 */
export function healthHandler(candidate: CandidateHealth, metrics: PrometheusMetrics | null = null): HttpHandler {
  return httpHandler((path) => healthPage(path, candidate, metrics))
}

/**
 * Who leads, for a program that works as the leader while this is its own name. A candidate that has lost its lease and
 * cannot reach the API server is still the last known leader, but must no longer be named.
 */
function leaderToName(candidate: CandidateHealth): string {
  const leader = candidate.getLeader()
  return leader === candidate.identity && !candidate.isLeader() ? '' : leader
}

/** The answer to a GET of a path; null if the path does not exist. */
export function healthPage(path: string, candidate: CandidateHealth, metrics: PrometheusMetrics | null): Page | null {
  switch (path) {
    case '/':
      // The answer of the leader-elector image from the early days of Kubernetes.
      return jsonPage(200, { name: leaderToName(candidate) })
    case '/leader': {
      const isLeader = candidate.isLeader()
      const { identity } = candidate
      const facts = { isLeader, identity, leader: candidate.getLeader(), fencingToken: candidate.fencingToken() }
      return jsonPage(isLeader ? 200 : 503, facts)
    }
    case '/healthz': {
      const problem = candidate.check(0)
      return problem ? textPage(500, problem.message) : textPage(200, 'ok')
    }
    case '/readyz':
      return candidate.hasRead() ? textPage(200, 'ok') : textPage(503, 'the election has not been read yet')
    case '/metrics':
      return metrics && { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: metrics.text() }
    default:
      return null
  }
}
