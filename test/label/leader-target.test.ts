import { afterEach, beforeEach, expect, it } from 'vitest'
import type { ApiClient, ApiRequest } from '../../shared/cluster/client.ts'
import { LeaderTarget } from '../../shared/label/leader-target.ts'
import { startSandbox, type Sandbox } from '../../shared/sandbox/index.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { connectTo } from '../support/sandbox-client.ts'

const PATIENCE = { timeout: 20_000, interval: 10 }

let sandbox: Sandbox
let client: ApiClient
let requests: string[]
let unknown: string[]
let target: LeaderTarget
let stop: AbortController
let following: Promise<void>

beforeEach(async () => {
  sandbox = await startSandbox()
  client = await connectTo(sandbox)
  requests = []
  unknown = []
  const request = client.request.bind(client)
  client.request = <T>(asked: ApiRequest): Promise<T> => {
    requests.push(`${asked.method} ${asked.path}`)
    return request<T>(asked)
  }
  target = new LeaderTarget(client, systemClock, { lock: 'lease', namespace: 'default', name: 'web' }, (identity, because) => unknown.push(`${identity}: ${because}`))
  stop = new AbortController()
  lead('web-0_a')
  following = target.follow(stop.signal)
})

afterEach(async () => {
  stop.abort()
  await following
  client.close()
  await sandbox.close()
})

let renewals = 0
function lead(holderIdentity: string): void {
  const now = new Date(Date.now() + ++renewals).toISOString().replace('Z', '000Z')
  sandbox.plant('leases.coordination.k8s.io', { metadata: { name: 'web' }, spec: { holderIdentity, leaseDurationSeconds: 3600, leaseTransitions: renewals, acquireTime: now, renewTime: now } })
}

function plantPod(name: string): void {
  sandbox.plant('pods', { metadata: { name, creationTimestamp: '2026-01-01T00:00:00Z' }, spec: { containers: [{ name: 'a', image: 'x' }] } })
}

/** Renews until it is so: what a follower reads first is not observed as a renewal. */
async function whileLed(identity: string, seen: () => unknown, expected: unknown): Promise<void> {
  const renewing = (): unknown => {
    lead(identity)
    return seen()
  }
  await expect.poll(renewing, PATIENCE).toEqual(expected)
}

const pod = (): string | null => target.pod

it('reads the Pod that the identity names, and no others', async () => {
  plantPod('web-0')
  plantPod('web-1')
  await whileLed('web-0_a', pod, 'web-0')
  await whileLed('web-1_a', pod, 'web-1')
  expect(requests.filter((request) => request.includes('/pods'))).toEqual(['web-0', 'web-1'].map((name) => `GET /api/v1/namespaces/default/pods/${name}`))
  await whileLed('', pod, null)
  expect(unknown).toEqual([])
})

it('finds a Pod that appears later, and says meanwhile that it does not exist', async () => {
  await whileLed('web-0_a', () => unknown, ['web-0_a: no Pod or Node has that name'])
  plantPod('web-0')
  await whileLed('web-0_a', pod, 'web-0')
})

it('takes no Pod that it can only guess', async () => {
  plantPod('web-0')
  await whileLed('web-0-suffix', () => unknown, ["web-0-suffix: its Pod is not known for certain: part of the identity is the Pod's name"])
  expect(target.pod).toBeNull()
})

it('knows what has changed while the connection was lost, without a further renewal', async () => {
  plantPod('web-0')
  plantPod('web-1')
  await whileLed('web-0_a', pod, 'web-0')
  // The watch breaks, and is not opened again at once.
  sandbox.faults.error({ code: 503, watch: true, times: 1 })
  for (const watch of sandbox.faults.openWatches()) watch.destroy()
  lead('web-1_a')
  await expect.poll(pod, PATIENCE).toBe('web-1')
})

it('tells of an election that does not exist, and when it is there', async () => {
  let absent = 0
  let found = 0
  const mistyped = new LeaderTarget(client, systemClock, { lock: 'lease', namespace: 'default', name: 'later' }, () => undefined)
  void mistyped.found.then(() => found++)
  const over = mistyped.follow(stop.signal, () => absent++)
  await expect.poll(() => absent, PATIENCE).toBe(1)
  expect(found).toBe(0)
  sandbox.plant('leases.coordination.k8s.io', { metadata: { name: 'later' }, spec: {} })
  await expect.poll(() => found, PATIENCE).toBe(1)
  stop.abort()
  await over
  expect(absent).toBe(1)
})
