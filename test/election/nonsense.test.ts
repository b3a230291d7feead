import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LeaderElector } from '../../shared/election/elector.ts'
import type { ElectorOptions } from '../../shared/election/elector-options.ts'
import type { LeadershipEnded } from '../../shared/election/leadership.ts'
import { LockError } from '../../shared/locks/errors.ts'
import type { Lock, LockEvent } from '../../shared/locks/lock.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import '../property/arbitrary.ts'
import { MemoryLock } from './memory-lock.ts'

/** What a program in JavaScript may answer by mistake. */
const nonsense = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, 0, 7, Number.NaN, '', 'x', true, [], {}, () => undefined, Symbol('x')),
  fc.record(
    {
      record: fc.oneof(
        fc.constantFrom<unknown>(undefined, null, 'x', []),
        fc.record(
          {
            holderIdentity: fc.constantFrom<unknown>('me', '', 'x', null, 7),
            leaseDurationSeconds: fc.constantFrom<unknown>(15, 1, null, '15', Number.NaN),
            leaseTransitions: fc.constantFrom<unknown>(0, 3, null, '3', Number.POSITIVE_INFINITY),
            acquireTime: fc.constantFrom<unknown>('2026-01-01T00:00:00.000000Z', null, 5),
            renewTime: fc.constantFrom<unknown>('2026-01-01T00:00:00.000000Z', null, new Date(0)),
            strategy: fc.constantFrom<unknown>(null, undefined, 1),
            preferredHolder: fc.constantFrom<unknown>(null, undefined, 1),
          },
          { requiredKeys: [] },
        ),
      ),
      version: fc.constantFrom<unknown>('101', '1', '999', 7, 101n, '', '1.5', '-1', '0x10', ' 1', null),
      handedOver: fc.constantFrom<unknown>(true, false, undefined, 'no', 0),
      acknowledgement: fc.constantFrom<unknown>(null, undefined, {}, 'x', { nonce: 1, identity: 'x' }),
    },
    { requiredKeys: [] },
  ),
)

/** How a request goes wrong: it is answered with nonsense, throws instead of rejecting, or rejects with anything. */
const mishap = fc.oneof(
  { weight: 4, arbitrary: nonsense.map((value) => ({ kind: 'answer' as const, value })) },
  { weight: 1, arbitrary: nonsense.map((value) => ({ kind: 'throw' as const, value })) },
  { weight: 1, arbitrary: nonsense.map((value) => ({ kind: 'reject' as const, value })) },
)

type Mishap = typeof mishap extends fc.Arbitrary<infer Value> ? Value : never

/** A lock of which some requests, by their number, go wrong after they were applied; and so do some events. */
function spoiled(lock: MemoryLock, at: ReadonlyMap<number, Mishap>): Lock {
  let count = 0
  const spoil = (send: () => Promise<unknown>): Promise<never> => {
    const mishap = at.get(count++)
    if (!mishap) return send() as Promise<never>
    void send().catch(() => undefined)
    if (mishap.kind === 'throw') throw mishap.value
    return (mishap.kind === 'reject' ? Promise.reject(mishap.value) : Promise.resolve(mishap.value)) as Promise<never>
  }
  return {
    description: lock.description,
    read: (signal) => spoil(() => lock.read(signal)),
    create: (record, signal) => spoil(() => lock.create(record, signal)),
    update: (previous, record, signal) => spoil(() => lock.update(previous, record, signal)),
    watch: (listener, signal) => {
      const mishap = at.get(count++)
      if (mishap?.kind === 'throw') throw mishap.value
      if (mishap?.kind === 'reject') return Promise.reject(mishap.value)
      return lock.watch!((event) => {
        const spoiledEvent = at.get(count++)
        listener(spoiledEvent ? (spoiledEvent.value as LockEvent) : event)
      }, signal)
    },
  }
}

/** An elector whose work ends as it is told, and what there is to see of it. */
function observed(options: Partial<ElectorOptions> & Pick<ElectorOptions, 'lock' | 'clock'>) {
  const seen = { isWorking: false, told: [] as string[], errors: [] as unknown[], result: undefined as unknown }
  const stop = new AbortController()
  const elector = new LeaderElector({
    identity: 'me',
    random: () => 0.5,
    rejoin: true,
    onError: (error) => seen.errors.push(error),
    onStartedLeading: ({ signal }) => {
      seen.isWorking = true
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          seen.isWorking = false
          seen.told.push((signal.reason as LeadershipEnded).reason)
          resolve()
        })
      })
    },
    ...options,
  })
  const ended = elector.run(stop.signal).then(
    (reason) => (seen.result = reason),
    (error: unknown) => (seen.result = { error }),
  )
  return { elector, seen, stop, ended }
}

async function withoutUnhandledRejections(act: () => Promise<void>): Promise<void> {
  const rejections: unknown[] = []
  const note = (error: unknown): unknown => rejections.push(error)
  process.on('unhandledRejection', note)
  try {
    await act()
    await new Promise((resolve) => setImmediate(resolve))
    expect(rejections).toEqual([])
  } finally {
    process.off('unhandledRejection', note)
  }
}

describe('whatever a lock answers,', () => {
  it('work goes on only while the lease is renewed, and the candidate can be told to leave', async () => {
    await withoutUnhandledRejections(async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(fc.nat(20), mishap), { maxLength: 8 }), fc.boolean(), async (mishaps, canWatch) => {
          const clock = new FakeClock()
          const lock = new MemoryLock({ canWatch })
          const { elector, seen, stop, ended } = observed({ lock: spoiled(lock, new Map(mishaps)), clock })
          let lastMs = clock.monotonicMs()
          let renewTime: string | null = null
          for (let step = 0; step < 16; step++) {
            if (lock.record && lock.record.renewTime !== renewTime) {
              renewTime = lock.record.renewTime
              lastMs = clock.monotonicMs()
            }
            if (seen.isWorking) expect(clock.monotonicMs() - lastMs).toBeLessThanOrEqual(12_500)
            expect(elector.isLeader()).toBe(seen.isWorking)
            await clock.advance(2_500)
          }
          stop.abort()
          await clock.advance(20_000)
          expect(seen.result).toBeDefined()
          expect(seen.isWorking).toBe(false)
          await ended
          expect(clock.sleeping).toBe(0)
        }),
      )
    })
  }, 120_000)

  it.each<[what: string, request: 'update' | 'read', answer: object, message: string]>([
    ['a number for a version', 'update', { version: 7 }, 'LockError: The answer to update() of lease default/test is invalid: version is the number 7, not a string of decimal digits.'],
    ['no record', 'update', { record: undefined }, 'LockError: The answer to update() of lease default/test is invalid: record is undefined, not an object.'],
    ['half a record', 'update', { record: { holderIdentity: 'me' } }, 'LockError: The answer to update() of lease default/test is invalid: record.leaseTransitions is undefined, not a finite number.'],
    ['no mark', 'update', { handedOver: undefined }, 'LockError: The answer to update() of lease default/test is invalid: handedOver is undefined, not true or false.'],
  ])('it is reported in a sentence: %s', async (_what, request, answer, message) => {
    const clock = new FakeClock()
    const lock = new MemoryLock()
    const { seen } = observed({ lock, clock })
    await clock.advance(3_000)
    lock[request] = () => Promise.resolve({ record: lock.record!, version: '900', handedOver: false, ...answer } as never)
    await clock.advance(2_000)
    expect(String(seen.errors[0])).toBe(message)
  })

  it('an invalid event is dropped, and reported', async () => {
    const clock = new FakeClock()
    const lock = new MemoryLock()
    let tell: (event: LockEvent) => void = () => undefined
    const { elector, seen } = observed({
      lock: { ...spoiled(lock, new Map()), watch: (listener) => new Promise(() => (tell = listener)) },
      clock,
    })
    await clock.advance(1_000)
    tell({ type: 'written', locked: { record: lock.record!, version: 900 as never, handedOver: false } })
    tell({ type: 'deleted' } as never)
    tell({ type: 'unknown' } as never)
    await clock.advance(20_000)
    expect(elector.isLeader()).toBe(true)
    expect(seen.errors.map(String)).toEqual([
      'LockError: An event of lease default/test is invalid: version is the number 900, not a string of decimal digits.',
      'LockError: An event of lease default/test is invalid: version is undefined, not a string of decimal digits.',
      "LockError: An event of lease default/test is invalid: type is the string \"unknown\", not 'written' or 'deleted'.",
    ])
  })

  it('a record that the lock changes afterwards stays what it was', async () => {
    const clock = new FakeClock()
    const lock = new MemoryLock()
    const { elector } = observed({ lock, clock })
    await clock.advance(1_000)
    Object.assign(lock.record!, { holderIdentity: 'x' })
    await clock.advance(0)
    expect(elector.getLeader()).toBe('me')
  })
})

describe('whatever fails beside the lock,', () => {
  const broken = new Error('broken')
  const failing = <Value>(sound: () => Value, failsFrom: () => boolean, value: unknown = broken): Value => {
    if (!failsFrom()) return sound()
    if (value === broken) throw broken
    return value as Value
  }

  it.each<[what: string, breakIt: (isBroken: () => boolean) => Partial<ElectorOptions> & { clock?: FakeClock }, error: unknown]>([
    ['a monotonic clock that throws', (isBroken) => ({ clock: brokenClock('monotonicMs', () => failing(() => 0, isBroken), isBroken) }), broken],
    ['a monotonic clock without a number', (isBroken) => ({ clock: brokenClock('monotonicMs', () => Number.NaN, isBroken) }), expect.objectContaining({ message: 'clock.monotonicMs() returned NaN, not a finite number' })],
    ['a wall clock that throws', (isBroken) => ({ clock: brokenClock('wallMs', () => failing(() => 0, isBroken), isBroken) }), broken],
    ['a wall clock without a number', (isBroken) => ({ clock: brokenClock('wallMs', () => undefined, isBroken) }), expect.objectContaining({ message: 'clock.wallMs() returned undefined, not a finite number' })],
    ['a sleep that throws', (isBroken) => ({ clock: brokenClock('sleep', () => failing(() => 0, isBroken), isBroken) }), broken],
    ['a sleep that rejects', (isBroken) => ({ clock: brokenClock('sleep', () => Promise.reject(broken), isBroken) }), broken],
    ['metrics that throw', (isBroken) => ({ metrics: { leaderOn() {}, leaderOff() {}, slowpathExercised: () => failing(() => undefined, isBroken) } }), broken],
    ['an onError that throws', (isBroken) => ({ onError: () => failing(() => undefined, isBroken) }), broken],
  ])('no leader is left without its deadline: %s', async (_what, breakIt, error) => {
    await withoutUnhandledRejections(async () => {
      let isBroken = false
      const lock = new MemoryLock()
      const clock = new FakeClock()
      const options = breakIt(() => isBroken)
      if (options.clock) Object.setPrototypeOf(options.clock, clock)
      const { elector, seen } = observed({ lock, clock, ...options })
      await clock.advance(3_000)
      expect(elector.isLeader()).toBe(true)
      isBroken = true
      lock.troubles.push(new LockError('conflict', 'lost'), new LockError('unknown', 'no answer'))
      await clock.advance(11_000)
      expect(seen.isWorking).toBe(false)
      expect(seen.result).toEqual({ error })
      isBroken = false
      expect(elector.isLeader()).toBe(false)
    })
  })

  it.each<[string, () => number, unknown]>([
    ['throws', () => { throw broken }, broken],
    ['gives no number', () => Number.NaN, expect.objectContaining({ message: 'random() returned NaN, not a number from 0 to below 1' })],
    ['gives 1', () => 1, expect.objectContaining({ message: 'random() returned 1, not a number from 0 to below 1' })],
  ])('random that %s ends the run', async (_what, random, error) => {
    await withoutUnhandledRejections(async () => {
      const clock = new FakeClock()
      const { seen } = observed({ lock: new MemoryLock(), clock, random })
      await clock.advance(1_000)
      expect(seen.result).toEqual({ error })
      expect(clock.sleeping).toBe(0)
    })
  })

  it('work that does not end is waited for, and reported when it outlives the lease', async () => {
    const clock = new FakeClock()
    let endWork = (): void => undefined
    const calls: string[] = []
    const metrics = { leaderOn() {}, leaderOff: () => calls.push('off'), slowpathExercised() {} }
    let isBroken = false
    const { seen } = observed({
      // Its watch ends, so that there is a pause to be drawn by lot.
      lock: Object.assign(new MemoryLock(), { watch: () => clock.sleep(1_500) }),
      clock,
      random: () => {
        if (isBroken) throw broken
        return 0.5
      },
      metrics,
      onOverrun: 'exit',
      exitProcess: () => calls.push('exit'),
      onOverran: () => calls.push('overran'),
      onStoppedLeading: (reason) => calls.push(`stopped ${reason}`),
      onStartedLeading: () => new Promise((resolve) => (endWork = resolve)),
    })
    await clock.advance(1_000)
    isBroken = true
    await clock.advance(1_000)
    expect(calls).toEqual(['off', 'off'])
    await clock.advance(10_000)
    expect(calls).toEqual(['off', 'off'])
    await clock.advance(5_000)
    expect(seen.result).toBeUndefined()
    expect(calls).toEqual(['off', 'off', 'overran', 'exit'])
    endWork()
    await clock.advance(0)
    expect(seen.result).toEqual({ error: broken })
    expect(calls.at(-1)).toBe('stopped failed')
  })

  it.each<[string, (elector: () => LeaderElector, stop: AbortController) => Partial<ElectorOptions>]>([
    ['leaves before it leads', (_elector, stop) => ({ onNewLeader: () => stop.abort() })],
    ['leaves as it begins', (_elector, stop) => ({ metrics: { leaderOn: () => stop.abort(), leaderOff() {}, slowpathExercised() {} } })],
    ['looks', (elector) => ({ onNewLeader: () => void elector().isLeader() })],
  ])('a callback may call back: it %s', async (what, options) => {
    const clock = new FakeClock()
    const lock = new MemoryLock()
    const own = new AbortController()
    const elector: LeaderElector = new LeaderElector({
      lock,
      clock,
      identity: 'me',
      onStartedLeading: ({ signal }) => new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve()))),
      ...options(() => elector, own),
    })
    const ended = elector.run(own.signal)
    await clock.advance(1_000)
    own.abort()
    await clock.advance(0)
    expect(await ended).toBe(what === 'leaves before it leads' ? null : 'stopped')
    expect(lock.record!.holderIdentity).toBe('')
  })
})

/** A clock, whose prototype is to be a sound one, and which fails in one way while it is broken. */
function brokenClock(method: 'monotonicMs' | 'wallMs' | 'sleep', fail: () => unknown, isBroken: () => boolean): FakeClock {
  const clock = {} as Record<string, unknown>
  return new Proxy(clock, {
    get(_target, name) {
      const sound = Object.getPrototypeOf(clock) as Record<string | symbol, unknown>
      if (name === method && isBroken()) return fail
      const value = sound[name]
      return typeof value === 'function' ? (value.bind(sound) as unknown) : value
    },
  }) as unknown as FakeClock
}
