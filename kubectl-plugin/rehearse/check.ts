import { spawn } from 'node:child_process'
import type { CheckAnswer, CheckContext } from '../../shared/actions/rehearse/rehearsal.ts'

/** The exit code by which a check reports that something unsafe has happened. */
const UNSAFE = 2
/** A check that takes longer has failed. */
const LONGEST_MS = 60_000

/**
 * Runs the user's check in a shell, with the round in `LEADER_*`. Its output goes to stderr. 0: the program works. 2:
 * something unsafe has happened, for example an old leader that still acts. Any other: it does not work, or not yet.
 */
export function runCheck(command: string, env: NodeJS.ProcessEnv, { phase, round, kind, place, from, to }: CheckContext): Promise<CheckAnswer> {
  const described = { LEADER_PHASE: phase, LEADER_ROUND: String(round), LEADER_KIND: kind, LEADER_NAME: place.name, LEADER_NAMESPACE: place.namespace, LEADER_FROM: from, LEADER_TO: to }
  const child = spawn(command, { shell: true, stdio: ['ignore', 2, 2], env: { ...env, ...described }, timeout: LONGEST_MS })
  return new Promise((resolve) => {
    child.once('error', () => resolve('fails'))
    child.once('exit', (code) => resolve(code === 0 ? 'works' : code === UNSAFE ? 'unsafe' : 'fails'))
  })
}
