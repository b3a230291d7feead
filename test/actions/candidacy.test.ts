import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Candidacy, type CandidacyEvent, type CandidacySettings } from '../../shared/actions/candidacy.ts'
import { EventRecorder } from '../../shared/cluster/elections/event-recorder.ts'
import { ClusterError } from '../../shared/cluster/errors.ts'
import { LeaseLock } from '../../shared/locks/lease-lock.ts'
import { LockError } from '../../shared/locks/errors.ts'
import { startSandbox, type Sandbox } from '../../shared/sandbox/index.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { MemoryLock } from '../election/memory-lock.ts'
import { released } from '../election/records.ts'
import { connectTo } from '../support/sandbox-client.ts'
import { verbatim } from '../../shared/phrase.ts'

const PLACE = { lock: 'lease', namespace: 'default', name: 'worker' } as const

describe('the Events of a candidate', () => {
  let sandbox: Sandbox
  beforeEach(async () => {
    sandbox = await startSandbox()
  })
  afterEach(() => sandbox.close())

  it("are client-go's, in its order: that it stopped leading is recorded after the release, and then that it left", async () => {
    const client = await connectTo(sandbox)
    const writes = () => sandbox.requests.list(({ method }) => method !== 'GET')
    const candidacy = new Candidacy({
      lock: new LeaseLock(client, PLACE),
      identity: 'me',
      // No renewal comes between these writes, however slow the machine.
      ...{ leaseDurationMs: 180_000, renewDeadlineMs: 120_000, retryPeriodMs: 60_000 },
      recorder: new EventRecorder(client, PLACE, { clock: systemClock, component: 'test' }),
      onStartedLeading: async () => expect.poll(() => writes().length, { timeout: 20_000 }).toBe(2),
    })
    expect(await candidacy.run()).toBe('work-ended')
    expect(writes().map(({ method, path }) => `${method} ${path.split('?')[0]!.replace(/.*\//, '')}`)).toEqual([
      'POST leases',
      'POST events',
      'PUT worker',
      'POST events',
      'POST events',
    ])
    client.close()
  })
})

describe('a candidate', () => {
  const clock = new FakeClock()

  function candidate(lock: MemoryLock, settings: Partial<CandidacySettings> = {}) {
    const events: CandidacyEvent[] = []
    const candidacy = new Candidacy({
      ...{ lock, identity: 'me', clock, recorder: null },
      onEvent: (event) => void events.push(event),
      ...settings,
    })
    const run = candidacy.run()
    run.catch(() => undefined)
    const told = (): string[] =>
      events.map((event) => (event.type === 'problem' ? `${event.isRepeated ? 'again' : 'problem'}: ${event.error.message}` : event.type))
    return { candidacy, run, told }
  }

  it('tells its terms, and leaves', async () => {
    const { candidacy, run, told } = candidate(new MemoryLock())
    await candidacy.joined
    await clock.advance(1)
    expect(candidacy.leadership?.identity).toBe('me')
    candidacy.leave()
    expect(await run).toBe('stopped')
    expect(told()).toEqual(['new-leader', 'started-leading', 'stopped-leading', 'term-ended'])
    expect([candidacy.hasLed, candidacy.leadership, candidacy.leaving.aborted]).toEqual([true, null, true])
  })

  it('tells a problem, whether it is the same again, and that it is over', async () => {
    const lock = new MemoryLock()
    lock.troubles.push(new LockError('unknown', 'no connection'), new LockError('unknown', 'no connection'))
    const { candidacy, run, told } = candidate(lock)
    while (!candidacy.hasLed) await clock.advance(500)
    expect(told().slice(0, 3)).toEqual(['problem: no connection', 'again: no connection', 'recovered'])
    candidacy.leave()
    await run
  })

  it('does not tell of a read that it no longer needs', async () => {
    const lock = new MemoryLock()
    lock.isWatchSilent = true
    lock.troubles.push('hang')
    const { candidacy, run, told } = candidate(lock)
    while (lock.requests.length === 0) await clock.advance(100)
    // The read has no answer yet when the watch tells that nobody leads.
    lock.isWatchSilent = false
    lock.write(released())
    while (!candidacy.hasLed) await clock.advance(100)
    expect(lock.requests).toEqual(['read', 'update me'])
    expect(told().filter((each) => each.startsWith('problem'))).toEqual([])
    candidacy.leave()
    await run
  })

  it('does not tell that another client was faster', async () => {
    const lock = new MemoryLock()
    const { candidacy, run, told } = candidate(lock)
    await candidacy.joined
    while (!candidacy.hasLed) await clock.advance(500)
    lock.troubles.push(new LockError('conflict', 'it was written since'))
    await clock.advance(3_000)
    expect(told().filter((each) => each.startsWith('problem'))).toEqual([])
    candidacy.leave()
    await run
  })

  it.each([
    ['that is not allowed', new LockError('forbidden', 'you may not')],
    ['to a namespace that does not exist', new LockError('rejected', 'no namespace', { cause: new ClusterError(verbatim('no namespace'), { kind: 'notFound' }) })],
  ])('leaves at once because of a request %s, if it never led', async (_, error) => {
    const lock = new MemoryLock()
    lock.troubles.push(error)
    const { candidacy, run } = candidate(lock)
    await expect(run).rejects.toBe(error)
    await expect(candidacy.joined).rejects.toThrow('The candidate has left the election.')
    expect(candidacy.leaving.aborted).toBe(true)
  })

  it('that was told to fail ends its term first, and rejects with the reason', async () => {
    const { candidacy, run, told } = candidate(new MemoryLock())
    while (!candidacy.hasLed) await clock.advance(500)
    candidacy.fail(new Error('the watchdog is gone'))
    await expect(run).rejects.toThrow('the watchdog is gone')
    expect(told().slice(-2)).toEqual(['stopped-leading', 'term-ended'])
  })
})
