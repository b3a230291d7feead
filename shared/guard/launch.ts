import { spawn, type ChildProcess } from 'node:child_process'
import type { Duplex } from 'node:stream'
import { canBecomeCommand, GO_DESCRIPTOR, type GoAhead } from './become-command.ts'
import type { Exit, Launched } from './guard.ts'
import { ownProgram } from './own-program.ts'
import { processGroup } from './process-group.ts'

/** The first argument that makes this program wait to become a command: see `start.cjs`. */
export const COMMAND = '__command'

/**
 * Starts a process that waits to become the command. It has the watchdog's stdin, stdout and stderr, and a session and
 * process group of its own. On Windows, a process cannot become another one, so the command is started directly.
 */
export async function launch(command: readonly string[], env: Readonly<Record<string, string>>): Promise<Launched> {
  const goAhead = { command, env: { ...process.env, ...env } }
  return canBecomeCommand() ? launchWaiting(goAhead) : launchAtOnce(goAhead)
}

async function launchWaiting(goAhead: GoAhead): Promise<Launched> {
  const { file, argv0, args } = ownProgram(COMMAND)
  const child = spawn(file, args, { argv0, detached: true, stdio: ['inherit', 'inherit', 'inherit', 'pipe'], env: ownEnvironment() })
  const launched = await spawned(child).catch((error: unknown) => {
    // Leave out the error's code, because it would be reported as the command's.
    throw new Error(`cannot start a process for it (${(error as Error).message})`)
  })
  const socket = child.stdio[GO_DESCRIPTOR] as Duplex
  // If the process ends early, its exit is reported.
  socket.on('error', () => undefined)
  let answer = ''
  socket.setEncoding('utf8').on('data', (text: string) => (answer += text))
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  return {
    ...launched,
    async go() {
      socket.end(JSON.stringify(goAhead))
      await closed
      if (answer === '') return
      const { code, message } = JSON.parse(answer) as { readonly code?: string; readonly message: string }
      throw Object.assign(new Error(message), { code })
    },
  }
}

async function launchAtOnce({ command: [file, ...args], env }: GoAhead): Promise<Launched> {
  // On Windows, a session of its own would open a window.
  const detached = process.platform !== 'win32'
  return { ...(await spawned(spawn(file!, args, { detached, stdio: 'inherit', env }))), go: async () => undefined }
}

/** The environment without Node's settings: they are for the command, if it is Node, not for the process that waits. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NODE_')))
}

function spawned(child: ChildProcess): Promise<Omit<Launched, 'go'>> {
  return new Promise((resolve, reject) => {
    const exited = new Promise<Exit>((ended) => {
      child.on('exit', (exitCode, signal) => ended({ exitCode, signal }))
    })
    child.on('error', reject)
    const { pid } = child
    if (pid === undefined) return
    resolve({ pid, group: processGroup(pid), exited, signal: (signal) => void child.kill(signal) })
  })
}
