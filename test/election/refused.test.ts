import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ElectionRefused } from '../../shared/election/election-refused.ts'
import { LeaderElector } from '../../shared/election/elector.ts'
import type { ElectorOptions } from '../../shared/election/elector-options.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { AnnotationLock } from '../../shared/locks/annotation-lock.ts'
import { LeaseLock } from '../../shared/locks/lease-lock.ts'
import { startSandbox, type Sandbox } from '../../shared/sandbox/index.ts'
import { connectTo } from '../support/sandbox-client.ts'

let sandbox: Sandbox
let client: ApiClient
let stop: AbortController

beforeEach(async () => {
  sandbox = await startSandbox()
  client = await connectTo(sandbox)
  stop = new AbortController()
})
afterEach(async () => {
  stop.abort()
  client.close()
  await sandbox.close()
})

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/default/leases'
const held = { holderIdentity: 'other', leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00.000000Z' }

async function createLease(name: string, spec: object, labels: object = {}): Promise<void> {
  const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, labels }, spec }
  await client.request({ method: 'POST', path: LEASES, body, subject: { verb: 'create', resource: 'leases' } } as never)
}

function run(options: Partial<ElectorOptions> = {}): Promise<unknown> {
  const elector = new LeaderElector({
    lock: new LeaseLock(client, { namespace: 'default', name: 'e' }),
    identity: 'me',
    onStartedLeading: ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
    ...options,
  })
  return elector.run(stop.signal).catch((error: unknown) => error)
}

const versionOf = (name = 'e'): unknown =>
  (sandbox.peek('leases.coordination.k8s.io', 'default', name) as { metadata: { resourceVersion: string } }).metadata.resourceVersion

describe('an elector', () => {
  it.each<[kind: string, spec: object, labels: object]>([
    ['coordinated', { strategy: 'OldestEmulationVersion' }, {}],
    ['coordinated', { ...held, strategy: 'OldestEmulationVersion' }, {}],
    ['category', held, { 'cnpg.io/cluster': 'db' }],
    ['multilock', { ...held, holderIdentity: 'leaderelection.k8s.io/unknown' }, {}],
  ])('does not run, and makes no changes: %s', async (kind, spec, labels) => {
    await createLease('e', spec, labels)
    const before = versionOf()
    const errors: unknown[] = []
    const error = await run({ onError: (told) => errors.push(told) })
    expect(error).toBeInstanceOf(ElectionRefused)
    expect(error).toMatchObject({ kind, message: expect.stringContaining('"e" in namespace "default"') })
    expect(versionOf()).toBe(before)
    expect(errors).toEqual([])
  })

  it('does not run if its leader also holds an object of another kind', async () => {
    const lock = new AnnotationLock(client, 'configmap', { namespace: 'default', name: 'e' })
    const record = { leaseTransitions: 0, acquireTime: null, strategy: null, preferredHolder: null, ...held }
    await lock.create(record, AbortSignal.timeout(20_000))
    await createLease('e', held)
    expect(await run()).toMatchObject({ name: 'ElectionRefused', kind: 'multilock' })
    expect(await run({ allowNonElection: true, lock })).toMatchObject({ kind: 'multilock' })
  })

  it('does not run in a namespace of heartbeats, even if there is no lease yet', async () => {
    const lock = new LeaseLock(client, { namespace: 'kube-node-lease', name: 'node-1' })
    expect(await run({ lock })).toMatchObject({ name: 'ElectionRefused', kind: 'category' })
  })

  it('runs with allowNonElection', async () => {
    await createLease('e', {}, { 'cnpg.io/cluster': 'db' })
    const led = Promise.withResolvers<undefined>()
    const ended = run({ allowNonElection: true, onStartedLeading: async () => led.resolve(undefined) })
    await led.promise
    expect(await ended).toBe('work-ended')
  })

  it('ends its work, writes nothing more and says why, if the election becomes a coordinated one', async () => {
    const led = Promise.withResolvers<undefined>()
    const ended = run({
      onStartedLeading: ({ signal }) => {
        led.resolve(undefined)
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
      },
    })
    await led.promise
    const patched = await client.request<{ metadata: { resourceVersion: string } }>({
      method: 'PATCH',
      path: `${LEASES}/e`,
      body: { spec: { strategy: 'OldestEmulationVersion' } },
      contentType: 'application/merge-patch+json',
      subject: { verb: 'patch', resource: 'leases' },
    } as never)
    expect(await ended).toMatchObject({ name: 'ElectionRefused', kind: 'coordinated' })
    expect(versionOf()).toBe(patched.metadata.resourceVersion)
  })
})
