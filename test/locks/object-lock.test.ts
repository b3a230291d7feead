import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { LEADER_ANNOTATION, type ElectionRecord } from '../../shared/lease/record.ts'
import { AnnotationLock } from '../../shared/locks/annotation-lock.ts'
import { HANDOVER_ANNOTATION, type HandoverLock } from '../../shared/locks/handover.ts'
import { LeaseLock } from '../../shared/locks/lease-lock.ts'
import { startSandbox, type ErrorFault, type Sandbox } from '../../shared/sandbox/index.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { FakeClient } from '../support/fake-client.ts'
import { connectTo } from '../support/sandbox-client.ts'
import { Watching } from './conformance.ts'

const LEASES = 'leases.coordination.k8s.io'
const PLACE = { namespace: 'default', name: 'e' }

const RECORD: ElectionRecord = {
  holderIdentity: 'a_1',
  leaseDurationSeconds: 15,
  leaseTransitions: 3,
  acquireTime: '2026-01-02T03:04:05.678901Z',
  renewTime: '2026-01-02T03:04:06.000009Z',
  strategy: null,
  preferredHolder: null,
}
const RENEWED = { ...RECORD, renewTime: '2026-01-02T03:04:08.123450Z' }
const RELEASED: ElectionRecord = { ...RECORD, holderIdentity: '', leaseDurationSeconds: 1, acquireTime: RENEWED.renewTime, renewTime: RENEWED.renewTime }

interface StoredObject {
  readonly metadata: { readonly name: string; readonly annotations: Readonly<Record<string, string>>; readonly managedFields?: unknown }
  readonly spec: Readonly<Record<string, unknown>>
}

let sandbox: Sandbox
let client: ApiClient
let signal: AbortSignal

beforeEach(async () => {
  sandbox = await startSandbox()
  client = await connectTo(sandbox)
  signal = AbortSignal.timeout(20_000)
})
afterEach(async () => {
  client.close()
  await sandbox.close()
})

const leaseLock = (from = client): HandoverLock => new LeaseLock(from, PLACE)
const stored = (resource = LEASES): StoredObject => sandbox.peek(resource, 'default', 'e') as StoredObject
const annotationOf = (resource: string): string => stored(resource).metadata.annotations[LEADER_ANNOTATION]!

describe('a Lease', () => {
  it('is created as client-go creates it', async () => {
    await leaseLock().create(RECORD, signal)
    expect(stored().metadata).toMatchObject(PLACE)
    expect(stored().spec).toEqual({
      holderIdentity: 'a_1',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-02T03:04:05.678901Z',
      renewTime: '2026-01-02T03:04:06.000009Z',
      leaseTransitions: 3,
    })
  })

  it('is released as client-go releases it', async () => {
    const lock = leaseLock()
    await lock.update(await lock.create(RECORD, signal), RELEASED, signal)
    expect(stored().spec).toEqual({
      holderIdentity: '',
      leaseDurationSeconds: 1,
      acquireTime: '2026-01-02T03:04:08.123450Z',
      renewTime: '2026-01-02T03:04:08.123450Z',
      leaseTransitions: 3,
    })
  })

  it('has the field manager that its Event source has', async () => {
    const lock = leaseLock()
    await lock.update(await lock.create(RECORD, signal), RENEWED, signal)
    expect(stored().metadata.managedFields).toMatchObject([{ manager: 'kubectl-leader', operation: 'Update' }])
  })

  it('keeps what an update does not mean to change', async () => {
    const metadata = {
      ...PLACE,
      labels: { app: 'web' },
      annotations: { note: 'ours' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' }],
      finalizers: ['example.com/f'],
    }
    sandbox.plant(LEASES, { metadata, spec: { holderIdentity: 'x', strategy: 'OldestEmulationVersion', preferredHolder: 'y' } })
    const lock = leaseLock()
    const found = (await lock.read(signal))!
    await lock.update(found, { ...found.record, ...RECORD, strategy: found.record.strategy, preferredHolder: 'y' }, signal)
    expect(stored().metadata).toMatchObject(metadata)
    expect(stored().spec).toMatchObject({ holderIdentity: 'a_1', strategy: 'OldestEmulationVersion', preferredHolder: 'y' })
  })

  it('keeps what a newer server puts into it', async () => {
    const future = { metadata: { ...PLACE, resourceVersion: '7', uid: 'u', future: 1 }, spec: { holderIdentity: 'x', future: 2 }, future: 3 }
    const server = new FakeClient(new FakeClock(), () => ({ body: future }))
    const lock = leaseLock(server)
    await lock.update((await lock.read(signal))!, RECORD, signal)
    expect(server.requests[1]).toMatchObject({ method: 'PUT', body: { ...future, spec: { holderIdentity: 'a_1', future: 2 } } })
  })

  it('without a spec is an election without a holder', async () => {
    sandbox.plant(LEASES, { metadata: PLACE })
    const lock = leaseLock()
    const found = await lock.read(signal)
    expect(found!.record).toMatchObject({ holderIdentity: '', leaseDurationSeconds: null, renewTime: null })
    await lock.update(found!, RECORD, signal)
    expect(stored().spec).toMatchObject({ holderIdentity: 'a_1' })
  })
})

describe.each([
  ['configmap', 'configmaps', { data: { key: 'value' } }],
  ['endpoints', 'endpoints', { subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80, protocol: 'TCP' }] }] }],
] as const)('an annotation on a %s', (kind, resource, content) => {
  const lock = (): HandoverLock => new AnnotationLock(client, kind, PLACE)

  it("is written in client-go's fields and order", async () => {
    await lock().create(RECORD, signal)
    expect(annotationOf(resource)).toBe(
      '{"holderIdentity":"a_1","leaseDurationSeconds":15,"acquireTime":"2026-01-02T03:04:05.678901Z",' +
        '"renewTime":"2026-01-02T03:04:06.000009Z","leaderTransitions":3}',
    )
  })

  it('of an object that was there before begins empty, and leaves the rest as it is', async () => {
    const metadata = { ...PLACE, labels: { app: 'web' }, annotations: { note: 'ours' } }
    sandbox.plant(resource, { metadata, ...content })
    await expect(lock().create(RECORD, signal)).rejects.toMatchObject({ kind: 'exists' })
    const found = await lock().read(signal)
    expect(found!.record).toMatchObject({ holderIdentity: '', leaseTransitions: 0, renewTime: null })
    await lock().update(found!, RECORD, signal)
    expect(stored(resource)).toMatchObject({ metadata, ...content })
    expect((await lock().read(signal))!.record).toEqual(RECORD)
  })

  it('keeps fields that are not known', async () => {
    sandbox.plant(resource, { metadata: { ...PLACE, annotations: { [LEADER_ANNOTATION]: '{"holderIdentity":"x","future":[1]}' } } })
    await lock().update((await lock().read(signal))!, RECORD, signal)
    expect(JSON.parse(annotationOf(resource))).toMatchObject({ holderIdentity: 'a_1', future: [1] })
  })

  it.each(['', 'null'])('without anything in it carries no election yet: %j', async (text) => {
    sandbox.plant(resource, { metadata: { ...PLACE, annotations: { [LEADER_ANNOTATION]: text } } })
    const found = (await lock().read(signal))!
    expect(found.record.holderIdentity).toBe('')
    expect((await lock().update(found, RECORD, signal)).record).toEqual(RECORD)
  })

  it.each(['not json', '[]', '"x"'])('that is not a record is refused, and not overwritten: %j', async (text) => {
    sandbox.plant(resource, { metadata: { ...PLACE, annotations: { [LEADER_ANNOTATION]: text } } })
    await expect(lock().read(signal)).rejects.toMatchObject({
      kind: 'rejected',
      message: expect.stringContaining('contains data that is not an election record'),
    })
  })

  it('that is removed leaves an election without a holder', async () => {
    await lock().create(RECORD, signal)
    sandbox.plant(resource, { metadata: PLACE })
    expect((await lock().read(signal))!.record.holderIdentity).toBe('')
  })

  it('is not reported while it is not a record', async () => {
    await lock().create(RECORD, signal)
    const watching = new Watching(lock())
    await watching.next()
    sandbox.plant(resource, { metadata: { ...PLACE, annotations: { [LEADER_ANNOTATION]: '[' } } })
    sandbox.plant(resource, { metadata: { ...PLACE, annotations: { [LEADER_ANNOTATION]: '{"holderIdentity":"b"}' } } })
    expect(await watching.next()).toMatchObject({ locked: { record: { holderIdentity: 'b' } } })
    watching.stop()
  })
})

describe('a handover mark', () => {
  it('belongs only to the record that it was written with, though other clients keep it', async () => {
    const lock = leaseLock()
    await lock.handOver(await lock.create(RECORD, signal), { ...RENEWED, holderIdentity: 'b' }, 'nonce-1', signal)
    const { metadata, spec } = stored()
    expect(metadata.annotations[HANDOVER_ANNOTATION]).toContain('nonce-1')
    // client-go's candidate renews, and keeps annotations.
    sandbox.plant(LEASES, { metadata, spec: { ...spec, renewTime: '2026-01-02T03:04:10.000000Z' } })
    expect(stored().metadata.annotations[HANDOVER_ANNOTATION]).toContain('nonce-1')
    expect((await lock.read(signal))!.handedOver).toBe(false)
  })

  it('is gone after an update, and other annotations are not', async () => {
    sandbox.plant(LEASES, { metadata: { ...PLACE, annotations: { note: 'ours' } } })
    const lock = leaseLock()
    const handed = await lock.handOver((await lock.read(signal))!, RECORD, 'nonce-1', signal)
    await lock.update(handed, RENEWED, signal)
    expect(stored().metadata.annotations).toEqual({ note: 'ours' })
  })

  it.each(['', 'x', `${RECORD.renewTime!}x`, ' '])('that is made up does not count: %j', async (mark) => {
    sandbox.plant(LEASES, { metadata: { ...PLACE, annotations: { [HANDOVER_ANNOTATION]: mark } }, spec: { ...RECORD } })
    expect((await leaseLock().read(signal))!.handedOver).toBe(false)
  })

  it('on a record without a holder does not count', async () => {
    const lock = leaseLock()
    const handed = await lock.handOver(await lock.create(RECORD, signal), RELEASED, 'nonce-1', signal)
    expect(handed.handedOver).toBe(false)
  })
})

describe('what goes wrong', () => {
  const ERRORS: readonly [Omit<ErrorFault, 'method'>, string][] = [
    [{ code: 400 }, 'rejected'],
    [{ code: 401 }, 'rejected'],
    [{ code: 403, message: 'forbidden: User "u" cannot update resource "leases"' }, 'forbidden'],
    [{ code: 403, message: 'leases "x" is forbidden: exceeded quota: q' }, 'rejected'],
    [{ code: 405 }, 'rejected'],
    [{ code: 413 }, 'rejected'],
    [{ code: 422 }, 'rejected'],
    [{ code: 429 }, 'rejected'],
    [{ code: 429, retryAfterSeconds: 60 }, 'rejected'],
    [{ code: 500 }, 'unknown'],
    [{ code: 502, body: '<html>' }, 'unknown'],
    [{ code: 503 }, 'unknown'],
    [{ code: 504 }, 'unknown'],
  ]

  describe.each(['read', 'create', 'update'] as const)('to %s', (what) => {
    /** Tries what is to be tried, on a record that is there unless it is to be created. */
    const attempt = async (break_: () => void): Promise<unknown> => {
      const lock = leaseLock()
      const before = what === 'create' ? null : await lock.create(RECORD, signal)
      break_()
      if (what === 'read') return lock.read(signal)
      return what === 'create' ? lock.create(RECORD, signal) : lock.update(before!, RENEWED, signal)
    }

    it.each(ERRORS)('%j is %s', async (fault, kind) => {
      const before = stored()
      await expect(attempt(() => sandbox.faults.error(fault))).rejects.toMatchObject({ name: 'LockError', kind })
      if (what === 'create') expect(stored()).toEqual(before)
      else expect(stored().spec.renewTime).toBe(RECORD.renewTime)
    })

    it('a connection that breaks before it was carried out is unknown', async () => {
      await expect(attempt(() => sandbox.faults.drop())).rejects.toMatchObject({ kind: 'unknown' })
    })

    it('a server that is not there is unknown', async () => {
      const lock = leaseLock()
      const before = await lock.create(RECORD, signal)
      await sandbox.stopListening()
      client.close()
      const act = { read: () => lock.read(signal), create: () => lock.create(RECORD, signal), update: () => lock.update(before, RENEWED, signal) }[what]
      await expect(act()).rejects.toMatchObject({ kind: 'unknown' })
      await sandbox.listen()
    })

    it('an answer that is not Kubernetes\' is never taken for one', async () => {
      const html = { code: 200, body: '<html>log in</html>' }
      await expect(attempt(() => sandbox.faults.error(html))).rejects.toMatchObject({ kind: 'unknown' })
    })

    it('a lack of an answer is the signal\'s to end', async () => {
      const lock = leaseLock()
      const before = await lock.create(RECORD, signal)
      const thaw = sandbox.faults.freeze()
      const soon = AbortSignal.timeout(200)
      const act = { read: () => lock.read(soon), create: () => lock.create(RECORD, soon), update: () => lock.update(before, RENEWED, soon) }[what]
      await expect(act()).rejects.toMatchObject({ name: 'LockError', kind: 'unknown' })
      thaw()
    })
  })

  it.each(['create', 'update'] as const)('a lost reply to a %s leaves it unknown, and done', async (what) => {
    const lock = leaseLock()
    const before = what === 'update' ? await lock.create({ ...RECORD, holderIdentity: 'x' }, signal) : null
    sandbox.faults.loseReply({ method: ['POST', 'PUT'], times: 1 })
    const sent = before ? lock.update(before, RECORD, signal) : lock.create(RECORD, signal)
    await expect(sent).rejects.toMatchObject({ kind: 'unknown' })
    // Sent once and no more: it is found as it was written, by who reads.
    expect(sandbox.requests.list(({ method }) => method === (before ? 'PUT' : 'POST'))).toHaveLength(1)
    expect((await lock.read(signal))!.record).toEqual(RECORD)
  })

  it('a write that was refused with 429 is sent again when the server asks to: it was not processed', async () => {
    const lock = leaseLock()
    const before = await lock.create(RECORD, signal)
    sandbox.faults.error({ method: 'PUT', code: 429, retryAfterSeconds: 1, times: 1 })
    sandbox.requests.clear()
    expect((await lock.update(before, RENEWED, signal)).record).toEqual(RENEWED)
    expect(sandbox.requests.list(({ method }) => method === 'PUT')).toHaveLength(2)
  })

  it('a missing namespace fails a creation', async () => {
    const lock = new LeaseLock(client, { namespace: 'nowhere', name: 'e' })
    expect(await lock.read(signal)).toBeNull()
    await expect(lock.create(RECORD, signal)).rejects.toMatchObject({ kind: 'rejected', message: expect.stringContaining('nowhere') })
  })

  it('a server without Leases is not an election that is not there', async () => {
    sandbox.faults.error({ code: 404, body: '404 page not found\n' })
    await expect(leaseLock().read(signal)).rejects.toMatchObject({ kind: 'rejected' })
  })

  it.each(['', 'abc', '1.5'])('a version that can\'t be compared is refused: %j', async (resourceVersion) => {
    const odd = { ...client, request: async () => ({ metadata: { ...PLACE, resourceVersion }, spec: {} }) } as unknown as ApiClient
    await expect(new LeaseLock(odd, PLACE).read(signal)).rejects.toMatchObject({ kind: 'rejected' })
    await expect(new LeaseLock(odd, PLACE).create(RECORD, signal)).rejects.toMatchObject({ kind: 'unknown' })
  })
})

describe('with a Role of its own', () => {
  const as = async (...verbs: string[]): Promise<HandoverLock> => {
    const rule = { apiGroups: ['coordination.k8s.io'], resources: ['leases'] }
    sandbox.addUser({
      name: 'candidate',
      rules: [
        { ...rule, verbs: ['create'] },
        { ...rule, verbs, resourceNames: ['e'] },
      ],
    })
    return leaseLock(await connectTo(sandbox, { user: 'candidate' }))
  }

  it('get, create and update on the one name are enough, and the watch is refused as forbidden', async () => {
    const lock = await as('get', 'update')
    const created = await lock.create(RECORD, signal)
    await lock.update(created, RENEWED, signal)
    expect((await lock.read(signal))!.record).toEqual(RENEWED)
    await expect(lock.watch!(() => expect.unreachable(), signal)).rejects.toMatchObject({
      name: 'LockError',
      kind: 'forbidden',
      message: expect.stringContaining('watch leases.coordination.k8s.io "e" in namespace "default"'),
    })
  })

  it('watch on the one name is enough to watch', async () => {
    const lock = await as('get', 'update', 'watch')
    await lock.create(RECORD, signal)
    const watching = new Watching(lock)
    expect(await watching.next()).toMatchObject({ locked: { record: RECORD } })
    watching.stop()
  })

  it.each([
    ['get', (lock: HandoverLock) => lock.read(signal)],
    ['update', async (lock: HandoverLock) => lock.update((await leaseLock().create(RECORD, signal)), RENEWED, signal)],
  ])('without %s the refusal names the verb', async (verb, act) => {
    await expect(act(await as('watch'))).rejects.toMatchObject({ kind: 'forbidden', message: expect.stringContaining(verb) })
  })
})
