import { describe, expect, it } from 'vitest'
import { candidatesOf } from '../../shared/candidates/candidates-of.ts'
import type { Candidate } from '../../shared/candidates/candidate.ts'
import type { ApiRequest } from '../../shared/cluster/client.ts'
import { readElectionDetails } from '../../shared/cluster/elections/election-details.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { lease, pod } from '../support/cluster-objects.ts'
import { fail, FakeClient, listBody } from '../support/fake-client.ts'

/** Who runs as a candidate, and how that is known. */
const UUID = '3f1e5d6c-6a1b-4c9e-9d55-0a1b2c3d4e5f'
const OTHER_UUID = '9b1c7c52-55aa-4a0c-8f0e-ddeeff001122'
const OWNED = { replicaSet: 'web-7d', hash: '7d', runningSince: '2026-01-01T00:00:10Z' }

const event = (message: string, lastTimestamp: string, reason = 'LeaderElection'): object => ({
  involvedObject: { kind: 'Lease', name: 'web' },
  ...{ reason, message, lastTimestamp },
})
const led = (identity: string, at: string): object => event(`${identity} became leader`, at)
const announced = (identity: string, at: string): object => event(`${identity} runs as a candidate`, at, 'LeaderElectionCandidate')
const left = (identity: string, at: string): object => event(`${identity} left the election`, at, 'LeaderElectionCandidate')
const staticPod = (component: string, nodeName: string, labels: object = {}): object => {
  const made = pod(`${component}-${nodeName}`, { nodeName, hostNetwork: true, runningSince: OWNED.runningSince })
  const metadata = { ...(made['metadata'] as object), labels, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid: 'u', controller: true }] }
  return { ...made, metadata }
}

interface World {
  readonly pods?: readonly unknown[]
  readonly events?: readonly object[]
  readonly holderIdentity?: string
  readonly node?: object
}

async function candidates({ pods = [], events = [], holderIdentity = `web-7d-a_${UUID}`, node }: World): Promise<readonly Candidate[]> {
  const clock = new FakeClock()
  const spec = { holderIdentity, leaseDurationSeconds: 15, renewTime: '2026-01-01T01:00:00.000000Z', acquireTime: '2026-01-01T00:30:00.000000Z' }
  const answer = ({ path }: ApiRequest) => {
    if (path.endsWith('/leases/web')) return { body: lease('web', spec) }
    if (path.endsWith('/pods')) return listBody('9', pods)
    if (path.endsWith('/events')) return listBody('9', events)
    return node && path.includes('/nodes/') ? { body: node } : fail('notFound')
  }
  return candidatesOf(await readElectionDetails(new FakeClient(clock, answer), clock, { lock: 'lease', namespace: 'team-a', name: 'web' }))
}

const told = async (world: World): Promise<readonly string[]> =>
  (await candidates(world)).map(({ pod: its, identity, source, unknown }) => `${its?.name ?? '-'} ${identity ?? unknown} ${source ?? '-'}`)

const LEADER = pod('web-7d-a', OWNED)
const STANDBY = (options: object = {}) => pod('web-7d-b', { ...OWNED, ...options })
const AS_LEADER = `web-7d-a web-7d-a_${UUID} record`

describe('the identity of a standby is known', () => {
  it.each<[string, readonly object[], object, string]>([
    ['from an Event of a process that still runs', [led(`web-7d-b_${UUID}`, '2026-01-01T00:00:11Z')], {}, `web-7d-b web-7d-b_${UUID} leadership`],
    ['from its announcement', [announced(`web-7d-b_${UUID}`, '2026-01-01T00:00:11Z')], {}, `web-7d-b web-7d-b_${UUID} announcement`],
    ['from an Event of the second of its start, if it has had no restart', [led(`web-7d-b_${UUID}`, '2026-01-01T00:00:10Z')], {}, `web-7d-b web-7d-b_${UUID} leadership`],
    [
      'from the newest of its Events',
      [announced(`web-7d-b_${UUID}`, '2026-01-01T00:00:20Z'), led(`web-7d-b_${OTHER_UUID}`, '2026-01-01T00:00:05Z')],
      {},
      `web-7d-b web-7d-b_${UUID} announcement`,
    ],
  ])('%s', async (_from, events, options, line) => {
    expect(await told({ pods: [LEADER, STANDBY(options)], events })).toEqual([AS_LEADER, line])
  })

  it("from the format of the leader's identity", async () => {
    expect(await told({ pods: [LEADER, STANDBY()], holderIdentity: 'web-7d-a' })).toEqual(['web-7d-a web-7d-a record', 'web-7d-b web-7d-b format'])
  })

  it('of a process outside of the cluster, until it says that it has left', async () => {
    const events = [announced('laptop_1', '2026-01-01T00:00:11Z'), announced('laptop_2', '2026-01-01T00:00:12Z'), left('laptop_1', '2026-01-01T00:00:13Z')]
    expect(await told({ pods: [LEADER], events })).toEqual([AS_LEADER, '- laptop_2 announcement'])
    expect((await candidates({ pods: [LEADER], events })).map(({ toldAt }) => toldAt)).toEqual([null, '2026-01-01T00:00:12Z'])
  })

  it('of a process outside of the cluster that led, until it says that it has left, in the same second perhaps', async () => {
    const events = [led('laptop_1', '2026-01-01T00:00:11Z'), left('laptop_1', '2026-01-01T00:00:11Z'), led('laptop_2', '2026-01-01T00:00:10Z')]
    expect(await told({ pods: [LEADER], events })).toEqual([AS_LEADER, '- laptop_2 leadership'])
  })
})

describe('the identity of a standby is not known', () => {
  it.each<[string, readonly object[], object, string]>([
    ['if no Event tells it', [], {}, 'notLed'],
    ['if a container was started after the Event', [led(`web-7d-b_${UUID}`, '2026-01-01T00:00:09Z')], {}, 'restarted'],
    ['if it may have been restarted in the second of the Event', [led(`web-7d-b_${UUID}`, '2026-01-01T00:00:10Z')], { restarts: 1 }, 'restarted'],
    ['if it is not known since when its containers run', [led(`web-7d-b_${UUID}`, '2026-01-01T00:00:11Z')], { runningSince: undefined }, 'restarted'],
    ['if the Event is about an earlier Pod of that name', [led(`web-7d-b_${UUID}`, '2026-01-01T00:00:20Z')], { creationTimestamp: '2026-01-01T00:00:30Z' }, 'restarted'],
    ['if the Event is of another kind', [event(`web-7d-b_${UUID} became leader`, '2026-01-01T00:00:11Z', 'Other')], {}, 'notLed'],
  ])('%s', async (_if, events, options, unknown) => {
    expect(await told({ pods: [LEADER, STANDBY(options)], events })).toEqual([AS_LEADER, `web-7d-b ${unknown} -`])
  })
})

describe('the candidates', () => {
  it('are known from Events if the lease has no holder', async () => {
    const events = [led(`web-7d-b_${UUID}`, '2026-01-01T00:00:11Z')]
    expect(await told({ pods: [LEADER, STANDBY(), pod('other')], events, holderIdentity: '' })).toEqual([`web-7d-b web-7d-b_${UUID} leadership`, 'web-7d-a notLed -'])
  })

  it('do not include Pods that have ended, or that are being deleted', async () => {
    const pods = [LEADER, STANDBY({ phase: 'Failed' }), pod('web-7d-c', { ...OWNED, deletionTimestamp: '2026-01-01T00:00:00Z' })]
    expect(await told({ pods })).toEqual([AS_LEADER])
  })

  it.each([
    ['the label of their component', { component: 'web-controller' }],
    ['the name of their manifest', {}],
  ])('are static Pods of the same component, by %s', async (_by, labels) => {
    const pods = [...['n1', 'n2'].map((node) => staticPod('web-controller', node, labels)), staticPod('web', 'n1'), staticPod('web', 'n2', { component: 'web' })]
    const result = await told({ pods: pods.slice(0, 2).concat(staticPod('etcd', 'n1')), holderIdentity: `n1_${UUID}` })
    expect(result).toEqual([`web-controller-n1 n1_${UUID} record`, 'web-controller-n2 notLed -'])
  })

  it('have their Nodes, with zones, and when they last led', async () => {
    const node = { metadata: { name: 'node-9', labels: { 'topology.kubernetes.io/zone': 'z1' } }, spec: { unschedulable: true }, status: {} }
    const [, standby] = await candidates({ pods: [LEADER, STANDBY()], events: [led(`web-7d-b_${UUID}`, '2026-01-01T00:00:05Z')], node })
    expect(standby).toMatchObject({ node: { name: 'node-9', zone: 'z1', isReady: false, isCordoned: true }, lastLed: '2026-01-01T00:00:05Z' })
  })
})
