import { describe, expect, it } from 'vitest'
import { healthConfig, type HealthSettings } from '../../shared/election/health-config.ts'
import { HealthMonitor, type HealthChange } from '../../shared/election/health-monitor.ts'
import { HealthTally } from '../../shared/election/health-tally.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'

const PACE = { leaseDurationMs: 15_000, retryPeriodMs: 2_000, jitterFactor: 1.2 }

describe('the tally of a health check', () => {
  const told = (results: string, thresholds: { failureThreshold: number; successThreshold: number }): string => {
    const tally = new HealthTally(thresholds)
    return results.split('').map((result) => ({ true: 'H', false: 'U', null: '.' })[String(tally.count(result === '+'))]).join('')
  }

  it.each([
    ['the first success', '+', 3, 1, 'H'],
    ['the first failure', '--', 3, 1, 'U.'],
    ['failures in a row', '+--+---', 3, 1, 'H.....U'],
    ['successes in a row', '-+-++', 1, 2, 'U...H'],
    ['each result', '+-+-', 1, 1, 'HUHU'],
  ])('changes with %s', (_, results, failureThreshold, successThreshold, expected) => {
    expect(told(results, { failureThreshold, successThreshold })).toBe(expected)
  })
})

describe('a health check', () => {
  async function monitored(check: HealthSettings['check'], seconds: number, more: Partial<HealthSettings> = {}): Promise<readonly string[]> {
    const clock = new FakeClock()
    const over = new AbortController()
    const told: string[] = []
    const onChange = ({ isHealthy, reason }: HealthChange): void => void told.push(`${clock.monotonicMs() / 1000}: ${isHealthy ? 'healthy' : `unhealthy (${reason})`}`)
    const monitor = new HealthMonitor(healthConfig({ check, failureThreshold: 2, ...more }, PACE), clock, onChange)
    const startedAtMs = clock.monotonicMs()
    const running = monitor.run(over.signal)
    await clock.advance(seconds * 1_000)
    over.abort()
    await running
    return told.map((line) => line.replace(/^[\d.]+/, (at) => String(Math.round(Number(at) * 1_000 - startedAtMs) / 1_000)))
  }

  it('is made at once, and then at each interval', async () => {
    let calls = 0
    const check = (): Promise<void> => (++calls === 1 ? Promise.resolve() : Promise.reject(new Error('down')))
    expect(await monitored(check, 11)).toEqual(['0: healthy', '10: unhealthy (down)'])
    expect(calls).toBe(3)
  })

  it('has failed if it hangs, and is not made again meanwhile', async () => {
    let calls = 0
    const check = (): Promise<void> => (++calls === 1 ? Promise.resolve() : new Promise(() => undefined))
    expect(await monitored(check, 30)).toEqual(['0: healthy', '10: unhealthy (no answer within 1s)'])
    expect(calls).toBe(2)
  })

  it('is told to end when it hangs, and made again once it has', async () => {
    let calls = 0
    const check = (signal: AbortSignal): Promise<void> =>
      ++calls === 2 ? Promise.resolve() : new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }))
    expect(await monitored(check, 7)).toEqual(['1: unhealthy (no answer within 1s)', '5: healthy'])
  })

  it('that throws has failed', async () => {
    const check = (): Promise<void> => {
      throw new Error('no such file')
    }
    expect(await monitored(check, 1)).toEqual(['0: unhealthy (no such file)'])
  })
})

describe('settings that could leave a lease free for ever, or make the check useless, are refused:', () => {
  const check = (): Promise<void> => Promise.resolve()

  it.each<[string, object, RegExp]>([
    ['a grace without an end', { graceMs: Number.POSITIVE_INFINITY }, /at most 1h/],
    ['a grace that is not a number', { graceMs: Number.NaN }, /greater than zero/],
    ['a grace of a day', { graceMs: 86_400_000 }, /at most 1h/],
    ['a grace within which a healthy candidate may not have polled', { graceMs: 4_000 }, /at least 4\.4s/],
    ['no grace', { graceMs: 0 }, /greater than zero/],
    ['a check that is never made', { intervalMs: Number.POSITIVE_INFINITY }, /at most 1h/],
    ['a check without an end', { timeoutMs: 0 }, /greater than zero/],
    ['a threshold of no failures', { failureThreshold: 0 }, /from 1 to 1000/],
    ['half a success', { successThreshold: 1.5 }, /whole number/],
    ['no check', { check: undefined }, /must be a function/],
    ['an unknown option', { grace: 1 }, /is not an option/],
  ])('%s', (_, more, message) => {
    expect(() => healthConfig({ check, ...more }, PACE)).toThrow(message)
  })

  it('the default grace is two lease durations, which is always longer than a poll', () => {
    expect(healthConfig({ check }, PACE)).toMatchObject({ graceMs: 30_000, intervalMs: 5_000, timeoutMs: 1_000, failureThreshold: 3, successThreshold: 1 })
    expect(healthConfig({ check }, { leaseDurationMs: 1_000, retryPeriodMs: 700, jitterFactor: 1.2 }).graceMs).toBe(2_000)
  })
})
