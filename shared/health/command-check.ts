import { spawn } from 'node:child_process'
import { processGroup } from '../guard/process-group.ts'

const LONGEST_STDERR = 200

/**
 * Healthy if a command of the shell exits with code 0. When the signal is aborted, the command and the processes that it has
 * started (its process group) are killed.
 */
export function commandCheck(command: string, env: NodeJS.ProcessEnv): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    const child = spawn(command, { shell: true, env, stdio: ['ignore', 'ignore', 'pipe'], detached: process.platform !== 'win32', windowsHide: true })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(0, LONGEST_STDERR)))
    const kill = (): void => {
      if (child.pid !== undefined) processGroup(child.pid).signal('SIGKILL')
    }
    const { promise, resolve, reject } = Promise.withResolvers<undefined>()
    child.on('error', reject)
    child.on('exit', (code, by) => {
      if (code === 0) return resolve(undefined)
      const [line = ''] = stderr.trim().split('\n')
      reject(new Error(`${code === null ? `ended by ${by}` : `exit code ${code}`}${line === '' ? '' : `: ${line}`}`))
    })
    signal.addEventListener('abort', kill, { once: true })
    if (signal.aborted) kill()
    try {
      await promise
    } finally {
      signal.removeEventListener('abort', kill)
      // A process that the command has left behind may hold it.
      child.stderr.destroy()
    }
  }
}
