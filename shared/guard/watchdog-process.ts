import { spawn, type StdioOptions } from 'node:child_process'
import { ownProgram } from './own-program.ts'
import type { WatchdogLink } from './supervisor.ts'
import type { Report } from './watchdog-protocol.ts'

/** The first argument that makes this program the watchdog: see `start.cjs`. */
const WATCHDOG = '__watchdog'
/** Keeps SIGUSR1 from opening a debugger, also before the watchdog can install its own handler. */
const NODE_FLAGS = ['--disable-sigusr1']

export interface WatchdogOptions {
  readonly env: NodeJS.ProcessEnv
  /** Where the command's output goes: this process's stdout, or its stderr. */
  readonly stdout: 'stdout' | 'stderr'
  /** The file of the watchdog. Default: the file that was started, if it knows this role. */
  readonly program?: string
}

/**
 * Starts the watchdog. It is not in this process's group, so signals from a terminal or a shell do not reach it. It
 * inherits stdin, stdout and stderr, which it leaves to the command.
 */
export function startWatchdog(options: WatchdogOptions): WatchdogLink {
  const stdio: StdioOptions = ['inherit', options.stdout === 'stdout' ? 1 : 2, 'inherit', 'ipc']
  const { file, argv0, args } = ownProgram(WATCHDOG, NODE_FLAGS, options.program)
  const child = spawn(file, args, {
    argv0,
    env: options.env,
    detached: process.platform !== 'win32',
    windowsHide: true,
    stdio,
  })
  let isLost = false
  let tellLost = (): void => undefined
  const lost = (): void => {
    if (isLost) return
    isLost = true
    tellLost()
  }
  for (const event of ['exit', 'error', 'disconnect']) child.on(event, lost)
  return {
    send(order) {
      // If sending fails, 'disconnect' reports it.
      if (child.connected) child.send(order, () => undefined)
    },
    onReport: (listener) => void child.on('message', (report) => listener(report as Report)),
    onLost: (listener) => {
      tellLost = listener
      if (isLost) listener()
    },
    kill: () => void child.kill('SIGKILL'),
  }
}
