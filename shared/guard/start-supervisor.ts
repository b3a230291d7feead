import { constants } from 'node:os'
import { machineClock } from './machine-clock.ts'
import { processGroup } from './process-group.ts'
import { Supervisor } from './supervisor.ts'
import { startWatchdog, type WatchdogOptions } from './watchdog-process.ts'

/** Starts a watchdog process, and returns what runs commands through it. Close it at the end. */
export function startSupervisor(options: WatchdogOptions): Supervisor {
  const signalNumber = (signal: NodeJS.Signals): number => constants.signals[signal]
  return new Supervisor({ clock: machineClock, link: startWatchdog(options), groupOf: processGroup, signalNumber })
}
