import { fileURLToPath } from 'node:url'
import type { ElectorOptions } from '../election/elector-options.ts'
import type { Leadership } from '../election/leadership.ts'
import { DEFAULT_TIMINGS, type Timings } from '../election/timings.ts'
import { machineClock } from './machine-clock.ts'
import { runDuringTerm } from './run-during-term.ts'
import { startSupervisor } from './start-supervisor.ts'
import type { CommandEnd } from './supervisor.ts'

/** How to run a command while leading. */
export interface LeadingCommandOptions {
  /** The candidate's timings; milliseconds. Default: client-go's. */
  readonly timings?: Partial<Timings>
  /** Environment variables for the command, in addition to this process's and to `LEADER_IDENTITY` and `LEADER_FENCING_TOKEN`. */
  readonly env?: Readonly<Record<string, string>>
  readonly onStarted?: (pid: number) => void
  /** The command itself has ended. Processes that it started may still run. */
  readonly onExited?: (end: CommandEnd) => void
}

/** A command that runs while a candidate leads. Dispose of it when the candidate has left: that ends its watchdog. */
export interface LeadingCommand extends Disposable {
  /** For the options of a `LeaderElector` or of `joinElection`. They contain the timings. */
  readonly electorOptions: Timings & Required<Pick<ElectorOptions, 'onStartedLeading' | 'onRenewed' | 'clock'>>
  /** How the command ended last; null before that. */
  readonly end: CommandEnd | null
}

/** In the package, and in the repository. */
const WATCHDOG_FILE = new URL(import.meta.url.endsWith('.ts') ? './watchdog.ts' : './cli/watchdog.cjs', import.meta.url)

/**
 * Runs a command while a candidate leads, as `kubectl leader join -- COMMAND` does: a watchdog process of its own ends the
 * command before another candidate can lead, even if this process is stopped or killed. If the command ends on its own, so
 * does the candidate's run; the command is then not started again.
 *
 * @param command the program and its arguments. There is no shell.
 * @throws Error if the watchdog cannot be started, and later, from the candidate's run, WatchdogLost
 */
export function runWhileLeading(command: readonly string[], options: LeadingCommandOptions = {}): LeadingCommand {
  const timings: Timings = { ...DEFAULT_TIMINGS, ...options.timings }
  const supervisor = startSupervisor({ env: process.env, stdout: 'stdout', program: fileURLToPath(WATCHDOG_FILE) })
  let end: CommandEnd | null = null
  const onStartedLeading = async (leadership: Leadership): Promise<void> => {
    // It has finished its work, while the lease was being lost.
    if (end && !end.wasTold) return
    const { identity, fencingToken } = leadership
    end = await runDuringTerm(supervisor, leadership, timings, {
      command,
      env: { ...options.env, LEADER_IDENTITY: identity, LEADER_FENCING_TOKEN: fencingToken },
      onStarted: (pid) => options.onStarted?.(pid),
      onExited: (exited) => options.onExited?.(exited),
    })
  }
  return {
    // The watchdog reads the same clocks.
    electorOptions: { ...timings, onStartedLeading, onRenewed: (renewal) => supervisor.renewed(renewal), clock: machineClock },
    get end() {
      return end
    },
    [Symbol.dispose]: () => supervisor.close(),
  }
}
