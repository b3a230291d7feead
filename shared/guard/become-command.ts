import { readFileSync, writeSync } from 'node:fs'
import { findExecutable } from './executable-file.ts'

/** A socket to the watchdog. On it, the waiting process gets the order to go, and reports why the command cannot be run. */
export const GO_DESCRIPTOR = 3

/** The order to go. If it is incomplete, the process starts nothing. */
export interface GoAhead {
  readonly command: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

/** Whether a process can become another one on this system. On Windows, it cannot. */
export function canBecomeCommand(): boolean {
  return typeof process.execve === 'function' && process.platform !== 'win32'
}

/**
 * Waits for the order to go, and then becomes the command with execve(2), as the same process. If the watchdog ends first,
 * the socket closes, and this process exits. It does nothing else, so it can block while it waits.
 *
 * The command does not inherit the socket: on startup, Node sets close-on-exec on all inherited descriptors except stdin,
 * stdout and stderr.
 */
export function becomeCommand(): void {
  // Node ignores SIGPIPE and SIGXFSZ, and the command would inherit that. Signals with a handler are reset by execve(2).
  // SIGUSR1 would open a debugger. (Node's flag against that blocks the signal, and the command would inherit the block.)
  for (const signal of ['SIGPIPE', 'SIGXFSZ', 'SIGUSR1'] as const) process.on(signal, () => undefined)
  const goAhead = readGoAhead()
  if (!goAhead) return
  const { command, env } = goAhead
  try {
    const { file, args } = findExecutable(command, env['PATH'])
    process.execve!(file, args, env)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    writeSync(GO_DESCRIPTOR, JSON.stringify({ code, message }))
  }
}

function readGoAhead(): GoAhead | null {
  try {
    return JSON.parse(readFileSync(GO_DESCRIPTOR, 'utf8')) as GoAhead
  } catch {
    return null
  }
}
