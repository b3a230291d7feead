import { beforeEach, describe, expect, it } from 'vitest'
import { planTake, takeLeadership } from '../../shared/actions/take.ts'
import type { FailoverEvent, FailoverPlan, FailoverResult } from '../../shared/actions/failover.ts'
import type { ApiRequest } from '../../shared/cluster/client.ts'
import { ClusterError } from '../../shared/cluster/errors.ts'
import { LeaderElector } from '../../shared/election/elector.ts'
import { clusterLock } from '../../shared/locks/lock-address.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { fail, FakeClient, type Reply } from '../support/fake-client.ts'
import { verbatim } from '../../shared/phrase.ts'

/** How leadership is taken by a candidate of ours, on a fake clock: from a leader that renews every 2 s for 15 s. */
const PLACE = { lock: 'lease', namespace: 'default', name: 'x' } as const
const ME = 'me'
const MISSING = new ClusterError(verbatim('missing'), { kind: 'notFound', status: 404, reason: 'NotFound' })

interface Lease {
  metadata: Record<string, unknown>
  spec: Record<string, unknown>
}

class Scene {
  readonly clock = new FakeClock({ wallMs: Date.UTC(2026, 0, 1) })
  readonly client = new FakeClient(this.clock, (request) => this.#answer(request))
  readonly leave = new AbortController()
  readonly told: string[] = []
  lease: Lease | null = null
  /** Whom the lease has named, in order. */
  readonly holders: string[] = []
  result: FailoverResult | null = null
  failure: unknown = null
  hasLed = false
  /** What happens when something is told. */
  onTold: (event: FailoverEvent) => void = () => undefined
  #version = 10

  store(holderIdentity: string, spec: object = {}): void {
    const renewTime = new Date(this.clock.wallMs()).toISOString()
    const before = { leaseDurationSeconds: 15, leaseTransitions: 3, acquireTime: renewTime }
    this.#keep({ metadata: { namespace: 'default', name: 'x', uid: 'u' }, spec: { ...before, holderIdentity, renewTime, ...spec } })
  }

  /** Somebody who renews while the lease names them, and never looks at what else it says. */
  async renew(holderIdentity: string): Promise<void> {
    this.store(holderIdentity)
    while (this.lease?.spec['holderIdentity'] === holderIdentity) {
      this.store(holderIdentity)
      await this.clock.sleep(2_000)
    }
  }

  async plan(): Promise<FailoverPlan | null> {
    const plan = planTake(this.client, this.clock, { place: PLACE, identity: ME, actor: 'me@here' }, new AbortController().signal)
    plan.catch(() => undefined)
    await this.clock.advance(20_000)
    return plan
  }

  /** A candidate stands, and leadership is moved to it. */
  take(plan: FailoverPlan): void {
    const joined = Promise.withResolvers<undefined>()
    const lock = clusterLock(this.client, PLACE)
    const elector = new LeaderElector({
      lock: { description: 'x', create: lock.create.bind(lock), update: lock.update.bind(lock), read: (signal) => lock.read(signal).finally(() => joined.resolve(undefined)) },
      identity: ME,
      clock: this.clock,
      rejoin: true,
      onStartedLeading: ({ signal }) => {
        this.hasLed = true
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
      },
    })
    void elector.run(this.leave.signal)
    this.takeFor(plan, joined.promise)
  }

  /** The same with a candidate that the test plays. */
  takeFor(plan: FailoverPlan, joined: Promise<unknown>): void {
    const isLed = (): boolean => this.hasLed
    const candidate = {
      joined,
      leaving: this.leave.signal,
      get hasLed() {
        return isLed()
      },
    }
    const onEvent = (event: FailoverEvent): void => {
      this.told.push(event.type === 'leader-stopped' ? `${event.type} ${event.proof}` : event.type)
      this.onTold(event)
    }
    takeLeadership(this.client, this.clock, plan, candidate, onEvent).then(
      (result) => (this.result = result),
      (error: unknown) => (this.failure = error),
    )
  }

  get holder(): unknown {
    return this.lease?.spec['holderIdentity']
  }

  #keep(lease: Lease): void {
    this.lease = { ...lease, metadata: { ...lease.metadata, resourceVersion: String(++this.#version) } }
    const holder = this.holder as string
    if (this.holders.at(-1) !== holder) this.holders.push(holder)
  }

  #answer({ method, path, body, query }: ApiRequest): Reply {
    if (path.endsWith('/selfsubjectaccessreviews')) return { body: { status: { allowed: true } } }
    if (path.endsWith('/events')) return { body: { items: [], metadata: {} } }
    if (query?.['watch'] !== undefined) return fail('forbidden')
    if (!path.endsWith('/leases/x') || !this.lease) return MISSING
    if (method === 'GET') return { body: this.lease }
    const written = body as Lease
    if (written.metadata['resourceVersion'] !== this.lease.metadata['resourceVersion']) return fail('conflict')
    this.#keep(written)
    return { body: this.lease }
  }
}

let scene: Scene
beforeEach(() => {
  scene = new Scene()
})

describe('a plan', () => {
  it('is a failover to the candidate, which is known to be running', async () => {
    void scene.renew('old')
    const plan = await scene.plan()
    expect(plan).toMatchObject({ from: 'old', to: ME, isOtherKnown: true })
    expect(plan!.cautions.map(({ code }) => code)).toEqual(['restarts'])
    expect(scene.holders).toEqual(['old'])
  })

  it.each<[string, () => void]>([
    ['there is no lease', () => undefined],
    ['it has no holder', () => scene.store('')],
    ['its holder has gone', () => scene.store('old')],
    ['it was released just now', () => (scene.store('old'), void scene.clock.sleep(1_000).then(() => scene.store('')))],
  ])('is not needed if %s', async (_name, happen) => {
    happen()
    expect(await scene.plan()).toBeNull()
  })

  it.each<[string, () => void, string]>([
    ['it moves just now', () => (scene.store('old'), void scene.clock.sleep(1_000).then(() => scene.store('new'))), 'moved'],
    ['a failover is under way', () => scene.store('kubectl-leader-failover_1'), 'underway'],
    ['the candidate leads already', () => scene.store(ME), 'sameHolder'],
    ['it is not known when its holder must have stopped', () => scene.store('old', { leaseDurationSeconds: null }), 'invalid'],
    ['the API server picks the leader', () => scene.store('old', { strategy: 'OldestEmulationVersion' }), 'coordinated'],
  ])('is refused if %s', async (_name, happen, kind) => {
    happen()
    await expect(scene.plan()).rejects.toMatchObject({ name: 'FailoverRefused', kind })
  })
})

describe('leadership', () => {
  let plan: FailoverPlan
  beforeEach(async () => {
    void scene.renew('old')
    plan = (await scene.plan())!
  })

  it('moves to the candidate once the old leader must have stopped, without another holder in between', async () => {
    scene.take(plan)
    await scene.clock.advance(16_900)
    expect(scene.hasLed).toBe(false)
    await scene.clock.advance(5_000)
    expect(scene.hasLed).toBe(true)
    expect(scene.holders).toEqual(['old', expect.stringMatching(/^kubectl-leader-failover_/), ME])
    expect(scene.told).toEqual(['blocked', 'leader-stopped waited', 'released', 'result'])
    expect(scene.result).toMatchObject({ outcome: 'moved', from: 'old', to: ME, abortion: null })
  })

  it('stays unchanged until the candidate has joined', async () => {
    scene.takeFor(plan, new Promise(() => undefined))
    await scene.clock.advance(60_000)
    expect(scene.holders).toEqual(['old'])
  })

  it('stays unchanged if the candidate cannot join', async () => {
    scene.takeFor(plan, Promise.reject(new Error('not allowed')))
    await scene.clock.advance(60_000)
    expect(scene.failure).toMatchObject({ message: 'not allowed' })
    expect(scene.holders).toEqual(['old'])
  })

  it('stays unchanged if the candidate is told to leave before that', async () => {
    scene.leave.abort()
    scene.takeFor(plan, Promise.resolve())
    await scene.clock.advance(1_000)
    expect(scene.result).toMatchObject({ outcome: 'aborted', abortion: { cause: 'interrupted', left: 'untouched' } })
    expect(scene.holders).toEqual(['old'])
  })

  it('returns to the old leader if the candidate is told to leave soon', async () => {
    scene.take(plan)
    await scene.clock.advance(1_000)
    scene.leave.abort()
    await scene.clock.advance(1_000)
    expect(scene.holder).toBe('old')
    expect(scene.result).toBeNull()
    void scene.renew('old')
    await scene.clock.advance(2_000)
    expect(scene.result).toMatchObject({ outcome: 'aborted', abortion: { cause: 'interrupted', left: 'restored' } })
    expect(scene.hasLed).toBe(false)
  })

  it('goes to any other candidate if this one is told to leave later', async () => {
    scene.take(plan)
    await scene.clock.advance(5_000)
    scene.leave.abort()
    await scene.clock.advance(30_000)
    expect(scene.result).toMatchObject({ outcome: 'aborted', abortion: { cause: 'interrupted', left: 'released' } })
    expect(scene.holder).toBe('')
    expect(scene.hasLed).toBe(false)
  })

  it('is released if the candidate is told to leave during the handover', async () => {
    scene.onTold = ({ type }) => {
      if (type === 'released') scene.leave.abort()
    }
    scene.take(plan)
    await scene.clock.advance(30_000)
    expect(scene.holders).toEqual(['old', expect.stringMatching(/^kubectl-leader-failover_/), ME, ''])
    expect(scene.result).toMatchObject({ outcome: 'aborted', abortion: { cause: 'interrupted' } })
    expect(scene.hasLed).toBe(false)
  })

  it('is not taken if another candidate acquires the lease in the meantime', async () => {
    scene.take(plan)
    await scene.clock.advance(5_000)
    void scene.renew('other')
    await scene.clock.advance(30_000)
    expect(scene.result).toMatchObject({ outcome: 'aborted', to: 'other', abortion: { cause: 'taken', left: 'lost' } })
    expect(scene.hasLed).toBe(false)
  })

  it('is not taken if the candidate does not acquire the lease after the handover', async () => {
    scene.takeFor(plan, Promise.resolve())
    await scene.clock.advance(120_000)
    expect(scene.result).toMatchObject({ outcome: 'free' })
  })

  it('counts as taken if the term was so short that only its end was observed', async () => {
    scene.onTold = ({ type }) => {
      if (type !== 'released') return
      scene.hasLed = true
      scene.store('', { leaseDurationSeconds: 1 })
      scene.leave.abort()
    }
    scene.takeFor(plan, Promise.resolve())
    await scene.clock.advance(30_000)
    expect(scene.result).toMatchObject({ outcome: 'moved', to: ME, abortion: null })
  })
})
