import { FailoverCourse, type CourseTerms } from '../../shared/actions/failover/course.ts'
import { isPlaceholder } from '../../shared/lease/index.ts'
import type { FailoverEvent } from '../../shared/actions/failover.ts'
import type { Judge, Timings } from './judge.ts'
import { GOOD_WATCH, type Link } from './network.ts'
import { badLink, badWatch, type Move } from './plan.ts'
import { Process } from './process.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import { SimulatedLock } from './simulated-lock.ts'
import type { Store } from './store.ts'

interface World {
  readonly scheduler: Scheduler
  readonly store: Store
  readonly judge: Judge
  readonly timings: Timings
}

/**
 * Runs the real failover in a process of its own: on a clock and a link as bad as any candidate's, interrupted, stopped,
 * put to sleep or killed at any moment.
 *
 * @param identities of those who stand at the moment
 * @param tell is told what comes of it: how the incumbent was known to have stopped, and how it ended
 */
export function runFailover(
  world: World,
  move: Move,
  actor: { name: string; link: Link; random: Random; identities: readonly string[]; tell: (what: string) => void },
): void {
  const { scheduler, store, judge, timings } = world
  const { name, link, random, identities, tell } = actor
  const from = store.object?.record.holderIdentity ?? ''
  if (from === '' || isPlaceholder(from)) return
  const process = new Process(scheduler, random.fork(), { ...move, name })
  judge.register({ process, kind: 'failover', identity: name, onOverrun: 'report' })
  const lock = new SimulatedLock({ scheduler, store, judge }, process, link, random.fork(), move.canWatch, false)
  lock.watchQuality = random.chance(0.7) ? GOOD_WATCH : badWatch(random)
  if (random.chance(0.3)) link.quality = badLink(random, timings)
  const stop = new AbortController()
  const course = new FailoverCourse({
    lock,
    clock: process.clock,
    terms: termsOf(timings, move, from, identities),
    nonce: name,
    signal: stop.signal,
    onEvent: (event: FailoverEvent) => {
      if (event.type === 'incumbent-stopped') tell(event.proof)
    },
  })
  course.run().then(
    ({ type, abortion }) => tell(abortion ? `${abortion.cause}, ${abortion.left}` : type),
    () => tell('out of reach'),
  )
  if (move.interruptedAfterMs !== null) scheduler.after(move.interruptedAfterMs, () => process.deliver(() => stop.abort()))
  if (move.killedAfterMs !== null) scheduler.after(move.killedAfterMs, () => process.kill())
  if (move.suspended) suspend(world, process, move.suspended)
}

function termsOf(timings: Timings, move: Move, from: string, identities: readonly string[]): CourseTerms {
  const { leaseDurationMs } = timings
  const renewIntervalMs = timings.retryPeriodMs * move.observedShare
  const others = identities.filter((identity) => identity !== from)
  const to = move.toIndex === null ? null : (others[move.toIndex % Math.max(others.length, 1)] ?? 'nobody-that-stands')
  const quarantineMs = leaseDurationMs + renewIntervalMs
  const placeholderMs = Math.ceil((quarantineMs + 1_000) / 1_000) * 1_000
  return { from, to, leaseDurationMs, renewIntervalMs, quarantineMs, placeholderMs, timeoutMs: leaseDurationMs }
}

function suspend({ scheduler, judge }: World, process: Process, how: NonNullable<Move['suspended']>): void {
  scheduler.after(how.afterMs, () => {
    if (process.state !== 'running') return
    process.suspend(how.how)
    judge.suspended(process)
    scheduler.after(how.durationMs, () => {
      if (process.state !== how.how) return
      judge.resumed(process)
      process.resume()
    })
  })
}
