import { describe, expect, it } from 'vitest'
import type { ApiRequest } from '../../shared/cluster/client.ts'
import { readElectionDetails } from '../../shared/cluster/elections/election-details.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { lease, pod } from '../support/cluster-objects.ts'
import { fail, FakeClient, listBody, type Reply } from '../support/fake-client.ts'

const PLACE = { lock: 'lease', namespace: 'team-a', name: 'web' } as const
const SPEC = { holderIdentity: 'web-1', leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00.000000Z' }

/** What is read where the API server has the lease and, beside it, what `answer` gives. */
async function details(answer: (request: ApiRequest) => Reply | undefined, spec: Record<string, unknown> = SPEC) {
  const clock = new FakeClock()
  const client = new FakeClient(clock, (request) => {
    if (request.path.endsWith('/leases/web')) return { body: lease('web', spec) }
    return answer(request) ?? fail('notFound')
  })
  return { ...(await readElectionDetails(client, clock, PLACE)), requests: client.requests }
}

const pods = (...items: readonly unknown[]) => (request: ApiRequest) =>
  request.path === '/api/v1/namespaces/team-a/pods' ? listBody('9', items) : undefined

describe('what is known of an election', () => {
  it('follows the owners up, through what may be read', async () => {
    const result = await details((request) =>
      request.path.endsWith('/replicasets/web-7d')
        ? { body: { metadata: { ownerReferences: [{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'web', controller: true }] } } }
        : pods(pod('web-1', { replicaSet: 'web-7d' }))(request),
    )
    expect(result.owners).toEqual([{ kind: 'ReplicaSet', name: 'web-7d' }, { kind: 'Rollout', name: 'web' }])
    expect(result.holder?.owner).toEqual({ kind: 'Rollout', name: 'web' })
  })

  it('takes the labels’ word for the Deployment where its ReplicaSet may not be read', async () => {
    const result = await details((request) =>
      request.path.includes('/replicasets/') ? fail('forbidden') : pods(pod('web-1', { replicaSet: 'web-7d', hash: '7d' }))(request),
    )
    expect(result.owners).toEqual([{ kind: 'ReplicaSet', name: 'web-7d' }])
    expect(result.holder?.owner).toEqual({ kind: 'Deployment', name: 'web' })
  })

  it('names the Pods of the same owner, across its ReplicaSets, and no others', async () => {
    const result = await details(
      pods(
        pod('web-2', { replicaSet: 'web-8e', hash: '8e' }),
        pod('web-1', { replicaSet: 'web-7d', hash: '7d' }),
        pod('db-1', { replicaSet: 'db-7d', hash: '7d' }),
        pod('web-3'),
      ),
    )
    expect(result.siblings.map(({ name }) => name)).toEqual(['web-1', 'web-2'])
  })

  it.each([['v1'], ['v1beta1'], ['v1alpha2']])('reads the LeaseCandidates of a server that has %s', async (version) => {
    const { leaseCandidates, holder, gaps } = await details(
      (request) =>
        request.path === `/apis/coordination.k8s.io/${version}/namespaces/team-a/leasecandidates`
          ? listBody('9', [
              { metadata: { name: 'one' }, spec: { leaseName: 'web', binaryVersion: '1.36.0' } },
              { metadata: { name: 'two' }, spec: { leaseName: 'other' } },
            ])
          : pods()(request),
      { ...SPEC, holderIdentity: 'one' },
    )
    expect(leaseCandidates).toMatchObject([{ name: 'one', binaryVersion: '1.36.0', emulationVersion: null }])
    expect(holder).toMatchObject({ confidence: 'none', doubt: null, because: { text: 'it is a LeaseCandidate, and no Pod has its name' } })
    expect(gaps).toMatchObject([{ message: 'Cannot read Events: fake: notFound' }])
  })

  it('sorts Events, newest first, by whichever time they have', async () => {
    const event = (message: string, times: Record<string, unknown>) => ({
      involvedObject: { kind: 'Lease', name: 'web' }, message, ...times,
    })
    const { notices } = await details((request) =>
      request.path.endsWith('/events')
        ? listBody('9', [
            event('old', { lastTimestamp: '2026-01-01T00:00:00Z' }),
            event('none', {}),
            event('new', { eventTime: '2026-01-01T00:00:02.000000Z' }),
            event('series', { eventTime: '2025-01-01T00:00:00.000000Z', series: { count: 4, lastObservedTime: '2026-01-01T00:00:01.000000Z' } }),
            { ...event('about a Pod', {}), involvedObject: { kind: 'Pod', name: 'web' } },
            null,
          ])
        : undefined,
    )
    expect(notices.map(({ message, count }) => [message, count])).toEqual([['new', 1], ['series', 4], ['old', 1], ['none', 1]])
  })

  it('fails only where the election itself can’t be read', async () => {
    const clock = new FakeClock()
    const client = new FakeClient(clock, () => fail('forbidden'))
    await expect(readElectionDetails(client, clock, PLACE)).rejects.toMatchObject({ kind: 'forbidden' })
    const { election, holder, gaps } = await details(() => fail('forbidden'))
    expect(election.name).toBe('web')
    expect(holder?.confidence).toBe('none')
    expect(gaps).toHaveLength(3)
  })
})
