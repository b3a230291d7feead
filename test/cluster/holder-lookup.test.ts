import { describe, expect, it } from 'vitest'
import type { ApiRequest } from '../../shared/cluster/client.ts'
import { lookUpHolders } from '../../shared/cluster/holders/holder-lookup.ts'
import { electionFromLease, type Election } from '../../shared/lease/election.ts'
import { electionKey } from '../../shared/lease/election-ref.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { lease, pod } from '../support/cluster-objects.ts'
import { fail, FakeClient, listBody, type Reply } from '../support/fake-client.ts'

function election(name: string, holderIdentity: string, namespace = 'team-a'): Election {
  return electionFromLease(lease(name, { holderIdentity, renewTime: '2026-01-01T00:00:00.000000Z' }, { namespace }))
}

async function lookUp(elections: readonly Election[], answer: (request: ApiRequest) => Reply | undefined) {
  const clock = new FakeClock()
  const client = new FakeClient(clock, (request) => answer(request) ?? fail('notFound'))
  const { holders, gaps } = await lookUpHolders(client, clock, elections)
  return {
    asked: client.requests.map(({ path, query }) => path + (query?.['fieldSelector'] ? `?${query['fieldSelector']}` : '')),
    versions: client.requests.map(({ query }) => query?.['resourceVersion']),
    gaps,
    holders: elections.map((each) => {
      const holder = holders.get(electionKey(each))
      return holder ? `${holder.confidence} ${holder.name ?? '-'}` : 'nobody'
    }),
  }
}

describe('looking up holders', () => {
  it('sends no request if no election has a holder', async () => {
    expect(await lookUp([election('a', '')], () => undefined)).toMatchObject({ asked: [], holders: ['nobody'] })
  })

  it('lists the Pods of a namespace once, from the cache, for all its elections', async () => {
    const elections = Array.from({ length: 50 }, (_, index) => election(`e-${index}`, `web-${index}`))
    const pods = elections.map((_, index) => pod(`web-${index}`))
    const result = await lookUp(elections, ({ path }) => (path === '/api/v1/namespaces/team-a/pods' ? listBody('9', pods) : undefined))
    expect(result.asked).toEqual(['/api/v1/namespaces/team-a/pods'])
    expect(result.versions).toEqual(['0'])
    expect(result.holders[49]).toBe('exact web-49')
  })

  it('lists all Pods at once for elections in many namespaces', async () => {
    const elections = Array.from({ length: 20 }, (_, index) => election('e', 'web-0', `ns-${index}`))
    const pods = elections.map(({ namespace }) => pod('web-0', { namespace }))
    const result = await lookUp(elections, ({ path }) => (path === '/api/v1/pods' ? listBody('9', pods) : undefined))
    expect(result.asked).toEqual(['/api/v1/pods'])
    expect(new Set(result.holders)).toEqual(new Set(['exact web-0']))
  })

  it('goes through the namespaces where all at once is forbidden', async () => {
    const elections = Array.from({ length: 20 }, (_, index) => election('e', 'web-0', `ns-${index}`))
    const result = await lookUp(elections, ({ path }) => {
      const namespace = /^\/api\/v1\/namespaces\/([^/]+)\/pods$/.exec(path)?.[1]
      return namespace === undefined ? fail('forbidden') : listBody('9', [pod('web-0', { namespace })])
    })
    expect(result.asked).toHaveLength(21)
    expect(new Set(result.holders)).toEqual(new Set(['exact web-0']))
    expect(result.gaps).toEqual([])
  })

  it('asks for a Node, and for a Pod elsewhere, if the namespace has no match', async () => {
    const result = await lookUp([election('a', 'node-1_x'), election('b', 'cm-abcde')], ({ path, query }) => {
      if (path === '/api/v1/namespaces/team-a/pods') return listBody('9', [])
      if (path === '/api/v1/nodes/node-1') return { body: { metadata: { name: 'node-1' } } }
      if (path === '/api/v1/pods') return listBody('9', query?.['fieldSelector'] === 'metadata.name=cm-abcde' ? [pod('cm-abcde', { namespace: 'b' })] : [])
      return undefined
    })
    expect(result.holders).toEqual(['derived node-1', 'derived cm-abcde'])
    expect(result.gaps).toEqual([])
  })

  it('reads single Pods where listing them is forbidden', async () => {
    const result = await lookUp([election('a', 'web-0_x')], ({ path }) =>
      path === '/api/v1/namespaces/team-a/pods/web-0' ? { body: pod('web-0') } : fail('forbidden'),
    )
    expect(result.holders).toEqual(['exact web-0'])
    expect(result.gaps).toEqual([])
  })

  it('goes without where all of it is forbidden, and says so', async () => {
    const result = await lookUp([election('a', 'web-0_x')], () => fail('forbidden'))
    expect(result.holders).toEqual(['none -'])
    expect(result.gaps).toMatchObject([{ message: 'Cannot read Pods in namespace team-a, so some holders are unknown: fake: forbidden' }])
  })

  it.each(['server', 'unreachable', 'protocol'] as const)('does not fail where Pods end in "%s"', async (kind) => {
    const result = await lookUp([election('a', 'web-0')], () => fail(kind))
    expect(result.holders).toEqual(['none -'])
    expect(result.gaps).toHaveLength(1)
  })

  it('stops when it is told to', async () => {
    const clock = new FakeClock()
    const client = new FakeClient(clock, () => 'hang')
    const stop = new AbortController()
    const running = lookUpHolders(client, clock, [election('a', 'web-0')], { signal: stop.signal })
    stop.abort(new Error('enough'))
    await expect(running).rejects.toThrow('enough')
  })
})
