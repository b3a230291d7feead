import { describe, expect, it } from 'vitest'
import { withWatchNotice } from '../../kubectl-plugin/failover/watch-notice.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { fakeSession } from '../support/fake-session.ts'

describe('while a holder is watched before anything is planned', () => {
  it.each([
    ['a short while is passed in silence', 9_000, /^$/],
    ['a long one is explained, once', 60_000, /^Still watching lease default\/x: .* No changes have been made yet\. Press Ctrl-C to cancel\.\n$/],
  ])('%s', async (_name, durationMs, said) => {
    const clock = new FakeClock()
    const { session, stderr } = fakeSession({ clock })
    const found = withWatchNotice(session, 'lease default/x', clock.sleep(durationMs).then(() => 'plan'))
    await clock.advance(durationMs)
    expect(await found).toBe('plan')
    expect(stderr()).toMatch(said)
    expect(clock.sleeping).toBe(0)
  })

  it('an error is passed on, and nothing is printed afterwards', async () => {
    const clock = new FakeClock()
    const { session, stderr } = fakeSession({ clock })
    await expect(withWatchNotice(session, 'x', Promise.reject(new Error('refused')))).rejects.toThrow('refused')
    await clock.advance(60_000)
    expect(stderr()).toBe('')
  })
})
