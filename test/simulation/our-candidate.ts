import { LeaderElector } from '../../shared/election/elector.ts'
import type { LeadershipEnded } from '../../shared/election/leadership.ts'
import type { HealthSettings } from '../../shared/election/health-config.ts'
import type { Timings } from './judge/candidate-state.ts'
import type { Judge } from './judge/judge.ts'
import type { Process } from './process.ts'
import type { Random } from './random.ts'
import type { SimulatedLock } from './simulated-lock.ts'

/** How one candidate of ours is set up, and how its guarded work behaves. */
export interface OurSetup {
  readonly identity: string
  readonly timings: Timings
  readonly rejoin: boolean
  readonly releaseOnCancel: boolean
  readonly maxHoldMs: number
  readonly onOverrun: 'report' | 'exit'
  /** How long its work may take to end once told; milliseconds of its own clock. */
  readonly slowestEndMs: number
  /** How likely, in each term, the work ends or fails by itself. */
  readonly endsByItself: number
  readonly health?: HealthSettings
}

/** Runs the real elector in a simulated process. Resolves when the candidate has left the election. */
export async function runOurCandidate(
  setup: OurSetup,
  world: { process: Process; lock: SimulatedLock; judge: Judge; random: Random; stop: AbortSignal },
): Promise<void> {
  const { process, lock, judge, random, stop } = world
  const { clock } = process
  const elector = new LeaderElector({
    lock,
    clock,
    random: () => random.next(),
    identity: setup.identity,
    ...setup.timings,
    rejoin: setup.rejoin,
    releaseOnCancel: setup.releaseOnCancel,
    maxHoldMs: setup.maxHoldMs,
    onOverrun: setup.onOverrun,
    ...(setup.health && { health: setup.health, onHealth: ({ isHealthy }) => judge.gate(process, isHealthy) }),
    exitProcess: () => {
      judge.died(process)
      process.kill()
    },
    onOverran: () => judge.overran(process),
    async onStartedLeading({ signal }) {
      judge.started(process)
      signal.addEventListener('abort', () => judge.stopped(process, (signal.reason as LeadershipEnded).reason), {
        once: true,
      })
      const endsAfterMs = random.chance(setup.endsByItself)
        ? random.between(0, 3 * setup.timings.leaseDurationMs)
        : Number.POSITIVE_INFINITY
      const windDownMs = random.chance(0.6) ? 0 : random.skewed(0, setup.slowestEndMs)
      const fails = random.chance(0.5)
      await untilAborted(clock, endsAfterMs, signal)
      if (signal.aborted && windDownMs > 0) await clock.sleep(windDownMs)
      judge.settled(process)
      if (!signal.aborted && fails) throw new Error('the work failed')
      if (signal.aborted && fails) throw signal.reason
    },
  })
  await elector.run(stop).catch(() => undefined)
}

async function untilAborted(clock: Process['clock'], durationMs: number, signal: AbortSignal): Promise<void> {
  if (durationMs < Number.POSITIVE_INFINITY) return clock.sleep(durationMs, signal).catch(() => undefined)
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
