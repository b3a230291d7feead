import { readFileSync, writeSync } from 'node:fs'
import { findExecutable } from './executable-file.ts'

/** Where the process that waits is told to go, and says why it can't: a socket to the watchdog. */
export const GO_DESCRIPTOR = 3

/** What it is told. Nothing is started of half of it. */
export interface GoAhead {
  readonly command: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

/** Whether a process can become another on this system. On Windows none can. */
export function canBecomeCommand(): boolean {
  return typeof process.execve === 'function' && process.platform !== 'win32'
}

/**
 * Waits to be told to go, and becomes the command: the same process, in whose place the command runs. Where the watchdog
 * ends first, the socket closes, and this process ends. Nothing else happens in it, so it can wait by blocking.
 *
 * Node closes the socket in the command (its startup marks all inherited descriptors but stdin, stdout and stderr so).
 */
export function becomeCommand(): void {
  // Node ignores the first two, and what is ignored stays so in the command. What is handled does not. The third would
  // open a debugger. (Node's flag against that blocks the signal, which the command would inherit.)
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
