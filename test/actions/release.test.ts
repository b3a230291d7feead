import { beforeEach, describe, expect, it } from 'vitest'
import { errorText } from '../../kubectl-plugin/output/advice.ts'
import { observeHolder, planRelease, release, ReleaseRefused, type ReleasePlan } from '../../shared/actions/release.ts'
import type { ApiRequest } from '../../shared/cluster/client.ts'
import { ClusterError } from '../../shared/cluster/errors.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { FakeClient, fail, type Reply } from '../support/fake-client.ts'
import { verbatim } from '../../shared/phrase.ts'

const PLACE = { lock: 'lease', namespace: 'default', name: 'x' } as const
const HOUR_MS = 3_600_000
const MISSING = new ClusterError(verbatim('missing'), { kind: 'notFound', status: 404, reason: 'NotFound' })

interface Lease {
  metadata: Record<string, unknown>
  spec: Record<string, unknown>
}

/** One lease behind an API server, and somebody who wants to release it. */
class Scene {
  readonly clock = new FakeClock({ wallMs: Date.UTC(2026, 0, 1) })
  readonly signal = new AbortController().signal
  readonly client: FakeClient
  readonly events: { reason: string; message: string }[] = []
  lease: Lease | null = null
  mayUpdate = true
  /** What happens to the next write, instead of or before its being done. */
  onWrite: () => Reply | undefined = () => undefined
  #version = 10

  constructor() {
    this.client = new FakeClient(this.clock, (request) => this.#answer(request))
    this.store('a')
  }

  store(holderIdentity: string, { skewMs = 0, ...spec }: { skewMs?: number } & Record<string, unknown> = {}): void {
    const renewTime = new Date(this.clock.wallMs() + skewMs).toISOString()
    this.lease = {
      metadata: { namespace: 'default', name: 'x', uid: 'u', resourceVersion: String(++this.#version), labels: { kept: 'yes' } },
      spec: { holderIdentity, leaseDurationSeconds: 15, leaseTransitions: 3, acquireTime: renewTime, renewTime, future: 1, ...spec },
    }
  }

  /** Something else of the object is written. */
  touch(): void {
    this.lease = { ...this.lease!, metadata: { ...this.lease!.metadata, resourceVersion: String(++this.#version) } }
  }

  plan(isForced = false): Promise<ReleasePlan> {
    return planRelease(this.client, PLACE, { isForced, signal: this.signal })
  }

  async release(dryRun?: 'client' | 'server'): Promise<unknown> {
    return release(this.client, this.clock, await this.plan(), { actor: 'me@here', reason: 'why', dryRun, signal: this.signal })
  }

  writes(): readonly ApiRequest[] {
    return this.client.requests.filter(({ method, path }) => method === 'PUT' && path.endsWith('/leases/x'))
  }

  #answer({ method, path, body, query }: ApiRequest): Reply {
    if (path.endsWith('/selfsubjectaccessreviews')) {
      const { verb } = (body as { spec: { resourceAttributes: { verb: string } } }).spec.resourceAttributes
      return { body: { status: { allowed: this.mayUpdate || verb !== 'update' } } }
    }
    if (path.endsWith('/events')) {
      this.events.push(body as { reason: string; message: string })
      return { body: {} }
    }
    if (!path.endsWith('/leases/x') || !this.lease) return MISSING
    if (method === 'GET') return { body: this.lease }
    const written = body as Lease
    const fault = this.onWrite()
    if (fault) return fault
    if (written.metadata['resourceVersion'] !== this.lease.metadata['resourceVersion']) return fail('conflict')
    if (query?.['dryRun'] === undefined) this.lease = { ...written, metadata: { ...written.metadata, resourceVersion: String(++this.#version) } }
    return { body: this.lease }
  }
}

let scene: Scene
beforeEach(() => {
  scene = new Scene()
})

describe('a holder', () => {
  it.each([[-HOUR_MS], [0], [HOUR_MS]])('is gone when a lease duration passes without a renewal, whatever the times say (%i ms)', async (skewMs) => {
    scene.store('a', { skewMs })
    const plan = await scene.plan()
    let result = 'watching'
    void observeHolder(scene.client, scene.clock, plan, scene.signal).then(() => (result = 'gone'))
    await scene.clock.advance(14_900)
    expect(result).toBe('watching')
    await scene.clock.advance(100)
    expect(result).toBe('gone')
  })

  it('is not gone while something else of its lease changes', async () => {
    const plan = observeHolder(scene.client, scene.clock, await scene.plan(), scene.signal)
    await scene.clock.advance(10_000)
    scene.touch()
    await scene.clock.advance(5_000)
    expect((await plan).locked.version).toBe('12')
  })

  it.each<[string, () => void, RegExp]>([
    ['renews', () => scene.store('a'), /^a is running: it has just renewed the lease "x".* To move leadership, use failover\.$/],
    ['is another', () => scene.store('b'), /^b has just replaced a as the holder of the lease "x" in namespace "default"\.$/],
    ['is a failover', () => scene.store('kubectl-leader-failover_1'), /^A failover has just replaced a/],
    ['has released it', () => scene.store(''), /^Another client has just released the lease/],
    ['has gone with its lease', () => (scene.lease = null), /^The lease .* has just been deleted/],
  ])('that %s ends the watch at once', async (_, happen, message) => {
    const watched = observeHolder(scene.client, scene.clock, await scene.plan(), scene.signal)
    const refused = expect(watched.catch((error: unknown) => errorText(error))).resolves.toMatch(message)
    await scene.clock.advance(3_000)
    happen()
    await scene.clock.advance(1_000)
    await refused
  })

  it('of a failover that renews is refused as one', async () => {
    scene.store('kubectl-leader-failover_1')
    const refused = expect(observeHolder(scene.client, scene.clock, await scene.plan(), scene.signal)).rejects.toThrow(/^A failover is in progress and blocks/)
    await scene.clock.advance(1)
    scene.store('kubectl-leader-failover_1')
    await scene.clock.advance(1_000)
    await refused
  })

  it.each([[null], [0], [-5]])('without a lease duration (%s) can only be forced out', async (leaseDurationSeconds) => {
    scene.store('a', { leaseDurationSeconds })
    await expect(observeHolder(scene.client, scene.clock, await scene.plan(), scene.signal)).rejects.toMatchObject({
      kind: 'invalid',
      remedy: { kind: 'override' },
    })
  })
})

describe('a release', () => {
  it('writes what client-go writes, and keeps all else', async () => {
    const { labels } = scene.lease!.metadata
    await scene.release()
    const time = '2026-01-01T00:00:00.000000Z'
    expect(scene.lease).toMatchObject({ metadata: { labels } })
    expect(scene.lease!.spec).toEqual({
      ...{ holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 3, acquireTime: time, renewTime: time, future: 1 },
    })
  })

  it('leaves an Event: who, from whom, why', async () => {
    await scene.release()
    expect(scene.events).toMatchObject([{ reason: 'LeaderElection', message: 'me@here released the lease held by a: why' }])
  })

  it.each(['client', 'server'] as const)('that is a %s dry run stores nothing', async (dryRun) => {
    const before = scene.lease
    expect(await scene.release(dryRun)).toMatchObject({ record: dryRun === 'client' ? { holderIdentity: '' } : {} })
    expect(scene.lease).toBe(before)
    expect(scene.writes().map(({ query }) => query?.['dryRun'])).toEqual(dryRun === 'server' ? ['All'] : [])
    expect(scene.events).toEqual([])
  })

  it('is retried if only metadata of the object was written', async () => {
    scene.onWrite = () => {
      scene.onWrite = () => undefined
      scene.touch()
      return undefined
    }
    await scene.release()
    expect(scene.lease!.spec['holderIdentity']).toBe('')
    expect(scene.writes()).toHaveLength(2)
  })

  it.each<[string, () => void, RegExp]>([
    ['the holder renews', () => scene.store('a', { skewMs: 1 }), /^a is running/],
    ['another takes it', () => scene.store('b'), /^b has just replaced a/],
    ['another client deletes it', () => (scene.lease = null), /deleted/],
  ])('is refused without changes if %s in the meantime', async (_, happen, message) => {
    scene.onWrite = () => {
      happen()
      return scene.lease ? undefined : MISSING
    }
    const plan = await scene.plan()
    await expect(release(scene.client, scene.clock, plan, { actor: 'me', signal: scene.signal })).rejects.toThrow(message)
    expect(scene.lease?.spec['holderIdentity']).not.toBe('')
  })

  it('is done even if its answer was lost', async () => {
    const plan = await scene.plan()
    scene.onWrite = () => {
      const [write] = scene.writes()
      scene.lease = { ...(write!.body as Lease), metadata: { ...scene.lease!.metadata, resourceVersion: '99' } }
      return fail('timeout')
    }
    const written = await release(scene.client, scene.clock, plan, { actor: 'me', signal: scene.signal })
    expect(written).toMatchObject({ version: '99', record: { holderIdentity: '' } })
  })

  it('that was not answered and not done says so', async () => {
    scene.onWrite = () => fail('timeout')
    await expect(scene.release()).rejects.toMatchObject({ name: 'ClusterError', kind: 'timeout' })
  })
})

describe('a plan', () => {
  it.each([
    ['a coordinated election', { strategy: 'OldestEmulationVersion' }, /coordinated/],
    ['half of a multi-lock', { holderIdentity: 'leaderelection.k8s.io/unknown' }, /multi-lock/],
  ])('of %s is refused even if it is forced', async (_, spec, message) => {
    scene.store('a', spec)
    await expect(scene.plan(true)).rejects.toThrow(message)
    await expect(scene.plan(true)).rejects.toBeInstanceOf(ReleaseRefused)
  })

  it('of a lease that is not a leader election is refused unless it is forced', async () => {
    scene.lease!.metadata['labels'] = { 'cnpg.io/cluster': 'main' }
    await expect(scene.plan()).rejects.toMatchObject({ kind: 'category', message: expect.stringContaining('is used for something other than leader election') as string, remedy: { kind: 'override' } })
    expect(await scene.plan(true)).toMatchObject({ holderIdentity: 'a' })
  })

  it('of what is being deleted can be made: to release it does no harm', async () => {
    scene.lease!.metadata['deletionTimestamp'] = '2026-01-01T00:00:00Z'
    expect(await scene.plan()).toMatchObject({ holderIdentity: 'a' })
  })

  it('without the permission is refused before anything is written, naming it', async () => {
    scene.mayUpdate = false
    await expect(scene.plan()).rejects.toMatchObject({
      kind: 'forbidden',
      message: expect.stringContaining('update leases.coordination.k8s.io "x"') as unknown,
    })
  })

  it('of what is not there says so', async () => {
    scene.lease = null
    await expect(scene.plan()).rejects.toMatchObject({ kind: 'notFound' })
  })
})
