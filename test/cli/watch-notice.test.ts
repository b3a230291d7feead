import { describe, expect, it } from 'vitest'
import { withWatchNotice } from '../../kubectl-plugin/failover/watch-notice.ts'
import { ClusterError } from '../../shared/cluster/errors.ts'
import { LockError } from '../../shared/locks/errors.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { FakeClient, fail } from '../support/fake-client.ts'
import { fakeSession } from '../support/fake-session.ts'

const WATCHED = { what: 'lease default/x', declined: 'Not moved.' }
const REQUEST = { method: 'GET', path: '/x', subject: { verb: 'get' } } as const
/** What follows the sentence that explains the wait. */
const CANCELABLE = String.raw`.* No changes have been made yet\. Press Ctrl-C to cancel\.\n$`

describe('while a holder is watched before anything is planned', () => {
  it.each([
    ['a short while is passed in silence', 9_000, /^$/],
    ['a long one is explained, once', 60_000, new RegExp(`^Still watching lease default/x: ${CANCELABLE}`)],
  ])('%s', async (_name, durationMs, said) => {
    const clock = new FakeClock()
    const { session, stderr } = fakeSession({ clock })
    const found = withWatchNotice(session, new FakeClient(clock, () => ({ body: {} })), WATCHED, async (client) => {
      await client.request(REQUEST)
      await clock.sleep(durationMs)
      return 'plan'
    })
    await clock.advance(durationMs)
    expect(await found).toBe('plan')
    expect(stderr()).toMatch(said)
    expect(clock.sleeping).toBe(0)
  })

  it('no renewals are mentioned while the API server has not answered at all', async () => {
    const clock = new FakeClock()
    const { session, stderr } = fakeSession({ clock })
    const client = new FakeClient(clock, () => 'hang')
    const planned = withWatchNotice(session, client, WATCHED, (reader) => reader.request(REQUEST))
    const failed = expect(planned).rejects.toThrow(/timeout\. No changes were made\.$/)
    await clock.advance(60_000)
    await failed
    expect(stderr()).toMatch(new RegExp(`^Still waiting for an answer from ${client.server}\\. ${CANCELABLE.slice(3)}`))
  })

  it('an error is passed on, and nothing is printed afterwards', async () => {
    const clock = new FakeClock()
    const { session, stderr } = fakeSession({ clock })
    const client = new FakeClient(clock, () => 'hang')
    await expect(withWatchNotice(session, client, WATCHED, () => Promise.reject(new Error('refused')))).rejects.toThrow('refused')
    await clock.advance(60_000)
    expect(stderr()).toBe('')
  })

  it('an error of the API server says that no changes were made', async () => {
    const clock = new FakeClock()
    const { session } = fakeSession({ clock })
    const client = new FakeClient(clock, () => fail('forbidden'))
    const error: unknown = await withWatchNotice(session, client, WATCHED, (reader) => reader.request(REQUEST)).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ClusterError)
    expect(error).toMatchObject({ kind: 'forbidden', message: expect.stringMatching(/\. No changes were made\.$/) as string })
  })

  it('so does an interruption, also one that a lock has wrapped', async () => {
    const clock = new FakeClock()
    const { session, stderr, interrupt } = fakeSession({ clock })
    interrupt()
    const wrapped = new LockError('unknown', 'Interrupted by SIGINT.', { cause: session.signal.reason })
    const client = new FakeClient(clock, () => 'hang')
    await expect(withWatchNotice(session, client, WATCHED, () => Promise.reject(wrapped))).rejects.toBe(wrapped)
    expect(stderr()).toBe('Not moved. No changes were made.\n')
  })
})
