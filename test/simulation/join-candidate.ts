import { Supervisor } from '../../shared/guard/supervisor.ts'
import { runDuringTerm } from '../../shared/guard/run-during-term.ts'
import { LeaderElector } from '../../shared/election/elector.ts'
import type { Leadership, LeadershipEnded } from '../../shared/election/leadership.ts'
import type { Judge } from './judge/judge.ts'
import type { OurSetup } from './our-candidate.ts'
import type { Process } from './process.ts'
import type { Random } from './random.ts'
import type { SimulatedLock } from './simulated-lock.ts'
import type { SimulatedWatchdog } from './simulated-watchdog.ts'

/**
 * Runs what `kubectl leader join -- COMMAND` runs, wired in the same way: the elector, whose guarded work is a command
 * that a supervisor has its watchdog run. Resolves when it has left the election.
 */
export async function runJoinCandidate(
  setup: OurSetup,
  world: { process: Process; lock: SimulatedLock; judge: Judge; random: Random; stop: AbortSignal; watchdog: SimulatedWatchdog },
): Promise<void> {
  const { process, lock, judge, random, stop, watchdog } = world
  const { clock } = process
  const { identity, timings } = setup
  const leave = new AbortController()
  const fail = (): void => {
    judge.leaving(process)
    leave.abort()
  }
  stop.addEventListener('abort', () => leave.abort(), { once: true })
  const supervisor = new Supervisor({
    clock,
    link: watchdog,
    groupOf: (pid) => watchdog.groupOf(pid),
    signalNumber: () => 15,
  })
  supervisor.lost.addEventListener('abort', () => {
    judge.watchdogLost(process)
    fail()
  })
  const lead = async (leadership: Leadership): Promise<void> => {
    const { signal } = leadership
    judge.started(process)
    const onStop = (): void => judge.stopped(process, (signal.reason as LeadershipEnded).reason)
    signal.addEventListener('abort', onStop, { once: true })
    try {
      const command = { command: ['command'], env: {}, onStarted: () => undefined, onExited: () => undefined }
      const end = await runDuringTerm(supervisor, leadership, timings, command)
      if (!end.wasTold && signal.aborted) fail()
    } finally {
      judge.settled(process)
    }
  }
  const elector = new LeaderElector({
    lock,
    onRenewed: (renewal) => supervisor.renewed(renewal),
    clock,
    random: () => random.next(),
    identity,
    ...timings,
    rejoin: setup.rejoin,
    releaseOnCancel: setup.releaseOnCancel,
    maxHoldMs: setup.maxHoldMs,
    ...(setup.health && { health: setup.health, onHealth: ({ isHealthy }) => judge.gate(process, isHealthy) }),
    onStartedLeading: lead,
    onOverran: () => judge.overran(process),
  })
  try {
    await elector.run(leave.signal).catch(() => undefined)
  } finally {
    supervisor.close()
  }
}
