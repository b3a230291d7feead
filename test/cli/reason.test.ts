import { describe, expect, it } from 'vitest'
import { parseReason } from '../../kubectl-plugin/reason.ts'
import { run } from '../../kubectl-plugin/program.ts'
import { planBlock } from '../../shared/actions/block.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { FakeClient } from '../support/fake-client.ts'
import { fakeSession } from '../support/fake-session.ts'

const BLANK = [[''], [' '], ['\t\n']]

describe('a reason', () => {
  it('is passed on as it was typed', () => {
    expect(parseReason(' node lost')).toBe(' node lost')
  })

  it.each(BLANK)('that is blank (%j) is none', (text) => {
    expect(parseReason(text)).toBeUndefined()
  })

  it.each(BLANK)('is required by block, also if a blank one is passed (%j)', async (text) => {
    const { session, stderr } = fakeSession()
    expect(await run(session, ['block', 'x', '--for', '1m', '--yes', '--reason', text])).toBe(2)
    expect(stderr()).toBe('Error: --reason is empty. Pass the reason to record in the Events. No changes were made.\n')
  })

  it.each(BLANK)('is required by the plan of a block, which reads nothing without (%j)', async (reason) => {
    const clock = new FakeClock()
    const client = new FakeClient(clock, () => 'hang')
    const place = { lock: 'lease', namespace: 'default', name: 'x' } as const
    const planned = planBlock(client, clock, { place, forMs: 60_000, reason, actor: 'me@here' }, new AbortController().signal)
    await expect(planned).rejects.toMatchObject({ kind: 'request', message: 'A block needs a reason.' })
    expect(client.requests).toEqual([])
  })
})
