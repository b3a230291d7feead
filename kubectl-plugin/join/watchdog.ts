// The program of the watchdog: a process between `join` and the command that it runs while leading. It is small, and
// does nothing but to end that command in time, so that whatever stops or kills `join` leaves nothing running.
import { spawn } from 'node:child_process'
import { Guard, type Exit, type Launched } from './guard.ts'
import { machineClock } from './machine-clock.ts'
import { processGroup } from './process-group.ts'
import type { Order, Report } from './watchdog-protocol.ts'

/** In a session and a process group of its own; Windows would open a window for that. */
const detached = process.platform !== 'win32'

const guard = new Guard({ clock: machineClock, launch, report })

// Whoever signals everything at once signals `join` too, and `join` says what is to be done.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, () => undefined)

process.on('message', (order: Order) => guard.take(order))
process.on('disconnect', () => guard.abandon())

function report(message: Report): void {
  if (process.connected) process.send!(message, () => undefined)
}

function launch([file, ...args]: readonly string[], env: Readonly<Record<string, string>>): Promise<Launched> {
  return new Promise((resolve, reject) => {
    const child = spawn(file!, args, { detached, stdio: 'inherit', env: { ...process.env, ...env } })
    const exited = new Promise<Exit>((ended) => {
      child.on('exit', (exitCode, signal) => ended({ exitCode, signal }))
    })
    child.on('error', reject)
    if (child.pid !== undefined) resolve({ pid: child.pid, group: processGroup(child.pid), exited })
  })
}
