// The program of the watchdog: a process between `join` and the command that it runs while leading. It is small, and
// does nothing but to end that command in time, so that whatever stops or kills `join` leaves nothing running. Started
// with another argument, it is the process that waits to become the command.
import { becomeCommand } from './become-command.ts'
import { Guard } from './guard.ts'
import { COMMAND, launch } from './launch.ts'
import { machineClock } from './machine-clock.ts'
import { PASSED_SIGNALS } from '../interruption.ts'
import type { Report } from './watchdog-protocol.ts'

if (process.argv[2] === COMMAND) becomeCommand()
else watch()

function watch(): void {
  // Whoever signals everything at once signals `join` too, and `join` says what is to be done.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGQUIT', ...PASSED_SIGNALS] as const) process.on(signal, () => undefined)

  const guard = new Guard({ clock: machineClock, launch, report })
  process.on('message', (message) => guard.take(message))
  process.on('disconnect', () => guard.abandon())
  // A mistake in here must not leave a command without its guard.
  process.on('uncaughtException', (error) => {
    process.stderr.write(`Unexpected error of the watchdog: ${error.message}\n`)
    guard.abandon()
  })
}

function report(message: Report): void {
  if (process.connected) process.send!(message, () => undefined)
}
