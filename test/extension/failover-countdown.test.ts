import { expect, it, vi } from 'vitest'
import { FailoverCountdown } from '../../extension/commands/failover-progress.ts'
import type { FailoverEvent } from '../../shared/actions/failover.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'

vi.mock('vscode', () => import('./support/fake-vscode.ts'))

const BLOCKED = { type: 'blocked', blockMs: 20_000 } as FailoverEvent
const WAITING = 'lease blocked, waiting for the leader to stop:'

it.each<[string, FailoverEvent, string]>([
  ['goes on after a failure', { type: 'error', message: 'The server is overloaded.' }, `${WAITING} 18s`],
  ['ends when the leader has stopped', { type: 'leader-stopped' } as FailoverEvent, 'the old leader has stopped'],
])('the countdown %s', async (_, event, said) => {
  const clock = new FakeClock()
  const reports: string[] = []
  const over = new AbortController()
  const countdown = new FailoverCountdown(clock, (message) => reports.push(message), over.signal)
  countdown.take(BLOCKED)
  await clock.advance(1_000)
  expect(reports).toEqual([`${WAITING} 20s`, `${WAITING} 19s`])
  countdown.take(event)
  await clock.advance(1_000)
  expect(reports.at(-1)).toBe(said)
  over.abort()
  await clock.advance(0)
  expect(clock.sleeping).toBe(0)
})
