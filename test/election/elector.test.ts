import { describe, expect, it } from 'vitest'
import { LeaderElector } from '../../shared/election/elector.ts'
import type { LeadershipEnded, Leadership } from '../../shared/election/leadership.ts'
import type { ElectorOptions } from '../../shared/election/elector-options.ts'
import { LockError } from '../../shared/locks/errors.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { MemoryLock } from './memory-lock.ts'
import { heldBy, released, renewed } from './records.ts'

/** An elector on a clock of its own, with all that it called written down. */
class Candidate {
  readonly calls: string[] = []
  readonly stop = new AbortController()
  readonly elector: LeaderElector
  leadership: Leadership | null = null
  /** Ends the guarded work. */
  endWork: () => void = () => {}
  failWork: (error: unknown) => void = () => {}
  result: Promise<unknown> = Promise.resolve()

  readonly clock: FakeClock

  constructor(clock: FakeClock, lock: MemoryLock, options: Partial<ElectorOptions> & { endsAtOnce?: boolean } = {}) {
    this.clock = clock
    const { endsAtOnce = true, ...rest } = options
    this.elector = new LeaderElector({
      lock,
      clock,
      identity: 'me',
      random: () => 0,
      onStartedLeading: (leadership) => {
        this.leadership = leadership
        this.calls.push(`started ${leadership.fencingToken}`)
        return new Promise<void>((resolve, reject) => {
          this.endWork = resolve
          this.failWork = reject
          leadership.signal.addEventListener('abort', () => {
            this.calls.push(`aborted ${(leadership.signal.reason as LeadershipEnded).reason}`)
            if (endsAtOnce) resolve()
          })
        })
      },
      onStoppedLeading: (reason) => this.calls.push(`stopped ${reason}`),
      onTermEnded: ({ reason, released }) => this.calls.push(`ended ${reason} ${released ? 'released' : 'kept'}`),
      onNewLeader: (identity) => this.calls.push(`leader ${identity}`),
      onOverran: () => this.calls.push('overran'),
      ...rest,
    })
  }

  /** Begins to run, and lets what can happen at once happen. */
  async start(): Promise<this> {
    this.result = this.elector.run(this.stop.signal).catch((error: unknown) => error)
    await this.clock.advance(0)
    return this
  }
}

const start = (lock: MemoryLock, options?: ConstructorParameters<typeof Candidate>[2]): Promise<Candidate> =>
  new Candidate(new FakeClock(), lock, options).start()

describe('an elector', () => {
  it('leads, renews every retry period, and releases the lease when it is told to stop', async () => {
    const lock = new MemoryLock()
    const candidate = await start(lock)
    expect(candidate.calls).toEqual(['leader me', 'started 101'])
    expect(candidate.elector.isLeader()).toBe(true)
    expect(candidate.elector.getLeader()).toBe('me')
    await candidate.clock.advance(20_000)
    expect(lock.requests).toEqual(['read', 'create me', ...Array.from({ length: 10 }, () => 'update me')])
    candidate.stop.abort()
    expect(candidate.elector.isLeader()).toBe(false)
    expect(candidate.calls.at(-1)).toBe('aborted stopped')
    await candidate.clock.advance(0)
    expect(lock.record).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 0 })
    expect(candidate.calls.slice(2)).toEqual(['aborted stopped', 'stopped stopped', 'ended stopped released'])
    expect(await candidate.result).toBe('stopped')
  })

  it('leaves no timer behind', async () => {
    const candidate = await start(new MemoryLock())
    await candidate.clock.advance(5_000)
    candidate.stop.abort()
    await candidate.clock.advance(0)
    expect(candidate.clock.sleeping).toBe(0)
  })

  it('releases only when the guarded work has ended, and renews until then', async () => {
    const lock = new MemoryLock()
    const candidate = await start(lock, { endsAtOnce: false })
    candidate.stop.abort()
    await candidate.clock.advance(60_000)
    expect(lock.record!.holderIdentity).toBe('me')
    expect(candidate.calls).not.toContain('overran')
    candidate.endWork()
    await candidate.clock.advance(0)
    expect(lock.record!.holderIdentity).toBe('')
  })

  it('hands over at once to a standby that watches', async () => {
    const lock = new MemoryLock()
    const clock = new FakeClock()
    const first = await new Candidate(clock, lock, { identity: 'first' }).start()
    const second = await new Candidate(clock, lock, { identity: 'second' }).start()
    await clock.advance(30_000)
    expect(second.calls).toEqual(['leader first'])
    first.stop.abort()
    await clock.advance(0)
    expect(second.calls).toEqual(['leader first', 'leader second', expect.stringMatching(/^started/)])
    expect(BigInt(second.leadership!.fencingToken) > BigInt(first.leadership!.fencingToken)).toBe(true)
    second.stop.abort()
    await clock.advance(0)
  })

  it('sends nothing while the watch reports renewals', async () => {
    const lock = new MemoryLock()
    lock.write(heldBy('other'))
    const candidate = await start(lock)
    for (let i = 0; i < 60; i++) {
      await candidate.clock.advance(2_000)
      lock.write(renewed(heldBy('other'), i))
    }
    expect(lock.requests).toEqual([])
  })

  it('polls as often as client-go if it may not watch', async () => {
    const lock = new MemoryLock({ canWatch: false })
    lock.write(heldBy('other'))
    const candidate = await start(lock)
    for (let i = 0; i < 10; i++) {
      await candidate.clock.advance(2_000)
      lock.write(renewed(heldBy('other'), i))
    }
    expect(lock.requests).toEqual(Array.from({ length: 11 }, () => 'read'))
  })

  it('takes over from a dead leader exactly when its lease expires, and not before', async () => {
    const lock = new MemoryLock()
    lock.write(heldBy('other'))
    const candidate = await start(lock)
    await candidate.clock.advance(14_999)
    expect(candidate.calls).toEqual(['leader other'])
    await candidate.clock.advance(1)
    expect(candidate.calls.at(-1)).toMatch(/^started/)
    expect(lock.record!.leaseTransitions).toBe(4)
  })

  it('ends when its term does, and joins again with rejoin', async () => {
    for (const rejoin of [false, true]) {
      const lock = new MemoryLock()
      const candidate = await start(lock, { rejoin })
      lock.write(heldBy('other'))
      await candidate.clock.advance(0)
      expect(candidate.calls.slice(2)).toEqual(['aborted taken', 'leader other', 'stopped taken', 'ended taken kept'])
      if (!rejoin) expect(await candidate.result).toBe('taken')
      lock.write(renewed(heldBy('other'), 1))
      lock.write(released(heldBy('other')))
      await candidate.clock.advance(0)
      expect(candidate.calls.filter((call) => call.startsWith('started'))).toHaveLength(rejoin ? 2 : 1)
    }
  })

  it('aborts the work at the renew deadline while a request hangs, and reports work that outlives the lease', async () => {
    const lock = new MemoryLock()
    const candidate = await start(lock, { endsAtOnce: false })
    lock.troubles.push('hang', 'hang', 'hang', 'hang', 'hang', 'hang', 'hang', 'hang', 'hang', 'hang')
    await candidate.clock.advance(9_999)
    expect(candidate.leadership!.signal.aborted).toBe(false)
    await candidate.clock.advance(1)
    expect(candidate.leadership!.signal.aborted).toBe(true)
    await candidate.clock.advance(4_999)
    expect(candidate.calls).not.toContain('overran')
    await candidate.clock.advance(1)
    expect(candidate.calls).toContain('overran')
  })

  it('recognizes a renewal whose answer was lost', async () => {
    const lock = new MemoryLock()
    const candidate = await start(lock)
    lock.troubles.push('apply-and-hang')
    await candidate.clock.advance(20_000)
    expect(candidate.elector.isLeader()).toBe(true)
  })

  it('keeps leading if every answer takes longer than its timeout', async () => {
    const lock = new MemoryLock({ canWatch: false })
    const candidate = await start(lock)
    const { read, update } = { read: lock.read.bind(lock), update: lock.update.bind(lock) }
    const isAborted: boolean[] = []
    const slowly = async <Answer>(answer: Promise<Answer>, signal: AbortSignal): Promise<Answer> => {
      await candidate.clock.sleep(4_500)
      isAborted.push(signal.aborted)
      return answer
    }
    lock.read = (signal) => slowly(read(signal), signal)
    lock.update = (previous, record, signal) => slowly(update(previous, record, signal), signal)
    await candidate.clock.advance(60_000)
    expect(candidate.elector.isLeader()).toBe(true)
    expect(isAborted).not.toEqual([])
  })

  it('cancels a late renewal when another one was answered, or the term has ended', async () => {
    const lock = new MemoryLock()
    const candidate = await start(lock)
    const signals: AbortSignal[] = []
    const update = lock.update.bind(lock)
    lock.update = (previous, record, signal) => {
      signals.push(signal)
      return update(previous, record, signal)
    }
    lock.troubles.push('hang')
    await candidate.clock.advance(6_100)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
    lock.troubles.push('hang', 'hang', 'hang', 'hang', 'hang', 'hang', 'hang')
    await candidate.clock.advance(12_000)
    expect(candidate.elector.isLeader()).toBe(false)
    expect(signals.at(-1)!.aborted).toBe(true)
  })

  it('ends the process before the lease expires, if that was requested', async () => {
    const lock = new MemoryLock()
    const exits: number[] = []
    const clock = new FakeClock()
    const startedMs = clock.monotonicMs()
    const exitProcess = (): void => void exits.push(clock.monotonicMs() - startedMs)
    await new Candidate(clock, lock, { endsAtOnce: false, onOverrun: 'exit', exitProcess }).start()
    lock.isDown = true
    await clock.advance(20_000)
    expect(exits).toEqual([14_000])
  })

  it('knows within 50 ms that the machine has slept', async () => {
    const candidate = await start(new MemoryLock())
    await candidate.clock.advance(1_000)
    candidate.clock.jumpWall(3_600_000)
    expect(candidate.elector.isLeader()).toBe(false)
    await candidate.clock.advance(50)
    expect(candidate.calls).toContain('aborted deadline')
  })

  it('does not go on when the clock was set back before the machine slept', async () => {
    const candidate = await start(new MemoryLock())
    candidate.clock.jumpWall(-3_600_000)
    await candidate.clock.advance(50)
    candidate.clock.jumpWall(11_000)
    await candidate.clock.advance(50)
    expect(candidate.calls).toContain('aborted deadline')
  })
})

describe('what the guarded work and the callbacks do:', () => {
  it('work that ends by itself releases the lease and ends the run, also with rejoin', async () => {
    const lock = new MemoryLock()
    const candidate = await start(lock, { rejoin: true })
    candidate.endWork()
    await candidate.clock.advance(0)
    expect(lock.record!.holderIdentity).toBe('')
    expect(await candidate.result).toBe('work-ended')
    expect(candidate.calls).toContain('stopped work-ended')
  })

  it('work that fails releases the lease, and the run rejects with its error', async () => {
    const lock = new MemoryLock()
    const candidate = await start(lock, { rejoin: true })
    candidate.failWork(new Error('broken'))
    await candidate.clock.advance(0)
    expect(lock.record!.holderIdentity).toBe('')
    expect(await candidate.result).toEqual(new Error('broken'))
  })

  it('work that rejects with its abort reason has ended as requested', async () => {
    const candidate = await start(new MemoryLock(), { endsAtOnce: false })
    candidate.stop.abort()
    candidate.failWork(candidate.leadership!.signal.reason)
    await candidate.clock.advance(0)
    expect(await candidate.result).toBe('stopped')
  })

  it('a callback that throws ends the candidacy in good order', async () => {
    const lock = new MemoryLock()
    const candidate = await start(lock, {
      onNewLeader: () => {
        throw new Error('bad callback')
      },
    })
    expect(await candidate.result).toEqual(new Error('bad callback'))
    expect(lock.record!.holderIdentity).toBe('')
  })

  it('failed requests are reported and retried', async () => {
    const errors: unknown[] = []
    const lock = new MemoryLock()
    const forbidden = new LockError('forbidden', 'may not')
    lock.troubles.push(forbidden)
    const candidate = await start(lock, { onError: (error) => errors.push(error) })
    expect(errors).toEqual([forbidden])
    await candidate.clock.advance(2_000)
    expect(candidate.elector.isLeader()).toBe(true)
  })

  it('a lock that throws instead of rejecting is handled as well', async () => {
    const lock = new MemoryLock({ canWatch: false })
    let first = true
    const read = lock.read.bind(lock)
    lock.read = (signal) => {
      if (!first) return read(signal)
      first = false
      throw new Error('thrown')
    }
    const candidate = await start(lock)
    await candidate.clock.advance(2_000)
    expect(candidate.elector.isLeader()).toBe(true)
  })

  it('metrics carry the name of the election', async () => {
    const told: string[] = []
    const metrics = {
      leaderOn: (name: string) => told.push(`on ${name}`),
      leaderOff: (name: string) => told.push(`off ${name}`),
      slowpathExercised: (name: string) => told.push(`slow ${name}`),
    }
    const lock = new MemoryLock()
    const candidate = await start(lock, { metrics, name: 'mine' })
    lock.troubles.push(new LockError('conflict', 'lost'))
    await candidate.clock.advance(2_000)
    candidate.stop.abort()
    expect(told).toEqual(['off mine', 'on mine', 'slow mine', 'off mine'])
  })

  it('the health check fails only for work whose lease expired longer ago than is tolerated', async () => {
    const lock = new MemoryLock()
    const candidate = await start(lock, { endsAtOnce: false, name: 'mine' })
    lock.isDown = true
    await candidate.clock.advance(20_000)
    expect(candidate.elector.check(5_000)).toBeNull()
    await candidate.clock.advance(1)
    expect(candidate.elector.check(5_000)).toEqual(new Error('failed election to renew leadership on lease mine'))
    candidate.endWork()
    await candidate.clock.advance(0)
    expect(candidate.elector.check(5_000)).toBeNull()
  })

  it('a run that was canceled before it began sends nothing', async () => {
    const lock = new MemoryLock()
    const candidate = new Candidate(new FakeClock(), lock)
    candidate.stop.abort()
    await candidate.start()
    expect(await candidate.result).toBeNull()
    expect(lock.requests).toEqual([])
  })

  it('an elector runs once at a time', async () => {
    const candidate = await start(new MemoryLock())
    await expect(candidate.elector.run(new AbortController().signal)).rejects.toThrow(/already running/)
  })
})
