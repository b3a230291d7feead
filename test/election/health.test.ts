import { describe, expect, it } from 'vitest'
import { healthPage, type CandidateHealth } from '../../shared/election/health.ts'
import { PrometheusMetrics } from '../../shared/election/prometheus-metrics.ts'

describe('the health of a candidate over HTTP', () => {
  const metrics = new PrometheusMetrics()
  metrics.leaderOff('my"election')
  const view = (facts: { leads?: boolean; ready?: boolean; problem?: Error } = {}): CandidateHealth => ({
    identity: 'me',
    getLeader: () => (facts.leads ? 'me' : 'other'),
    isLeader: () => facts.leads ?? false,
    fencingToken: () => (facts.leads ? '7' : null),
    hasRead: () => facts.ready ?? false,
    check: () => facts.problem ?? null,
  })

  it.each([
    ['/', view(), 200, '{"name":"other"}\n'],
    ['/', view({ leads: true }), 200, '{"name":"me"}\n'],
    ['/', { ...view(), getLeader: () => 'me' }, 200, '{"name":""}\n'],
    ['/leader', view(), 503, '{"isLeader":false,"identity":"me","leader":"other","fencingToken":null}\n'],
    ['/leader', view({ leads: true }), 200, '{"isLeader":true,"identity":"me","leader":"me","fencingToken":"7"}\n'],
    ['/healthz', view(), 200, 'ok\n'],
    ['/healthz', view({ problem: new Error('failed election') }), 500, 'failed election\n'],
    ['/readyz', view(), 503, 'the election has not been read yet\n'],
    ['/readyz', view({ ready: true }), 200, 'ok\n'],
  ])('%s', (path, candidate, status, body) => {
    expect(healthPage(path, candidate, metrics)).toMatchObject({ status, body })
  })

  it('nothing else is there', () => {
    expect(healthPage('/favicon.ico', view(), metrics)).toBeNull()
    expect(healthPage('/metrics', view(), null)).toBeNull()
  })

  it("/metrics has client-go's names, for Prometheus", () => {
    metrics.leaderOn('a')
    metrics.slowpathExercised('a')
    const lines = healthPage('/metrics', view(), metrics)!.body.split('\n')
    expect(lines.filter((line) => !line.startsWith('# HELP'))).toEqual([
      '# TYPE leader_election_master_status gauge',
      'leader_election_master_status{name="my\\"election"} 0',
      'leader_election_master_status{name="a"} 1',
      '# TYPE leader_election_slowpath_total counter',
      'leader_election_slowpath_total{name="my\\"election"} 0',
      'leader_election_slowpath_total{name="a"} 1',
      '',
    ])
  })
})
