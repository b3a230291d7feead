import { describe, expect, it } from 'vitest'
import { LeaderElector } from '../../shared/election/elector.ts'
import type { ElectorOptions } from '../../shared/election/elector-options.ts'
import type { Stopwatch } from '../../shared/election/machine/stopwatch.ts'
import { aborted } from '../../shared/time/aborted.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { MemoryLock } from './memory-lock.ts'
import { heldBy } from './records.ts'

const RETRY_MS = 2_000

interface Scene {
  readonly clock: FakeClock
  readonly lock: MemoryLock
  readonly told: Stopwatch[]
  readonly calls: string[]
  readonly stop: AbortController
}

async function lead(lock: MemoryLock, options: Partial<ElectorOptions> = {}): Promise<Scene> {
  const clock = new FakeClock()
  const scene: Scene = { clock, lock, told: [], calls: [], stop: new AbortController() }
  const elector = new LeaderElector({
    lock,
    clock,
    identity: 'me',
    retryPeriodMs: RETRY_MS,
    random: () => 0,
    onRenewed: (renewal) => {
      scene.told.push(renewal)
      scene.calls.push('renewed')
    },
    onStartedLeading: ({ signal }) => {
      scene.calls.push('started')
      return aborted(signal)
    },
    ...options,
  })
  elector.run(scene.stop.signal).catch(() => undefined)
  await clock.advance(0)
  return scene
}

const ages = ({ clock, told }: Scene): number[] => told.map(({ startedAtMs }) => clock.monotonicMs() - startedAtMs)

describe('a renewal is told', () => {
  it('before the work starts, and then each time', async () => {
    const scene = await lead(new MemoryLock())
    await scene.clock.advance(2 * RETRY_MS)
    expect(scene.calls).toEqual(['renewed', 'started', 'renewed', 'renewed'])
    expect(ages(scene)).toEqual([2 * RETRY_MS, RETRY_MS, 0])
  })

  it('from when its request was sent, if the answer was lost and the record turns up', async () => {
    const lock = new MemoryLock({ canWatch: false })
    const scene = await lead(lock)
    lock.troubles.push('apply-and-hang')
    await scene.clock.advance(RETRY_MS)
    expect(scene.told).toHaveLength(1)
    while (scene.told.length === 1) await scene.clock.advance(100)
    expect(scene.told[1]!.startedAtMs).toBe(scene.told[0]!.startedAtMs + RETRY_MS)
  })

  it('with how far the wall clock was set back since it was sent', async () => {
    const lock = new MemoryLock()
    const scene = await lead(lock)
    const [renewal] = scene.told
    const before = renewal!.startMoment
    scene.clock.jumpWall(-1_000)
    await scene.clock.advance(100)
    scene.clock.jumpWall(1_000)
    expect(renewal!.startMoment).toEqual({ ...before, wallMs: before.wallMs - 1_000 })
  })

  it.each([
    ['is for another holder', (lock: MemoryLock) => (lock.alter = (record) => ({ ...record, holderIdentity: 'other' }))],
    ['fails', (lock: MemoryLock) => (lock.isDown = true)],
    ['comes after another candidate has acquired the lease', (lock: MemoryLock) => lock.write(heldBy('other'))],
  ])('not if a write %s', async (_how, happens) => {
    const lock = new MemoryLock()
    const scene = await lead(lock)
    happens(lock)
    await scene.clock.advance(8_000)
    expect(scene.told).toHaveLength(1)
  })

  it('not when the lease is released', async () => {
    const scene = await lead(new MemoryLock())
    scene.stop.abort()
    await scene.clock.advance(0)
    expect(scene.lock.record?.holderIdentity).toBe('')
    expect(scene.told).toHaveLength(1)
  })
})

it('a callback that throws ends the candidacy', async () => {
  const failure = new Error('told too much')
  const lock = new MemoryLock()
  const elector = new LeaderElector({
    lock,
    clock: new FakeClock(),
    identity: 'me',
    onRenewed: () => {
      throw failure
    },
    onStartedLeading: ({ signal }) => aborted(signal),
  })
  await expect(elector.run(new AbortController().signal)).rejects.toBe(failure)
  expect(lock.record?.holderIdentity).toBe('')
})
