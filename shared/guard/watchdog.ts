// The watchdog program: a process between `join` and the command that runs while leading. It is small, and only ends that
// command in time, so that no command keeps running if `join` is stopped or killed. With another argument, this program
// is the process that waits to become the command.
import { becomeCommand } from './become-command.ts'
import { Guard } from './guard.ts'
import { COMMAND, launch } from './launch.ts'
import { machineClock } from './machine-clock.ts'
import { PASSED_SIGNALS } from './watchdog-protocol.ts'
import type { Report } from './watchdog-protocol.ts'

if (process.argv[2] === COMMAND) becomeCommand()
else watch()

function watch(): void {
  // Ignore signals sent to the whole group: `join` receives them as well, and decides what the watchdog does.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGQUIT', ...PASSED_SIGNALS] as const) process.on(signal, () => undefined)

  const guard = new Guard({ clock: machineClock, launch, report })
  process.on('message', (message) => guard.take(message))
  process.on('disconnect', () => guard.abandon())
  // A bug in the watchdog must not leave a command unguarded.
  process.on('uncaughtException', (error) => {
    process.stderr.write(`Unexpected error in the watchdog: ${error.message}\n`)
    guard.abandon()
  })
}

function report(message: Report): void {
  if (process.connected) process.send!(message, () => undefined)
}
