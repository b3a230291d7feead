import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { electionFromLease } from '../../shared/lease/election.ts'
import { startDemo } from '../../shared/sandbox/demo/demo.ts'
import { startSandbox, type Sandbox } from '../../shared/sandbox/index.ts'
import { LeaseLock } from '../../shared/locks/lease-lock.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { connectTo } from '../support/sandbox-client.ts'

const MINUTE_MS = 60_000

describe('the demo', () => {
  const clock = new FakeClock()
  let sandbox: Sandbox
  let stop: AbortController
  let ended: Promise<void>

  beforeEach(async () => {
    sandbox = await startSandbox({ clock })
    stop = new AbortController()
    ended = startDemo({ sandbox, clock }, stop.signal).ended
  })
  afterEach(async () => {
    stop.abort()
    await ended
    await sandbox.close()
  })

  const lease = (namespace: string, name: string) =>
    electionFromLease(sandbox.peek('leases.coordination.k8s.io', namespace, name)).record

  it('has a leader in every election within seconds', async () => {
    await clock.advance(10_000)
    for (const [namespace, name] of [['kube-system', 'kube-scheduler'], ['shop', 'checkout-operator'], ['monitoring', 'metrics-aggregator']] as const) {
      expect(lease(namespace, name).holderIdentity).not.toBe('')
    }
    expect(sandbox.peek('configmaps', 'shop', 'mail-sender')).toMatchObject({
      metadata: { annotations: { 'control-plane.alpha.kubernetes.io/leader': expect.stringContaining('"holderIdentity":"mail-sender-') } },
    })
  })

  it('names as holder a pod that is there, on a node that is there, of a Deployment', async () => {
    await clock.advance(10_000)
    const pod = sandbox.peek('pods', 'shop', lease('shop', 'checkout-operator').holderIdentity.split('_')[0]!) as {
      spec: { nodeName: string }
      metadata: { ownerReferences: { name: string }[] }
    }
    expect(sandbox.peek('nodes', '', pod.spec.nodeName)).toBeDefined()
    expect(sandbox.peek('replicasets.apps', 'shop', pod.metadata.ownerReferences[0]!.name)).toMatchObject({
      metadata: { ownerReferences: [{ kind: 'Deployment', name: 'checkout-operator' }] },
    })
  })

  it('hands over, crashes, or stays quiet, as each election is meant to', async () => {
    await clock.advance(10_000)
    const before = ['checkout-operator', 'inventory-controller'].map((name) => lease('shop', name).leaseTransitions)
    const scheduler = lease('kube-system', 'kube-scheduler')
    await clock.advance(5 * MINUTE_MS)
    const after = ['checkout-operator', 'inventory-controller'].map((name) => lease('shop', name).leaseTransitions)
    expect(after[0]! - before[0]!).toBeGreaterThan(5)
    expect(after[1]! - before[1]!).toBeGreaterThan(2)
    expect(lease('kube-system', 'kube-scheduler')).toMatchObject({
      holderIdentity: scheduler.holderIdentity,
      leaseTransitions: scheduler.leaseTransitions,
    })
  })

  it('continues after another client empties a lease', async () => {
    await clock.advance(10_000)
    const place = { namespace: 'kube-system', name: 'kube-scheduler' }
    sandbox.plant('leases.coordination.k8s.io', { metadata: place, spec: { holderIdentity: '' } })
    await clock.advance(10_000)
    expect(lease(place.namespace, place.name).holderIdentity).not.toBe('')
  })

  it('has a zombie, a flapping election, and one with times that hardly work', async () => {
    await clock.advance(10_000)
    const zombie = lease('shop', 'invoice-worker')
    expect(sandbox.peek('pods', 'shop', zombie.holderIdentity.split('_')[0]!)).toBeUndefined()
    const flapping = lease('shop', 'price-updater').leaseTransitions
    await clock.advance(MINUTE_MS)
    expect(lease('shop', 'invoice-worker')).toEqual(zombie)
    expect(lease('shop', 'price-updater').leaseTransitions - flapping).toBeGreaterThan(5)
    expect(lease('monitoring', 'report-builder').leaseDurationSeconds).toBe(7)
  })

  it('leaves out candidates of this project where they have no way to the sandbox', async () => {
    await clock.advance(10_000)
    expect(sandbox.peek('leases.coordination.k8s.io', 'shop', 'gateway-controller')).toBeUndefined()
  })

  it('releases everything when it ends', async () => {
    await clock.advance(10_000)
    stop.abort()
    await ended
    expect(lease('kube-system', 'kube-scheduler').holderIdentity).toBe('')
  })
})

it('runs candidates of this project through the API, as any program would', async () => {
  const sandbox = await startSandbox()
  const client = await connectTo(sandbox)
  const stop = new AbortController()
  const lockFor = (place: { namespace: string; name: string }) => new LeaseLock(client, place)
  const { ended } = startDemo({ sandbox, clock: systemClock, lockFor }, stop.signal)
  const holder = () =>
    electionFromLease(sandbox.peek('leases.coordination.k8s.io', 'shop', 'gateway-controller')).record.holderIdentity
  try {
    await expect.poll(holder, { timeout: 20_000 }).toMatch(/^gateway-controller-/)
    expect(sandbox.requests.list(({ verb, path }) => verb === 'update' && path.includes('gateway-controller'))).not.toEqual([])
  } finally {
    stop.abort()
    await ended
    expect(holder()).toBe('')
    client.close()
    await sandbox.close()
  }
})
