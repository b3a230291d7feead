// The watchdog program of a debug session: a process of its own that ends the debugged program before the lease expires,
// also when the extension host is blocked or killed. It starts nothing: VS Code's debugger does.
import { Guard } from '../../shared/guard/guard.ts'
import { machineClock } from '../../shared/guard/machine-clock.ts'
import type { Report } from '../../shared/guard/watchdog-protocol.ts'
import { DebuggedPrograms, type FoundProcesses } from './debugged-programs.ts'

for (const signal of ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP'] as const) process.on(signal, () => undefined)

const send = (message: Report | FoundProcesses): void => {
  if (process.connected) process.send!(message, () => undefined)
}
const programs = new DebuggedPrograms(machineClock, send)
const guard = new Guard({
  clock: machineClock,
  launch: async ([marker]) => programs.launch(marker!),
  report: (message: Report) => {
    if (message.type === 'gone') programs.gone()
    send(message)
  },
})

process.on('message', (message) => {
  programs.take(message)
  guard.take(message)
})
process.on('disconnect', () => {
  programs.orphaned()
  guard.abandon()
})
// A bug in the watchdog must not leave a program unguarded.
process.on('uncaughtException', () => {
  programs.orphaned()
  guard.abandon()
})
