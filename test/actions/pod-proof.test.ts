import { describe, expect, it } from 'vitest'
import { untilPodTerminated } from '../../shared/actions/failover/pod-proof.ts'
import type { Holder } from '../../shared/cluster/holders/holder.ts'
import { podFacts } from '../../shared/cluster/holders/pods.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { fail, FakeClient, type Reply } from '../support/fake-client.ts'

/** When the kubelet's report on the leader's Pod proves that the leader has stopped. */
const ENDED = { terminated: { exitCode: 0 } }
const RUNNING = { running: { startedAt: '2026-01-01T00:00:00Z' } }
const of = (name: string, state: object = ENDED): object => ({ name, state })

/** The leader's Pod while it is being deleted, its only container terminated. */
const POD = {
  metadata: { name: 'web-0', namespace: 'shop', uid: 'u1', deletionTimestamp: '2026-01-01T00:00:00Z' as string | undefined },
  spec: { nodeName: 'worker', containers: [{ name: 'main' }] } as Record<string, unknown>,
  status: { phase: 'Running', containerStatuses: [of('main')] } as Record<string, unknown>,
}
type Pod = typeof POD

const pod = (change: { readonly [Part in keyof Pod]?: object } = {}): Pod => ({
  metadata: { ...POD.metadata, ...change.metadata },
  spec: { ...POD.spec, ...change.spec },
  status: { ...POD.status, ...change.status },
})
const node = (...conditions: readonly object[]): Reply => ({ body: { metadata: { name: 'worker' }, status: { conditions } } })
const READY = node({ type: 'Ready', status: 'True' })
const HOLDER = { kind: 'Pod', confidence: 'exact', pod: podFacts(POD) } as Holder

interface World {
  readonly pod?: () => Reply
  readonly node?: Reply
  readonly holder?: Holder | null
}

/** Whether it is proven within some seconds. */
async function isProven(world: World): Promise<boolean> {
  const clock = new FakeClock()
  const over = new AbortController()
  const client = new FakeClient(clock, ({ path }) => {
    if (path === '/api/v1/namespaces/shop/pods/web-0') return (world.pod ?? (() => ({ body: POD })))()
    return path === '/api/v1/nodes/worker' ? (world.node ?? READY) : fail('notFound')
  })
  let isResolved = false
  const { holder = HOLDER } = world
  untilPodTerminated(client, clock, holder, over.signal).then(
    () => (isResolved = true),
    () => undefined,
  )
  await clock.advance(5_000)
  over.abort()
  await clock.advance(0)
  expect(clock.sleeping).toBe(0)
  return isResolved
}

const withPod = (change: Parameters<typeof pod>[0]): World => ({ pod: () => ({ body: pod(change) }) })
const SIDECAR = { initContainers: [{ name: 'proxy', restartPolicy: 'Always' }] }
const DEBUGGED = { ephemeralContainers: [{ name: 'debug' }] }

describe('the old leader is proven to have stopped', () => {
  it.each<[string, World]>([
    ['while its Pod is being deleted, its container terminated', {}],
    ['when its Pod has succeeded', withPod({ metadata: { deletionTimestamp: undefined }, status: { phase: 'Succeeded' } })],
    ['when its Pod has failed', withPod({ metadata: { deletionTimestamp: undefined }, status: { phase: 'Failed' } })],
    [
      'when containers of all kinds are terminated, in whatever order they are reported',
      withPod({
        spec: { containers: [{ name: 'main' }, { name: 'logs' }], ...SIDECAR, ...DEBUGGED },
        status: { containerStatuses: [of('logs'), of('main')], initContainerStatuses: [of('proxy')], ephemeralContainerStatuses: [of('debug')] },
      }),
    ],
  ])('%s', async (_when, world) => expect(await isProven(world)).toBe(true))

  it('once the report comes, also if the Pod could not be read before', async () => {
    const reports: Reply[] = [fail('unreachable'), { body: pod({ status: { containerStatuses: [of('main', RUNNING)] } }) }]
    expect(await isProven({ pod: () => reports.shift() ?? { body: POD } })).toBe(true)
  })
})

describe('nothing is proven', () => {
  it.each<[string, World]>([
    ['while the container runs', withPod({ status: { containerStatuses: [of('main', RUNNING)] } })],
    ['while the container waits to be started', withPod({ status: { containerStatuses: [of('main', { waiting: { reason: 'CrashLoopBackOff' } })] } })],
    ['by a state in which "terminated" is null', withPod({ status: { containerStatuses: [of('main', { terminated: null, ...RUNNING })] } })],
    ['by a state that says both', withPod({ status: { containerStatuses: [of('main', { ...ENDED, ...RUNNING })] } })],
    ['by a state that says nothing', withPod({ status: { containerStatuses: [{ name: 'main' }] } })],
    ['by how the container ended the time before', withPod({ status: { containerStatuses: [{ name: 'main', state: RUNNING, lastState: ENDED }] } })],
    ['without a status', withPod({ status: { containerStatuses: undefined } })],
    ['without the status of one container', withPod({ spec: { containers: [{ name: 'main' }, { name: 'logs' }] } })],
    ['by a status of another name', withPod({ status: { containerStatuses: [of('other')] } })],
    ['by a status that comes twice', withPod({ spec: { containers: [{ name: 'main' }, { name: 'logs' }] }, status: { containerStatuses: [of('main'), of('main')] } })],
    ['while a container runs that the spec does not name', withPod({ status: { containerStatuses: [of('main'), of('other', RUNNING)] } })],
    ['while a sidecar runs', withPod({ spec: SIDECAR, status: { initContainerStatuses: [of('proxy', RUNNING)] } })],
    ['without the status of a sidecar', withPod({ spec: SIDECAR })],
    ['without the status of an ephemeral container', withPod({ spec: DEBUGGED })],
    ['while an ephemeral container runs', withPod({ spec: DEBUGGED, status: { ephemeralContainerStatuses: [of('debug', RUNNING)] } })],
    [
      'by a status of the same name in the list of another kind',
      withPod({ spec: { containers: [{ name: 'main' }, { name: 'logs' }], ...DEBUGGED }, status: { ephemeralContainerStatuses: [of('debug'), of('logs')] } }),
    ],
    ['by a Pod without containers', withPod({ spec: { containers: [] }, status: { containerStatuses: [] } })],
    ['while the Pod may restart its containers', withPod({ metadata: { deletionTimestamp: undefined } })],
    ['by a Pod of the same name that was made anew', withPod({ metadata: { uid: 'u2' } })],
    ['by a Pod without a uid', withPod({ metadata: { uid: undefined } })],
    ['by a Pod that is gone', { pod: () => fail('notFound') }],
    ['by a Pod that may not be read', { pod: () => fail('forbidden') }],
    ['while the Node is silent', { node: node({ type: 'Ready', status: 'Unknown' }) }],
    ['while the Node is not ready', { node: node({ type: 'Ready', status: 'False' }) }],
    ['by a Node that is well in another respect', { node: node({ type: 'NetworkReady', status: 'True' }) }],
    ['by a Node that says nothing', { node: node() }],
    ['by a Node that is gone', { node: fail('notFound') }],
    ['by a Node that may not be read', { node: fail('forbidden') }],
    ['if the leader is not known', { holder: null }],
    ['if the leader is only guessed', { holder: { ...HOLDER, confidence: 'derived' } }],
    ['if the Pod is on no Node', { holder: { ...HOLDER, pod: podFacts(pod({ spec: { nodeName: undefined } })) } }],
  ])('%s', async (_why, world) => expect(await isProven(world)).toBe(false))
})
