import { LeadershipEnded, type Leadership } from '../election/leadership.ts'
import type { Timings } from '../election/timings.ts'
import { commandDeadlines } from './deadlines.ts'
import type { CommandEnd, Run, Supervisor } from './supervisor.ts'

/** A command to run while leading. */
export type GuardedCommand = Pick<Run, 'command' | 'env' | 'onStarted' | 'onExited'>

/** Grace period for the command while the candidate keeps the lease: on request, or after the maximum hold time. */
const ORDERLY_GRACE_MS = 20_000
/** Grace period for the command if another candidate may already be the leader. */
const LOST_GRACE_MS = 1_000

/**
 * Runs a command during one term. It resolves when no process of the command runs any more.
 *
 * @param timings the candidate's: the watchdog ends the command before the lease expires
 * @throws WatchdogLost if the watchdog was lost; the command was killed
 */
export async function runDuringTerm(
  supervisor: Supervisor,
  { signal }: Leadership,
  timings: Timings,
  command: GuardedCommand,
): Promise<CommandEnd> {
  const run: Run = { ...command, deadlines: commandDeadlines(timings), stop: signal, graceMs: () => graceMs(signal, timings) }
  for (;;) {
    const end = await supervisor.run(run)
    // The watchdog ends the command at its deadline. If the lease was renewed after all, the term goes on, and so must
    // the command.
    if (!end.wasTold || signal.aborted) return end
  }
}

function graceMs(stop: AbortSignal, timings: Timings): number {
  switch (stop.reason instanceof LeadershipEnded ? stop.reason.reason : null) {
    case 'stopped':
    case 'max-hold':
    case 'unhealthy':
      return ORDERLY_GRACE_MS
    // No other candidate can lead before the lease expires, and the watchdog's deadline is earlier.
    case 'deadline':
    case 'blocked':
      return timings.leaseDurationMs
    default:
      return LOST_GRACE_MS
  }
}
