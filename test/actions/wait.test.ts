import { beforeEach, describe, expect, it } from 'vitest'
import { waitForElection, type WaitOutcome } from '../../shared/actions/wait.ts'
import type { WaitCondition } from '../../shared/actions/wait-condition.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { FakeClient, FakeWatch, fail, listBody, type Reply } from '../support/fake-client.ts'

const TARGET = { lock: 'lease', namespace: 'default', name: 'x' } as const
const HOUR_MS = 3_600_000

/** One lease behind an API server that can be cut off, and a wait for it. */
class Scene {
  readonly clock = new FakeClock()
  readonly interruption = new AbortController()
  readonly client: FakeClient
  lease: object | null = null
  refusal: Reply | null = null
  isGetForbidden = false
  outcome: WaitOutcome | 'waiting' = 'waiting'
  error: Error | null = null
  #watch = new FakeWatch()
  #version = 10

  constructor() {
    this.client = new FakeClient(this.clock, (request) => {
      if (this.refusal) return this.refusal
      if (request.query?.['watch']) {
        this.#watch = new FakeWatch()
        if (Number(request.query['resourceVersion']) < this.#version) this.#watch.send({ type: 'MODIFIED', object: this.lease })
        return { watch: this.#watch }
      }
      if (request.path.endsWith('/leases/x') && this.isGetForbidden) return fail('forbidden')
      if (request.path.endsWith('/leases/x')) return this.lease ? { body: this.lease } : fail('notFound')
      return listBody(String(this.#version), this.lease ? [this.lease] : [])
    })
  }

  /** Stores the lease without telling anybody. */
  store(holderIdentity: string, renewal: number, skewMs = 0): void {
    const renewTime = new Date(this.clock.wallMs() + skewMs + renewal).toISOString()
    this.lease = {
      metadata: { namespace: 'default', name: 'x', uid: 'u', resourceVersion: String(++this.#version) },
      spec: { holderIdentity, leaseDurationSeconds: 15, leaseTransitions: 1, renewTime },
    }
  }

  async write(holderIdentity: string, renewal: number, skewMs = 0): Promise<void> {
    const isNew = this.lease === null
    this.store(holderIdentity, renewal, skewMs)
    this.#watch.send({ type: isNew ? 'ADDED' : 'MODIFIED', object: this.lease })
    await this.clock.advance(0)
  }

  async remove(): Promise<void> {
    this.#watch.send({ type: 'DELETED', object: this.lease })
    this.lease = null
    await this.clock.advance(0)
  }

  /** The connection breaks, and is refused from now on. */
  async cut(): Promise<void> {
    this.refusal = fail('unreachable')
    this.#watch.break()
    await this.clock.advance(0)
  }

  async wait(condition: WaitCondition, timeoutMs = 60_000): Promise<void> {
    waitForElection(this.client, this.clock, TARGET, condition, { timeoutMs, signal: this.interruption.signal }).then(
      (outcome) => (this.outcome = outcome),
      (error: unknown) => (this.error = error as Error),
    )
    // Lists, watches, and confirms: a few turns of the event loop.
    for (let turn = 0; turn < 10; turn++) await this.clock.advance(0)
  }

  get result(): string {
    if (this.error) return `error ${this.error.message}`
    return this.outcome === 'waiting' ? 'waiting' : this.outcome.result
  }
}

let scene: Scene
beforeEach(() => {
  scene = new Scene()
})

describe('waiting until it is held', () => {
  it.each([[-HOUR_MS], [0], [HOUR_MS]])('takes a renewal, not a time that is %i ms off', async (skewMs) => {
    scene.store('a', 0, skewMs)
    await scene.wait({ for: 'held' })
    await scene.clock.advance(5_000)
    expect(scene.result).toBe('waiting')
    await scene.write('a', 1, skewMs)
    expect(scene.outcome).toMatchObject({ result: 'met', status: { state: 'held', basis: 'observed' } })
  })

  it('waits for a lease that does not exist yet', async () => {
    await scene.wait({ for: 'held' })
    expect(scene.result).toBe('waiting')
    await scene.write('a', 0)
    expect(scene.result).toBe('met')
  })

  it('is over when the time is up, with what was seen instead', async () => {
    scene.store('a', 0)
    await scene.wait({ for: 'held' }, 10_000)
    await scene.clock.advance(9_999)
    expect(scene.result).toBe('waiting')
    await scene.clock.advance(1)
    expect(scene.outcome).toMatchObject({ result: 'timedOut', election: { record: { holderIdentity: 'a' } } })
  })
})

describe('waiting until it is free', () => {
  it.each([
    ['it is released', async () => scene.write('', 1)],
    ['it is deleted', async () => scene.remove()],
  ])('is over when %s', async (_, happen) => {
    scene.store('a', 0)
    await scene.wait({ for: 'free' })
    expect(scene.result).toBe('waiting')
    await happen()
    expect(scene.result).toBe('met')
  })

  it.each([
    ['does not exist', () => {}],
    ['has no holder', () => scene.store('', 0)],
  ])('ends at the first reading if the lease %s, however short the timeout', async (_, prepare) => {
    prepare()
    await scene.wait({ for: 'free' }, 0)
    expect(scene.result).toBe('met')
  })

  it('does not end at the first and only reading if there is a holder', async () => {
    scene.store('a', 0, -HOUR_MS)
    await scene.wait({ for: 'free' }, 0)
    expect(scene.result).toBe('timedOut')
  })

  it.each([[-HOUR_MS], [0], [HOUR_MS]])('takes a whole lease duration of silence, whatever time is in it (%i ms off)', async (skewMs) => {
    scene.store('a', 0, skewMs)
    await scene.wait({ for: 'free' })
    await scene.clock.advance(10_000)
    await scene.write('a', 1, skewMs)
    await scene.clock.advance(14_999)
    expect(scene.result).toBe('waiting')
    await scene.clock.advance(1)
    expect(scene.outcome).toMatchObject({ result: 'met', status: { state: 'expired', basis: 'observed' } })
  })

  it('does not end while a failover blocks the lease, but when it is released', async () => {
    scene.store('kubectl-leader-failover_x', 0)
    await scene.wait({ for: 'free' })
    await scene.clock.advance(5_000)
    expect(scene.result).toBe('waiting')
    await scene.write('', 1)
    await scene.clock.advance(1_000)
    expect(scene.result).toBe('met')
  })

  it('ends when a killed failover has been silent for a lease duration', async () => {
    scene.store('kubectl-leader-failover_x', 0)
    await scene.wait({ for: 'free' })
    await scene.clock.advance(15_000)
    expect(scene.result).toBe('met')
  })

  it('does not take a silent connection for a silent holder', async () => {
    scene.store('a', 0)
    await scene.wait({ for: 'free' })
    await scene.clock.advance(10_000)
    // Renewed, but the watch says nothing of it.
    scene.store('a', 1)
    await scene.clock.advance(10_000)
    expect(scene.result).toBe('waiting')
  })

  it('does not take a lost connection for a silent holder', async () => {
    scene.store('a', 0)
    await scene.wait({ for: 'free' })
    await scene.cut()
    await scene.clock.advance(40_000)
    expect(scene.result).toBe('waiting')
    scene.refusal = null
    await scene.clock.advance(15_000)
    expect(scene.result).toBe('met')
  })

  it('says that the connection was lost if the timeout is reached in the meantime', async () => {
    scene.store('a', 0)
    await scene.wait({ for: 'free' })
    await scene.cut()
    await scene.clock.advance(60_000)
    expect(scene.outcome).toMatchObject({ result: 'timedOut', view: { connected: false } })
  })

  it('relies on the watch if reading the lease on its own is not allowed', async () => {
    scene.store('a', 0)
    scene.isGetForbidden = true
    await scene.wait({ for: 'free' })
    await scene.clock.advance(14_999)
    expect(scene.result).toBe('waiting')
    await scene.clock.advance(1_001)
    expect(scene.outcome).toMatchObject({ result: 'met', status: { state: 'expired' } })
  })
})

describe('waiting until it changed', () => {
  it('takes another holder than the first, and says both', async () => {
    scene.store('a', 0)
    await scene.wait({ for: 'changed' })
    await scene.write('a', 1)
    await scene.write('', 2)
    expect(scene.result).toBe('waiting')
    await scene.write('b', 3)
    expect(scene.outcome).toMatchObject({
      result: 'met',
      firstHolderIdentity: 'a',
      election: { record: { holderIdentity: 'b' } },
    })
  })

  it('sees a change that happened while the connection was lost', async () => {
    scene.store('a', 0)
    await scene.wait({ for: 'changed' })
    await scene.cut()
    scene.store('b', 1)
    scene.refusal = null
    await scene.clock.advance(15_000)
    expect(scene.result).toBe('met')
  })
})

describe('waiting for a holder', () => {
  it('takes only that holder', async () => {
    scene.store('b', 0)
    await scene.wait({ for: 'holder', identity: 'b' })
    await scene.write('a', 1)
    expect(scene.result).toBe('waiting')
    await scene.write('b', 2)
    expect(scene.result).toBe('met')
  })
})

describe('a wait', () => {
  it('fails if the first reading fails', async () => {
    scene.refusal = fail('forbidden')
    await scene.wait({ for: 'held' })
    expect(scene.error).toMatchObject({ kind: 'forbidden' })
  })

  it('says that it read nothing if no answer arrives in time', async () => {
    scene.refusal = 'hang'
    await scene.wait({ for: 'held' }, 5_000)
    await scene.clock.advance(5_000)
    expect(scene.outcome).toMatchObject({ result: 'unread', election: null })
  })

  it.each([
    ['before the first answer', 'hang' as const],
    ['later', null],
  ])('ends with the reason of its signal, %s', async (_, refusal) => {
    scene.refusal = refusal
    await scene.wait({ for: 'held' })
    const reason = new DOMException('Interrupted.', 'AbortError')
    scene.interruption.abort(reason)
    await scene.clock.advance(0)
    expect(scene.error).toBe(reason)
  })

  it('leaves nothing running', async () => {
    scene.store('a', 0)
    await scene.wait({ for: 'held' })
    await scene.write('a', 1)
    for (let turn = 0; turn < 10; turn++) await scene.clock.advance(0)
    expect(scene.clock.sleeping).toBe(0)
  })
})
