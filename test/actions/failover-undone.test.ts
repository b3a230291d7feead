import { beforeEach, describe, expect, it } from 'vitest'
import { FailoverSteps, type FailoverEnd, type FailoverTerms } from '../../shared/actions/failover/failover-steps.ts'
import { LeaderElector } from '../../shared/election/elector.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { MemoryLock } from '../election/memory-lock.ts'

/**
 * A failover that is undone while a real elector leads: "a", with the standby "b" beside it. Whenever it is interrupted,
 * and however long the work takes to end, somebody leads as soon as that work has ended, and the verdict is what happens.
 */
const TERMS: FailoverTerms = {
  from: 'a',
  to: null,
  leaseDurationMs: 15_000,
  renewIntervalMs: 2_000,
  blockMs: 17_000,
  placeholderMs: 18_000,
  timeoutMs: 30_000,
}

let clock: FakeClock
let lock: MemoryLock
/** Whose work goes on. */
let working: Set<string>
/** Every start of work, by whom and when; most that went on at once. */
let starts: { readonly by: string; readonly atMs: number }[]
let mostAtOnce: number
let end: FailoverEnd | null
let endedAtMs: number

beforeEach(() => {
  clock = new FakeClock()
  lock = new MemoryLock()
  working = new Set()
  starts = []
  mostAtOnce = 0
  end = null
})

async function stand(identity: string, { rejoin, windDownMs }: { rejoin: boolean; windDownMs: number }): Promise<AbortController> {
  const stop = new AbortController()
  void new LeaderElector({
    ...{ lock, clock, identity, rejoin, random: () => 0.5 },
    onStartedLeading: async ({ signal }) => {
      starts.push({ by: identity, atMs: clock.monotonicMs() })
      working.add(identity)
      mostAtOnce = Math.max(mostAtOnce, working.size)
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      await clock.sleep(windDownMs)
      working.delete(identity)
    },
  }).run(stop.signal)
  await clock.advance(1_000)
  return stop
}

/** Begins a failover, and interrupts it. */
async function undo(afterMs: number): Promise<number> {
  const interrupt = new AbortController()
  const startedAtMs = clock.monotonicMs()
  const course = new FailoverSteps({ lock, clock, terms: TERMS, nonce: 'n1', signal: interrupt.signal, onEvent: () => undefined })
  void course.run().then((ended) => {
    end = ended
    endedAtMs = clock.monotonicMs()
  })
  await clock.advance(afterMs)
  interrupt.abort()
  await clock.advance(25_000)
  return startedAtMs
}

const INTERRUPTED_MS = [0, 300, 1_900]
const WIND_DOWN_MS = [0, 299, 301, 1_000, 5_000, 14_000]
const CASES = INTERRUPTED_MS.flatMap((afterMs) =>
  WIND_DOWN_MS.flatMap((windDownMs) => [true, false].map((rejoin) => ({ afterMs, windDownMs, rejoin }))),
)

describe.each(CASES)('interrupted after $afterMs ms, with work that takes $windDownMs ms to end (rejoin: $rejoin)', ({ afterMs, windDownMs, rejoin }) => {
  it('has a leader as soon as that work has ended, and says which', async () => {
    await stand('a', { rejoin, windDownMs })
    await stand('b', { rejoin: true, windDownMs: 0 })
    await clock.advance(9_000)
    const startedAtMs = await undo(afterMs)
    const next = starts[1]!
    expect(next.atMs - startedAtMs).toBe(windDownMs)
    expect(mostAtOnce).toBe(1)
    expect(starts).toHaveLength(2)
    // What is put back leads on if it stands again. What has acknowledged before is released, for whoever is first.
    const isPutBack = windDownMs > afterMs
    if (isPutBack) expect(next.by).toBe(rejoin ? 'a' : 'b')
    if (isPutBack) expect(end).toMatchObject({ type: 'aborted', abortion: { cause: 'interrupted', left: rejoin ? 'restored' : 'released' } })
    // Its work had ended before the interruption, and it has been followed already.
    else expect(end).toMatchObject({ type: 'taken', holderIdentity: next.by })
    expect(endedAtMs - startedAtMs).toBeLessThanOrEqual(Math.max(windDownMs, afterMs))
  })
})

it('leaves no lease without renewals, even if there is no other candidate', async () => {
  await stand('a', { rejoin: false, windDownMs: 1_000 })
  await undo(300)
  expect(lock.record).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 })
  expect(end).toMatchObject({ holderIdentity: '', abortion: { cause: 'interrupted', left: 'released' } })
})

it('says so if the leader was killed and does not renew', async () => {
  lock.write({ holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 1, acquireTime: null, renewTime: null, strategy: null, preferredHolder: null })
  const startedAtMs = await undo(300)
  expect(end).toMatchObject({ holderIdentity: 'a', abortion: { cause: 'interrupted', left: 'unrenewed' } })
  expect(endedAtMs - startedAtMs).toBe(15_300)
})

it('lets a leader that is told to leave in the meantime release the lease', async () => {
  const stop = await stand('a', { rejoin: true, windDownMs: 2_000 })
  void clock.sleep(1_000).then(() => stop.abort())
  await undo(300)
  expect(lock.record).toMatchObject({ holderIdentity: '' })
  expect(end).toMatchObject({ abortion: { cause: 'interrupted', left: 'released' } })
})
