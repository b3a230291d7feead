import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { getElection, listElections } from '../../shared/cluster/elections/election-list.ts'
import { type ElectionFeed, watchElections } from '../../shared/cluster/elections/election-watch.ts'
import type { ElectionScope } from '../../shared/cluster/elections/scope.ts'
import { LEADER_ANNOTATION } from '../../shared/lease/record.ts'
import { type AccessRule, type Sandbox, startSandbox } from '../../shared/sandbox/index.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { connectTo, type SandboxUserChoice } from '../support/sandbox-client.ts'

const LEASES = 'leases.coordination.k8s.io'

let sandbox: Sandbox
let abort: AbortController

beforeEach(async () => {
  abort = new AbortController()
  sandbox = await startSandbox()
  for (const namespace of ['blue', 'green', 'red']) {
    sandbox.plant('namespaces', { metadata: { name: namespace } })
    for (const name of ['one', 'two', 'three']) plantLease(namespace, name, 'x', { team: namespace, [name]: 'yes' })
  }
  const record = JSON.stringify({ holderIdentity: 'old', leaseDurationSeconds: 15, leaderTransitions: 4 })
  for (const resource of ['configmaps', 'endpoints']) {
    const annotations = { [LEADER_ANNOTATION]: record }
    const namespace = 'blue'
    sandbox.plant(resource, { metadata: { namespace, name: `lock-in-${resource}`, annotations }, data: { k: 'v' } })
    sandbox.plant(resource, { metadata: { namespace, name: `no-lock-in-${resource}` }, data: { k: 'v' } })
  }
})
afterEach(async () => {
  abort.abort()
  await sandbox.close()
})

function plantLease(namespace: string, name: string, holderIdentity: string, labels: object = {}): void {
  const renewTime = new Date(Date.UTC(2026, 0, 1) + sandbox.revision).toISOString()
  const spec = { holderIdentity, leaseDurationSeconds: 15, leaseTransitions: 0, renewTime }
  sandbox.plant(LEASES, { metadata: { namespace, name, labels }, spec })
}

/** A user who may do this. */
function user(...rules: readonly AccessRule[]): string {
  sandbox.addUser({ name: 'limited', rules })
  return 'limited'
}
const READ = ['get', 'list', 'watch']
const leases = (rule: Omit<AccessRule, 'apiGroups' | 'resources' | 'verbs'> & { verbs?: string[] }): AccessRule => ({
  verbs: READ,
  apiGroups: ['coordination.k8s.io'],
  resources: ['leases'],
  ...rule,
})
const NAMESPACES: AccessRule = { verbs: ['list'], apiGroups: [''], resources: ['namespaces'] }

const named = (elections: Iterable<{ namespace: string; name: string }>): string =>
  [...elections].map(({ namespace, name }) => `${namespace}/${name}`).join(' ')

interface Case {
  readonly scope: ElectionScope
  readonly as?: () => SandboxUserChoice
  readonly sees: string
  readonly restrictedTo?: readonly string[]
  /** What is polled where it is watched. */
  readonly polled?: readonly string[]
}

const CASES: readonly [string, Case][] = [
  ['all namespaces', {
    scope: { namespaces: 'all' },
    sees: 'blue/one blue/three blue/two green/one green/three green/two red/one red/three red/two',
  }],
  ['one namespace', { scope: { namespaces: ['blue'] }, sees: 'blue/one blue/three blue/two' }],
  ['several namespaces', {
    scope: { namespaces: ['red', 'blue'], names: ['one'] },
    sees: 'red/one blue/one',
  }],
  ['a name everywhere', { scope: { namespaces: 'all', names: ['two'] }, sees: 'blue/two green/two red/two' }],
  ['names', { scope: { namespaces: ['blue'], names: ['two', 'one', 'none'] }, sees: 'blue/one blue/two' }],
  ['a name that no object can have', { scope: { namespaces: ['blue'], names: ['a b/c?d&e'] }, sees: '' }],
  ['a label selector', {
    scope: { namespaces: 'all', labelSelector: 'team=green,two!=yes' },
    sees: 'green/one green/three',
  }],
  ['annotation locks', {
    scope: { namespaces: 'all', locks: ['configmap', 'endpoints'] },
    sees: 'blue/lock-in-configmaps blue/lock-in-endpoints',
  }],
  ['all locks of a namespace', {
    scope: { namespaces: ['blue'], locks: ['lease', 'configmap'], names: ['one', 'lock-in-configmaps'] },
    sees: 'blue/one blue/lock-in-configmaps',
  }],
  ['all namespaces, as someone who may read two of them', {
    scope: { namespaces: 'all' },
    as: () => ({ user: user(NAMESPACES, leases({ namespaces: ['green', 'red'] })) }),
    sees: 'green/one green/three green/two red/one red/three red/two',
    restrictedTo: ['green', 'red'],
  }],
  ['all namespaces, as someone who may not list namespaces, but whose kubeconfig names them', {
    scope: { namespaces: 'all', names: ['one'] },
    as: () => ({
      user: user(leases({ namespaces: ['blue', 'red'] })),
      namespace: 'red',
      knownNamespaces: ['blue', 'green'],
    }),
    sees: 'red/one blue/one',
    restrictedTo: ['red', 'blue'],
  }],
  ['one name, as someone who may read only that', {
    scope: { namespaces: ['blue'], names: ['one'] },
    as: () => ({ user: user(leases({ namespaces: ['blue'], resourceNames: ['one'] })) }),
    sees: 'blue/one',
  }],
  ['two names, as someone who may read only those', {
    scope: { namespaces: ['blue'], names: ['one', 'two'] },
    as: () => ({ user: user(leases({ namespaces: ['blue'], resourceNames: ['one', 'two'] })) }),
    sees: 'blue/one blue/two',
  }],
  ['one name, as someone who may only get that', {
    scope: { namespaces: ['blue'], names: ['one'] },
    as: () => ({ user: user(leases({ verbs: ['get'], namespaces: ['blue'], resourceNames: ['one'] })) }),
    sees: 'blue/one',
    polled: ['one'],
  }],
  ['a name that nothing has, as someone who may only get that', {
    scope: { namespaces: ['blue'], names: ['none'] },
    as: () => ({ user: user(leases({ verbs: ['get'], namespaces: ['blue'], resourceNames: ['none'] })) }),
    sees: '',
    polled: ['none'],
  }],
  ['two names, as someone who may watch the one and only get the other', {
    scope: { namespaces: ['blue'], names: ['one', 'two'] },
    as: () => ({
      user: user(leases({ namespaces: ['blue'], resourceNames: ['one'] }), leases({ verbs: ['get'], namespaces: ['blue'], resourceNames: ['two'] })),
    }),
    sees: 'blue/one blue/two',
    polled: ['two'],
  }],
  ['a name everywhere, as someone who may only get it in two namespaces', {
    scope: { namespaces: 'all', names: ['one'] },
    as: () => ({ user: user(NAMESPACES, leases({ verbs: ['get'], namespaces: ['green', 'red'] })) }),
    sees: 'green/one red/one',
    restrictedTo: ['green', 'red'],
    polled: ['one', 'one'],
  }],
]

/** Listing and watching see the same in another order. */
const sorted = (names: string): string[] => names.split(' ').sort()

describe('a list', () => {
  it.each(CASES)('of %s', async (_, { scope, as, sees, restrictedTo }) => {
    const { elections, restriction } = await listElections(await connectTo(sandbox, as?.()), scope)
    expect(sorted(named(elections))).toEqual(sorted(sees))
    expect(restriction?.namespaces).toEqual(restrictedTo)
  })

  it('takes one request, to the API server’s cache', async () => {
    sandbox.requests.clear()
    await listElections(await connectTo(sandbox), { namespaces: 'all' })
    expect(sandbox.requests.list().map(({ path }) => path)).toEqual([
      '/apis/coordination.k8s.io/v1/leases?resourceVersion=0',
    ])
  })

  it('says what is restricted', async () => {
    const client = await connectTo(sandbox, { user: user(NAMESPACES, leases({ namespaces: ['green'] })) })
    const { restriction } = await listElections(client, { namespaces: 'all' })
    expect(restriction?.message).toBe(
      'You are not allowed to list leases.coordination.k8s.io in all namespaces. Showing only namespace green.',
    )
  })

  it('needs no permission to list where names are given and may be read', async () => {
    const client = await connectTo(sandbox, { user: user(leases({ verbs: ['get'], namespaces: ['blue'] })) })
    const { elections } = await listElections(client, { namespaces: ['blue'], names: ['one', 'none'] })
    expect(named(elections)).toBe('blue/one')
  })

  it.each<[string, ElectionScope]>([
    ['all namespaces', { namespaces: 'all' }],
    ['a namespace', { namespaces: ['blue'] }],
    ['an election', { namespaces: ['blue'], names: ['one'] }],
  ])('of %s is refused where nothing may be read', async (_, scope) => {
    const client = await connectTo(sandbox, { user: user(NAMESPACES) })
    await expect(listElections(client, scope)).rejects.toMatchObject({ kind: 'forbidden' })
  })

  it('reads metadata alone of annotation locks', async () => {
    const client = await connectTo(sandbox)
    const { elections } = await listElections(client, { namespaces: 'all', locks: ['configmap'] })
    expect(elections[0]).toMatchObject({ lock: 'configmap', record: { holderIdentity: 'old', leaseTransitions: 4 } })
  })
})

describe('reading one election', () => {
  it('reads what is there', async () => {
    const election = await getElection(await connectTo(sandbox), 'lease', 'blue', 'one')
    expect(election).toMatchObject({ namespace: 'blue', name: 'one', record: { holderIdentity: 'x' } })
  })

  it.each([
    ['lease', 'none'],
    ['configmap', 'no-lock-in-configmaps'],
  ] as const)('rejects %s/%s, which is no election', async (lock, name) => {
    const client = await connectTo(sandbox)
    await expect(getElection(client, lock, 'blue', name)).rejects.toMatchObject({ kind: 'notFound' })
  })
})

describe('a feed', () => {
  let feed: ElectionFeed
  let events: string[]

  async function watch(scope: ElectionScope, as: SandboxUserChoice = {}): Promise<void> {
    feed = watchElections(await connectTo(sandbox, as), systemClock, scope, abort.signal, { random: () => 0 })
    events = []
    feed.store.onEvent(({ type, election: { name }, previousHolderIdentity }) =>
      events.push(`${type} ${name}` + (previousHolderIdentity ? ` after ${previousHolderIdentity}` : '')),
    )
    await feed.ready
    events.length = 0
  }

  /** Waits until the next events have come; a generous limit, since this is real time. */
  const expectEvents = (expected: readonly string[]): Promise<void> =>
    expect.poll(() => events, { timeout: 20_000 }).toEqual(expected)

  const setHolder = (name: string, holderIdentity: string): void => plantLease('blue', name, holderIdentity)

  it.each(CASES)('of %s', async (_, { scope, as, sees, restrictedTo, polled = [] }) => {
    await watch(scope, as?.())
    expect(feed.polling).toHaveLength(polled.length)
    for (const name of polled) {
      const why = expect.stringContaining(`You are not allowed to list the lease "${name}" in namespace`) as string
      expect(feed.polling).toContainEqual(why)
    }
    const elections = [...feed.store].map(({ election }) => election)
    expect(sorted(named(elections))).toEqual(sorted(sees))
    expect(feed.restriction?.namespaces).toEqual(restrictedTo)
    expect(feed.store.view).toEqual({ connected: true, staleSinceMs: null, reason: null })
  })

  it('that polls tells what happens, says when it is stale, and heals', async () => {
    await watch({ namespaces: ['blue'], names: ['one'] }, { user: user(leases({ verbs: ['get'], resourceNames: ['one'] })) })
    setHolder('one', 'y')
    await expectEvents(['acquired one after x'])
    sandbox.faults.error({ code: 500 })
    await expect.poll(() => feed.store.view.staleSinceMs, { timeout: 20_000 }).not.toBeNull()
    setHolder('one', 'z')
    sandbox.faults.clear()
    await expectEvents(['acquired one after x', 'acquired one after y'])
    expect(feed.store.view).toEqual({ connected: true, staleSinceMs: null, reason: null })
    sandbox.uproot(LEASES, 'blue', 'one')
    await expectEvents(['acquired one after x', 'acquired one after y', 'deleted one'])
    abort.abort()
    await feed.ended
  })

  it('of one name that may not even be read is not ready, and says what is missing', async () => {
    const nobody = { user: user(leases({ resourceNames: ['other'] })) }
    await expect(watch({ namespaces: ['blue'], names: ['one'] }, nobody)).rejects.toMatchObject({ kind: 'forbidden', subject: { verb: 'get' } })
    await feed.ended
  })

  it('of nothing that may be read is not ready', async () => {
    await expect(watch({ namespaces: 'all' }, { user: user(NAMESPACES) })).rejects.toMatchObject({ kind: 'forbidden' })
    await feed.ended
  })

  it.each<[string, ElectionScope['namespaces']]>([
    ['one namespace', ['blue']],
    ['all namespaces', 'all'],
  ])('of %s that may be listed but not watched tells of nothing', async (_, namespaces) => {
    const client = await connectTo(sandbox, { user: user(leases({ verbs: ['get', 'list'] }), NAMESPACES) })
    const told: string[] = []
    const refused = watchElections(client, systemClock, { namespaces }, abort.signal)
    refused.store.onEvent(({ type, election }) => told.push(`${type} ${election.name}`))
    await expect(refused.ready).rejects.toMatchObject({ kind: 'forbidden' })
    await refused.ended
    expect(told).toEqual([])
  })

  it('of a server that is not there is not ready', async () => {
    await sandbox.stopListening()
    await expect(watch({ namespaces: 'all' })).rejects.toMatchObject({ kind: 'unreachable' })
  })

  it('that is aborted while it starts is not ready, with the reason', async () => {
    sandbox.faults.freeze()
    const watching = watch({ namespaces: 'all' })
    const reason = new Error('enough')
    setTimeout(() => abort.abort(reason), 20)
    await expect(watching).rejects.toBe(reason)
    await feed.ended
  })

  it('tells what happens', async () => {
    await watch({ namespaces: 'all' })
    setHolder('one', 'y')
    setHolder('two', '')
    sandbox.uproot(LEASES, 'blue', 'three')
    await expectEvents(['acquired one after x', 'released two after x', 'deleted three'])
  })

  it('tells nothing once it was aborted', async () => {
    await watch({ namespaces: 'all' })
    abort.abort()
    await feed.ended
    await expect.poll(() => sandbox.faults.openWatches().length).toBe(0)
    setHolder('one', 'y')
    expect(events).toEqual([])
  })

  it('tells of an election that loses its annotation as deleted', async () => {
    await watch({ namespaces: ['blue'], locks: ['configmap'] })
    sandbox.plant('configmaps', { metadata: { namespace: 'blue', name: 'lock-in-configmaps' } })
    await expectEvents(['deleted lock-in-configmaps'])
  })

  it('tells of an election that comes under the selector as added', async () => {
    await watch({ namespaces: ['blue'], labelSelector: 'late=yes' })
    plantLease('blue', 'one', 'x', { late: 'yes' })
    await expectEvents(['added one'])
  })

  describe('heals itself', () => {
    it.each<[string, () => unknown]>([
      ['watches that end', () => sandbox.faults.endWatches()],
      ['watches that break', () => sandbox.faults.breakWatches()],
      ['watches that expire', () => sandbox.faults.expireOpenWatches()],
      ['garbage in a watch', () => sandbox.faults.garbage()],
      ['garbage in a line', () => sandbox.faults.garbage({ text: '{"type":"MODIFIED","object":{"meta\n' })],
      ['a version that is gone, as an event', () => {
        sandbox.faults.expireWatches({ times: 1 })
        sandbox.faults.endWatches()
      }],
      ['a version that is gone, as an answer', () => {
        sandbox.faults.expireWatches({ times: 1, asHttpStatus: true })
        sandbox.faults.endWatches()
      }],
      ['history that is gone', () => {
        sandbox.compact()
        sandbox.faults.endWatches()
      }],
      ['errors', () => {
        sandbox.faults.error({ code: 500, times: 2 })
        sandbox.faults.endWatches()
      }],
      ['overload', () => {
        sandbox.faults.error({ code: 429, retryAfterSeconds: 1, times: 2 })
        sandbox.faults.endWatches()
      }],
      ['a list that breaks off', () => {
        sandbox.faults.truncate({ watch: false, times: 1 })
        sandbox.faults.expireOpenWatches()
      }],
      ['lost connections', () => {
        sandbox.faults.drop({ times: 3 })
        sandbox.faults.breakWatches()
      }],
    ])('after %s, and tells each change once', async (_, strike) => {
      await watch({ namespaces: 'all' })
      setHolder('two', 'y')
      strike()
      setHolder('one', 'y')
      await expectEvents(['acquired two after x', 'acquired one after x'])
      sandbox.faults.clear()
      await expect.poll(() => feed.store.view.connected, { timeout: 20_000 }).toBe(true)
      setHolder('one', 'z')
      await expectEvents(['acquired two after x', 'acquired one after x', 'acquired one after y'])
    })

    it('after a server that was away, and says since when it was stale', async () => {
      await watch({ namespaces: 'all' })
      const startMs = systemClock.monotonicMs()
      await sandbox.stopListening()
      await expect.poll(() => feed.store.view.connected, { timeout: 20_000 }).toBe(false)
      expect(feed.store.view.staleSinceMs).toBeLessThanOrEqual(systemClock.monotonicMs())
      expect(feed.store.view.staleSinceMs).toBeGreaterThan(startMs - 10_000)
      expect(feed.store.view.reason).toContain(sandbox.url)
      setHolder('one', 'y')
      await sandbox.listen()
      await expect.poll(() => feed.store.view.connected, { timeout: 20_000 }).toBe(true)
      await expectEvents(['acquired one after x'])
    })
  })
})
