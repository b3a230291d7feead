import { beforeEach, describe, expect, it } from 'vitest'
import type { FailoverPlan } from '../../shared/actions/failover.ts'
import type { FailoverEnd } from '../../shared/actions/failover/failover-steps.ts'
import { moveByEnding } from '../../shared/actions/failover/pod-deletion.ts'
import type { ApiRequest } from '../../shared/cluster/client.ts'
import { ClusterError } from '../../shared/cluster/errors.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { lease } from '../support/cluster-objects.ts'
import { fail, FakeClient, type Reply } from '../support/fake-client.ts'
import { verbatim } from '../../shared/phrase.ts'

/** What becomes of an election whose leader's Pod is deleted, on a fake clock. */
const ACQUIRED = '2026-01-01T00:00:00.000000Z'
const OTHERS_PLACEHOLDER = 'kubectl-leader-failover_of-another'
const PLAN = {
  request: { place: { lock: 'lease', namespace: 'team-a', name: 'web' } },
  from: 'old',
  acquisition: { leaseDurationSeconds: 15, leaseTransitions: 3, acquireTime: ACQUIRED },
  holder: { pod: { namespace: 'team-a', name: 'old', uid: 'u' } },
  leaseDurationMs: 15_000,
  timeoutMs: 30_000,
} as unknown as FailoverPlan

class Scene {
  readonly clock = new FakeClock()
  readonly client = new FakeClient(this.clock, (request) => this.#answer(request))
  readonly deletions: string[] = []
  end: FailoverEnd | null = null
  #lease: unknown = null
  #version = 10

  failure: unknown = null
  /** What the deletion is answered with, and everything after it. */
  deletionReply: Reply = { body: {} }
  laterReply: Reply | null = null

  hold(holderIdentity: string, change: object = {}): void {
    const renewTime = new Date(this.clock.wallMs()).toISOString()
    const spec = { holderIdentity, leaseDurationSeconds: 15, leaseTransitions: 3, acquireTime: ACQUIRED, renewTime, ...change }
    this.#lease = lease('web', spec, { resourceVersion: String(++this.#version) })
  }

  move(): void {
    const options = { clock: this.clock, signal: new AbortController().signal, onEvent: () => undefined }
    void moveByEnding(this.client, PLAN, options).then(
      (end) => (this.end = end),
      (error: unknown) => (this.failure = error),
    )
  }

  #answer({ method, path, query }: ApiRequest): Reply {
    if (query?.['watch'] !== undefined) return fail('forbidden')
    if (method !== 'DELETE') return (this.deletions.length > 0 && this.laterReply) || { body: this.#lease }
    this.deletions.push(path)
    return this.deletionReply
  }
}

describe('after the deletion of the leader\'s Pod', () => {
  let scene: Scene
  beforeEach(async () => {
    scene = new Scene()
    scene.hold('old')
    scene.move()
    await scene.clock.advance(3_000)
  })

  it('another candidate that acquires the lease is the new leader', async () => {
    scene.hold('new')
    await scene.clock.advance(2_000)
    expect(scene.end).toMatchObject({ type: 'taken', holderIdentity: 'new', abortion: null })
  })

  it('another failover\'s placeholder is not a new leader', async () => {
    scene.hold(OTHERS_PLACEHOLDER)
    await scene.clock.advance(2_000)
    expect(scene.end).toMatchObject({ type: 'aborted', holderIdentity: '', abortion: { cause: 'underway', left: 'podDeleted' } })
  })
})

describe('no Pod is deleted if', () => {
  it.each<[string, string, object]>([
    ['another leads by now', 'new', { holderIdentity: 'new', abortion: { cause: 'taken', left: 'untouched' } }],
    ['nobody does', '', { holderIdentity: '', abortion: { cause: 'emptied', left: 'untouched' } }],
    ['another failover is under way', OTHERS_PLACEHOLDER, { holderIdentity: '', abortion: { cause: 'underway', left: 'untouched' } }],
  ])('%s', async (_what, holderIdentity, end) => {
    const scene = new Scene()
    scene.hold(holderIdentity)
    scene.move()
    await scene.clock.advance(2_000)
    expect(scene.end).toMatchObject({ type: 'aborted', ...end })
    expect(scene.deletions).toEqual([])
  })
})

describe('what has changed since the plan', () => {
  it.each([
    ['the lease duration', { leaseDurationSeconds: 60 }, 'durationChanged'],
    ['the acquisition', { acquireTime: '2026-01-01T00:00:05.000000Z' }, 'reacquired'],
  ])('deletes nothing: %s', async (_what, change, cause) => {
    const scene = new Scene()
    scene.hold('old', change)
    scene.move()
    await scene.clock.advance(2_000)
    expect(scene.end).toMatchObject({ type: 'aborted', holderIdentity: 'old', abortion: { cause, left: 'untouched' } })
    expect(scene.deletions).toEqual([])
  })

  it.each([
    ['the Pod is gone', new ClusterError(verbatim('gone'), { kind: 'notFound', status: 404, reason: 'NotFound' })],
    ['another Pod has its name', fail('conflict')],
  ])('is noticed when the Pod is deleted: %s', async (_what, reply) => {
    const scene = new Scene()
    scene.deletionReply = reply
    scene.hold('old')
    scene.move()
    await scene.clock.advance(2_000)
    expect(scene.end).toMatchObject({ type: 'aborted', abortion: { cause: 'podReplaced', left: 'untouched' } })
  })
})

describe('an API server that goes away', () => {
  it('with the deletion leaves it open whether the Pod is deleted, and that is said', async () => {
    const scene = new Scene()
    scene.deletionReply = fail('unreachable')
    scene.hold('old')
    scene.move()
    await scene.clock.advance(2_000)
    expect(String(scene.failure)).toContain('It is not known whether the Pod team-a/old is being deleted.')
  })

  it('after the deletion leaves a Pod that is being deleted, and that is said', async () => {
    const scene = new Scene()
    scene.laterReply = fail('unreachable')
    scene.hold('old')
    scene.move()
    await scene.clock.advance(200_000)
    expect(String(scene.failure)).toContain('The Pod team-a/old is being deleted. It is not known which candidate has acquired the lease since.')
  })

  it.each([['forbidden'], ['invalid']] as const)('is another thing than one that refuses (%s)', async (kind) => {
    const scene = new Scene()
    scene.deletionReply = fail(kind)
    scene.hold('old')
    scene.move()
    await scene.clock.advance(2_000)
    expect(scene.failure).toMatchObject({ kind })
    expect(String(scene.failure)).not.toContain('being deleted')
  })
})
