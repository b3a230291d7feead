import { beforeEach, describe, expect, it } from 'vitest'
import type { FailoverPlan } from '../../shared/actions/failover.ts'
import type { CourseEnd } from '../../shared/actions/failover/course.ts'
import { movePolitely } from '../../shared/actions/failover/pod-deletion.ts'
import type { ApiRequest } from '../../shared/cluster/client.ts'
import { FakeClock } from '../../shared/time/index.ts'
import { lease } from '../support/cluster-objects.ts'
import { fail, FakeClient, type Reply } from '../support/fake-client.ts'

/** What becomes of an election whose leader's Pod is deleted, on a fake clock. */
const OTHERS_PLACEHOLDER = 'kubectl-leader-failover_of-another'
const PLAN = {
  request: { place: { lock: 'lease', namespace: 'team-a', name: 'web' } },
  from: 'old',
  holder: { pod: { namespace: 'team-a', name: 'old', uid: 'u' } },
  leaseDurationMs: 15_000,
  timeoutMs: 30_000,
} as unknown as FailoverPlan

class Scene {
  readonly clock = new FakeClock()
  readonly client = new FakeClient(this.clock, (request) => this.#answer(request))
  readonly deletions: string[] = []
  end: CourseEnd | null = null
  #lease: unknown = null
  #version = 10

  hold(holderIdentity: string): void {
    const renewTime = new Date(this.clock.wallMs()).toISOString()
    const spec = { holderIdentity, leaseDurationSeconds: 15, leaseTransitions: 3, acquireTime: renewTime, renewTime }
    this.#lease = lease('web', spec, { resourceVersion: String(++this.#version) })
  }

  move(): void {
    const options = { clock: this.clock, signal: new AbortController().signal, onEvent: () => undefined }
    void movePolitely(this.client, PLAN, options).then((end) => (this.end = end))
  }

  #answer({ method, path, query }: ApiRequest): Reply {
    if (query?.['watch'] !== undefined) return fail('forbidden')
    if (method !== 'DELETE') return { body: this.#lease }
    this.deletions.push(path)
    return { body: {} }
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

  it('another that takes the lease is the successor', async () => {
    scene.hold('new')
    await scene.clock.advance(2_000)
    expect(scene.end).toMatchObject({ type: 'taken', holderIdentity: 'new', abortion: null })
  })

  it('another failover\'s placeholder is no successor', async () => {
    scene.hold(OTHERS_PLACEHOLDER)
    await scene.clock.advance(2_000)
    expect(scene.end).toMatchObject({ type: 'aborted', holderIdentity: '', abortion: { cause: 'underway', left: 'podDeleted' } })
  })
})

describe('no Pod is deleted where', () => {
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
