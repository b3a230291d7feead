import { commandCheck } from './command-check.ts'
import { urlCheck } from './url-check.ts'

/**
 * A health check from what a user writes: an http or https URL, or a command for the shell.
 * @throws TypeError if it is empty, or a URL that is not valid
 */
export function healthCheck(target: string, env: NodeJS.ProcessEnv = process.env): (signal: AbortSignal) => Promise<void> {
  if (target.trim() === '') throw new TypeError('A health check is a URL or a command.')
  return /^https?:/i.test(target) ? urlCheck(target) : commandCheck(target, env)
}
