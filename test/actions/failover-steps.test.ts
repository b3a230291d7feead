import { beforeEach, describe, expect, it } from 'vitest'
import { FailoverSteps, type FailoverEnd, type FailoverStepsOptions, type FailoverTerms } from '../../shared/actions/failover/failover-steps.ts'
import type { FailoverEvent } from '../../shared/actions/failover.ts'
import { LockError } from '../../shared/locks/errors.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { MemoryLock } from '../election/memory-lock.ts'
import { heldBy } from '../election/records.ts'

/** One failover of an election whose leader is "old", lease duration 15 s, renewed every 2 s. */
const PLACEHOLDER = 'kubectl-leader-failover_n1'
const TERMS: FailoverTerms = {
  from: 'old',
  to: null,
  leaseDurationMs: 15_000,
  renewIntervalMs: 2_000,
  blockMs: 17_000,
  placeholderMs: 18_000,
  timeoutMs: 30_000,
}
const OLD_LEADER = heldBy('old')

let clock: FakeClock
let lock: MemoryLock
let stop: AbortController
let events: string[]
let end: FailoverEnd | null
let failure: unknown

beforeEach(() => {
  clock = new FakeClock()
  lock = new MemoryLock()
  lock.write(OLD_LEADER)
  stop = new AbortController()
  events = []
  end = null
  failure = null
})

function begin(options: Partial<Omit<FailoverStepsOptions, 'terms'>> & { terms?: Partial<FailoverTerms> } = {}): void {
  new FailoverSteps({
    ...{ lock, clock, nonce: 'n1', signal: stop.signal },
    onEvent: (event) => events.push(textOf(event)),
    ...options,
    terms: { ...TERMS, ...options.terms },
  })
    .run()
    .then(
      (ended) => (end = ended),
      (error: unknown) => (failure = error),
    )
}

function textOf(event: FailoverEvent): string {
  switch (event.type) {
    case 'leader-stopped':
      return `${event.type} ${event.proof} ${event.afterMs}`
    case 'still-blocked':
      return `${event.type} ${event.remainingMs}`
    default:
      return event.type
  }
}

const holder = (): string => lock.record?.holderIdentity ?? '(gone)'
const writes = (): readonly string[] => lock.requests.filter((request) => request !== 'read')
/** As a candidate of ours does when its work has ended. */
const acknowledge = (nonce = 'n1', identity = 'old'): unknown =>
  lock.write(lock.record!, { acknowledgement: { nonce, identity } })
const take = (identity: string, change = {}): unknown => lock.write(heldBy(identity, change))

describe('the placeholder', () => {
  it('keeps the number of transitions, and expires on its own after the block', async () => {
    begin()
    await clock.advance(0)
    expect(lock.record).toMatchObject({ holderIdentity: PLACEHOLDER, leaseDurationSeconds: 18, leaseTransitions: 3 })
    expect(events).toEqual(['blocked'])
  })

  it('is renewed every renewal interval while the block lasts', async () => {
    begin()
    await clock.advance(0)
    for (let s = 2; s <= 16; s += 2) {
      const before = lock.record!.renewTime
      await clock.advance(2_000)
      expect(lock.record!.renewTime, `${s} s`).not.toBe(before)
      expect(holder()).toBe(PLACEHOLDER)
    }
  })

  it('is retried if the old leader renews in the meantime', async () => {
    const update = lock.update.bind(lock)
    lock.update = (...request) => {
      lock.update = update
      take('old', { renewTime: '2026-01-01T00:00:12.000000Z' })
      return update(...request)
    }
    begin()
    await clock.advance(0)
    expect(writes()).toEqual([`update ${PLACEHOLDER}`, `update ${PLACEHOLDER}`])
    expect(holder()).toBe(PLACEHOLDER)
  })

  it('is not written if the old leader always renews first', async () => {
    lock.update = () => {
      take('old', { renewTime: `2026-01-01T00:00:12.${String(clock.monotonicMs()).padStart(6, '0')}Z` })
      return clock.sleep(100).then(() => Promise.reject(new LockError('conflict', 'it was written')))
    }
    begin()
    await clock.advance(16_000)
    expect(end).toMatchObject({ abortion: { cause: 'busy', left: 'untouched' } })
    expect(holder()).toBe('old')
  })

  it('is not written if that is not allowed', async () => {
    begin()
    lock.troubles.push(new LockError('forbidden', 'not allowed'))
    await clock.advance(0)
    expect(failure).toMatchObject({ kind: 'forbidden' })
    expect(holder()).toBe('old')
  })

  it('is not written if the API server does not answer, and the error says so', async () => {
    lock.troubles.push(...Array.from({ length: 100 }, () => 'hang' as const))
    begin()
    await clock.advance(60_000)
    expect(failure).toMatchObject({ name: 'ClusterError', kind: 'timeout', message: expect.stringContaining('did not answer') })
    expect(holder()).toBe('old')
  })

  it('is found if its write was applied but not answered', async () => {
    begin()
    lock.troubles.push('apply-and-hang')
    await clock.advance(0)
    await clock.advance(6_000)
    expect(holder()).toBe(PLACEHOLDER)
    expect(events).toContain('blocked')
  })
})

describe('what has changed since the plan', () => {
  const acquisition = { leaseDurationSeconds: 15, leaseTransitions: 3, acquireTime: '2026-01-01T00:00:00.000000Z' }

  it('a longer lease duration in the replaced record prolongs the block', async () => {
    take('old', { leaseDurationSeconds: 60 })
    begin({ terms: { to: 'new' } })
    await clock.advance(0)
    expect(lock.record).toMatchObject({ holderIdentity: PLACEHOLDER, leaseDurationSeconds: 63 })
    await clock.advance(61_999)
    expect(holder()).toBe(PLACEHOLDER)
    expect(lock.record).toMatchObject({ leaseDurationSeconds: 63 })
    await clock.advance(1)
    expect(lock.record).toMatchObject({ holderIdentity: 'new', leaseDurationSeconds: 60 })
  })

  it('a shorter lease duration does not shorten the block', async () => {
    take('old', { leaseDurationSeconds: 5 })
    begin()
    await clock.advance(16_999)
    expect(lock.record).toMatchObject({ holderIdentity: PLACEHOLDER, leaseDurationSeconds: 18 })
  })

  it.each([
    ['its lease duration', { leaseDurationSeconds: 60 }, 'durationChanged'],
    ['its lease duration, which is shorter', { leaseDurationSeconds: 5 }, 'durationChanged'],
    ['its lease duration, which is missing now', { leaseDurationSeconds: null }, 'durationChanged'],
    ['when it was acquired', { acquireTime: '2026-01-01T00:00:05.000000Z' }, 'reacquired'],
    ['the number of transitions', { leaseTransitions: 4 }, 'reacquired'],
  ])('stops the failover without changes: %s', async (_what, change, cause) => {
    take('old', change)
    begin({ terms: { acquisition } })
    await clock.advance(60_000)
    expect(end).toMatchObject({ type: 'aborted', holderIdentity: 'old', abortion: { cause, left: 'untouched' } })
    expect(writes()).toEqual([])
  })

  it('stops it even if the change happens while the first write is retried', async () => {
    begin({ terms: { acquisition } })
    lock.troubles.push(new LockError('conflict', 'it was written'))
    take('old', { leaseDurationSeconds: 60 })
    await clock.advance(60_000)
    expect(end).toMatchObject({ abortion: { cause: 'durationChanged', left: 'untouched' } })
    expect(holder()).toBe('old')
  })

  it('is not a renewal, nor an acquire time that the plan has seen to change with each', async () => {
    take('old', { renewTime: '2026-01-01T00:02:00.000000Z', acquireTime: '2026-01-01T00:02:00.000000Z' })
    begin({ terms: { acquisition: { ...acquisition, acquireTime: null } } })
    await clock.advance(0)
    expect(holder()).toBe(PLACEHOLDER)
  })
})

describe('the block', () => {
  it('ends when the old leader must have stopped, counted from when the placeholder was known to be written', async () => {
    begin()
    await clock.advance(16_999)
    expect(holder()).toBe(PLACEHOLDER)
    await clock.advance(1)
    expect(holder()).toBe('')
    expect(events).toEqual(['blocked', 'leader-stopped waited 17000', 'released'])
  })

  it('is counted from when a placeholder was seen whose write was not answered', async () => {
    begin()
    lock.troubles.push('apply-and-hang')
    lock.isWatchSilent = true
    await clock.advance(18_000)
    expect(holder()).toBe(PLACEHOLDER)
    await clock.advance(2_000)
    expect(holder()).toBe('')
  })

  it('ends as soon as the old leader acknowledges', async () => {
    begin()
    await clock.advance(20)
    acknowledge()
    await clock.advance(0)
    expect(holder()).toBe('')
    expect(events).toEqual(['blocked', 'leader-stopped acknowledged 20', 'released'])
  })

  it('ends soon even if watching is not allowed', async () => {
    lock = new MemoryLock({ canWatch: false })
    lock.write(OLD_LEADER)
    begin()
    await clock.advance(20)
    acknowledge()
    await clock.advance(400)
    expect(events.at(-1)).toBe('released')
  })

  it.each([
    ['of another failover', 'n0', 'old'],
    ['of another candidate', 'n1', 'somebody'],
  ])('does not end by an acknowledgement %s', async (_what, nonce, identity) => {
    begin()
    await clock.advance(20)
    acknowledge(nonce, identity)
    await clock.advance(1_000)
    expect(holder()).toBe(PLACEHOLDER)
  })

  it('ends when something else proves that the old leader has stopped', async () => {
    begin({ untilProven: (signal) => clock.sleep(5_000, signal) })
    await clock.advance(4_999)
    expect(holder()).toBe(PLACEHOLDER)
    await clock.advance(2_001)
    expect(events).toContainEqual(expect.stringMatching(/^leader-stopped terminated/))
  })

  it('continues while the API server is unreachable, and ends no earlier', async () => {
    begin()
    await clock.advance(1_000)
    lock.isDown = true
    await clock.advance(15_000)
    lock.isDown = false
    expect(holder()).toBe(PLACEHOLDER)
    await clock.advance(3_000)
    expect(holder()).toBe('')
  })
})

describe('the release', () => {
  it("is as client-go's", async () => {
    begin()
    await clock.advance(17_000)
    expect(lock.record).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 3 })
  })

  it('is a handover if a candidate was named: with a mark, its identity, and a full lease duration', async () => {
    begin({ terms: { to: 'new' } })
    await clock.advance(20)
    acknowledge()
    await clock.advance(0)
    expect(lock.record).toMatchObject({ holderIdentity: 'new', leaseDurationSeconds: 15, leaseTransitions: 4 })
    expect(writes().at(-1)).toBe('hand over new n1')
    expect(lock.acknowledgement).toBeNull()
  })

  it.each<['hang' | 'apply-and-hang']>([['hang'], ['apply-and-hang']])('happens once even if its write was not answered (%s)', async (trouble) => {
    begin()
    await clock.advance(20)
    lock.troubles.push(trouble)
    acknowledge()
    await clock.advance(8_000)
    expect(holder()).toBe('')
    expect(events.filter((event) => event === 'released')).toHaveLength(1)
  })

  it('says in which state the lease is left if the API server stays unreachable', async () => {
    begin()
    await clock.advance(16_000)
    lock.isDown = true
    await clock.advance(60_000)
    expect(failure).toMatchObject({ name: 'ClusterError' })
    expect(String(failure)).toContain(`If the lease names the placeholder ${PLACEHOLDER} as its holder, it expires on its own within 18s.`)
  })
})

describe('the new leader', () => {
  const released = async (terms: Partial<FailoverTerms> = {}): Promise<void> => {
    begin({ terms })
    await clock.advance(20)
    acknowledge()
    await clock.advance(80)
  }

  it('is the first candidate that writes the record', async () => {
    await released()
    expect(end).toBeNull()
    take('new')
    await clock.advance(0)
    expect(end).toMatchObject({ type: 'taken', holderIdentity: 'new', abortion: null })
    expect(end!.endedAtMs - end!.blockedAtMs!).toBe(100)
    expect(end!.endedAtMs - end!.stoppedAtMs!).toBe(80)
  })

  it('to whom it was handed has led only once it has written itself', async () => {
    await released({ to: 'new' })
    await clock.advance(5_000)
    expect(end).toBeNull()
    lock.write({ ...lock.record!, renewTime: '2026-01-01T00:02:00.000000Z' })
    await clock.advance(0)
    expect(end).toMatchObject({ type: 'taken', holderIdentity: 'new' })
  })

  it('can be another candidate than the named one, if that one is not running', async () => {
    await released({ to: 'gone' })
    await clock.advance(15_000)
    take('third')
    await clock.advance(0)
    expect(end).toMatchObject({ type: 'taken', holderIdentity: 'third' })
  })

  it('may not be a failover', async () => {
    await released()
    take('kubectl-leader-failover_n2')
    await clock.advance(1_000)
    expect(end).toBeNull()
  })

  it.each([[{}], [{ to: 'gone' }]])('is waited for so long and no longer (%o)', async (terms) => {
    await released(terms)
    await clock.advance(29_000)
    expect(end).toBeNull()
    await clock.advance(1_100)
    expect(end).toMatchObject({ type: 'free', holderIdentity: '' })
  })
})

describe('a new leader that cannot be observed', () => {
  it('is not reported as missing', async () => {
    begin()
    await clock.advance(20)
    acknowledge()
    await clock.advance(80)
    lock.isDown = true
    await clock.advance(60_000)
    expect(end).toBeNull()
    expect(String(failure)).toContain('It is not known which candidate has acquired it since.')
  })
})

describe('another client that writes in the meantime', () => {
  it.each<[string, () => unknown, object]>([
    ['another candidate', () => take('third'), { cause: 'taken', left: 'untouched' }],
    ['a release', () => take(''), { cause: 'emptied', left: 'untouched' }],
    ['another failover', () => take('kubectl-leader-failover_n2'), { cause: 'underway', left: 'untouched' }],
    ['a deletion', () => lock.delete(), { cause: 'deleted', left: 'untouched' }],
  ])('before the first write stops the failover without changes: %s', async (_who, write, abortion) => {
    write()
    begin()
    await clock.advance(0)
    expect(end).toMatchObject({ type: 'aborted', abortion, blockedAtMs: null })
    expect(writes()).toEqual([])
  })

  it.each<[string, () => unknown, object]>([
    ['another candidate', () => take('third'), { cause: 'taken', left: 'lost' }],
    ['the old leader', () => take('old'), { cause: 'taken', left: 'lost' }],
    ['a hand that empties it', () => take(''), { cause: 'emptied', left: 'lost' }],
    ['another failover', () => take('kubectl-leader-failover_n2'), { cause: 'underway', left: 'lost' }],
    ['a deletion', () => lock.delete(), { cause: 'deleted', left: 'lost' }],
  ])('during the block stops the failover, and keeps the lease: %s', async (_who, write, abortion) => {
    begin()
    await clock.advance(5_000)
    const before = writes().length
    write()
    const version = lock.version
    await clock.advance(40_000)
    expect(end).toMatchObject({ type: 'aborted', abortion })
    expect(lock.version).toBe(version)
    expect(writes()).toHaveLength(before)
  })

  it('is one of two failovers that begin at once: the other writes nothing', async () => {
    const ends: FailoverEnd[] = []
    for (const nonce of ['n1', 'n2']) {
      const course = new FailoverSteps({ lock, clock, nonce, signal: stop.signal, terms: TERMS, onEvent: () => undefined })
      void course.run().then((ended) => ends.push(ended))
    }
    await clock.advance(100)
    expect(ends).toMatchObject([{ abortion: { cause: 'underway', left: 'untouched' } }])
    await clock.advance(17_000)
    take('new')
    await clock.advance(0)
    expect(ends).toMatchObject([{ type: 'aborted' }, { type: 'taken' }])
  })
})

describe('Ctrl-C', () => {
  it('before the first write leaves everything as it is', async () => {
    stop.abort()
    begin()
    await clock.advance(0)
    expect(end).toMatchObject({ type: 'aborted', abortion: { cause: 'interrupted', left: 'untouched' } })
    expect(writes()).toEqual([])
  })

  it.each([0, 500, 1_999])('%i ms after the placeholder writes the old leader back, with its own times', async (afterMs) => {
    begin()
    await clock.advance(afterMs)
    stop.abort()
    await clock.advance(0)
    expect(lock.record).toEqual(OLD_LEADER)
    expect(events.at(-1)).toBe('undone')
  })

  const RENEWED = { ...OLD_LEADER, renewTime: '2026-01-01T00:02:00.000000Z' }
  it.each<[string, () => unknown, object]>([
    ['the old leader renews', () => lock.write(RENEWED), { holderIdentity: 'old', abortion: { left: 'restored' } }],
    ['the old leader releases', () => take('', { leaseDurationSeconds: 1 }), { holderIdentity: '', abortion: { left: 'released' } }],
    ['another has followed it', () => take('new'), { holderIdentity: 'new', abortion: { left: 'released' } }],
    ['another failover comes', () => take('kubectl-leader-failover_n2'), { holderIdentity: '', abortion: { left: 'lost' } }],
    ['another client deletes the lease', () => lock.delete(), { holderIdentity: '', abortion: { left: 'lost' } }],
    ['nothing happens', () => undefined, { holderIdentity: 'old', abortion: { left: 'unrenewed' } }],
  ])('is undone, and then %s', async (_what, happen, ended) => {
    begin()
    await clock.advance(100)
    stop.abort()
    await clock.advance(1_000)
    expect(end).toBeNull()
    happen()
    await clock.advance(15_000)
    expect(end).toMatchObject({ type: 'aborted', ...ended })
    expect(end!.abortion!.cause).toBe('interrupted')
  })

  it('says in which state it left the lease if the outcome cannot be observed', async () => {
    begin()
    await clock.advance(100)
    stop.abort()
    await clock.advance(100)
    lock.isDown = true
    await clock.advance(60_000)
    expect(String(failure)).toContain('The old leader old was written back as the holder. It is not known whether it has renewed the lease since.')
  })

  it('finds that the old leader was written back and has renewed, although the write was not answered', async () => {
    begin()
    await clock.advance(100)
    lock.troubles.push('apply-and-hang')
    stop.abort()
    await clock.advance(50)
    lock.write({ ...OLD_LEADER, renewTime: '2026-01-01T00:02:00.000000Z' })
    await clock.advance(6_000)
    expect(end).toMatchObject({ holderIdentity: 'old', abortion: { cause: 'interrupted', left: 'restored' } })
  })

  it.each([2_000, 9_000])('%i ms after the placeholder keeps the lease blocked to the end, and then releases it', async (afterMs) => {
    begin({ terms: { to: 'new' } })
    await clock.advance(afterMs)
    stop.abort()
    await clock.advance(0)
    expect(events.at(-1)).toBe(`still-blocked ${17_000 - afterMs}`)
    await clock.advance(16_999 - afterMs)
    expect(holder()).toBe(PLACEHOLDER)
    await clock.advance(1)
    expect(holder()).toBe('')
    expect(end).toMatchObject({ abortion: { cause: 'interrupted', left: 'released' } })
  })

  it('after an acknowledgement releases at once', async () => {
    begin()
    await clock.advance(100)
    acknowledge()
    stop.abort()
    await clock.advance(0)
    expect(holder()).toBe('')
    expect(end).toMatchObject({ abortion: { cause: 'interrupted', left: 'released' } })
  })

  it.each([
    [null, { holderIdentity: '', abortion: { cause: 'interrupted', left: 'released' } }],
    ['new', { holderIdentity: 'new', abortion: { cause: 'interrupted', left: 'handedOver' } }],
  ])('while it waits for a new leader ends the wait (--to %s)', async (to, ended) => {
    begin({ terms: { to } })
    await clock.advance(18_000)
    stop.abort()
    await clock.advance(0)
    expect(end).toMatchObject(ended)
  })

  it('while it is handed over says to whom it was', async () => {
    begin({ terms: { to: 'new' } })
    await clock.advance(20)
    lock.troubles.push('apply-and-hang')
    acknowledge()
    await clock.advance(100)
    stop.abort()
    await clock.advance(8_000)
    expect(end).toMatchObject({ holderIdentity: 'new', abortion: { cause: 'interrupted', left: 'handedOver' } })
  })
})
