import { spawn } from 'node:child_process'
import { processGroup } from '../../shared/guard/process-group.ts'
import type { Session } from '../session.ts'

/** A command that takes longer has failed. */
const LONGEST_COMMAND_MS = 60_000
/** Characters of its output that are kept. */
const LONGEST_OUTPUT = 10_000
/** How long after its end to wait for its output. */
const OUTPUT_PATIENCE_MS = 100
/** Between SIGTERM and SIGKILL. */
const GRACE_MS = 1_000

export interface ShellResult {
  /** Null if it did not exit by itself. */
  readonly code: number | null
  /** What it printed to stdout and stderr. */
  readonly output: string
}

/**
 * Runs a command of the user in a shell. If the session ends, or the command takes longer than a minute, it is ended with all
 * processes that it started.
 */
export async function runShell({ clock, signal }: Session, command: string, env: NodeJS.ProcessEnv): Promise<ShellResult> {
  const child = spawn(command, { shell: true, detached: process.platform !== 'win32', stdio: ['ignore', 'pipe', 'pipe'], env })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      if (output.length < LONGEST_OUTPUT) output += text
    })
  }
  const ended = new AbortController()
  const exited = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null))
    child.once('close', resolve)
    // What it started in the background may keep its output open.
    child.once('exit', (code) => void clock.sleep(OUTPUT_PATIENCE_MS).then(() => resolve(code)))
  })
  if (child.pid === undefined) return { code: await exited, output }
  const group = processGroup(child.pid)
  const kill = (): void => group.signal('SIGKILL')
  process.once('exit', kill)
  const endInTime = async (): Promise<void> => {
    await clock.sleep(LONGEST_COMMAND_MS, AbortSignal.any([signal, ended.signal])).catch(() => undefined)
    if (ended.signal.aborted) return
    group.signal('SIGTERM')
    await clock.sleep(GRACE_MS, ended.signal).catch(() => undefined)
    kill()
  }
  const ending = endInTime()
  const code = await exited
  ended.abort()
  await ending
  process.removeListener('exit', kill)
  return { code, output: output.slice(0, LONGEST_OUTPUT) }
}
