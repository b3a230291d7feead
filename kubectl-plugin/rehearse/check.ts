import type { CheckAnswer, CheckContext, RoundContext } from '../../shared/actions/rehearse/rehearsal.ts'
import type { Session } from '../session.ts'
import type { RehearsalProgress } from './progress.ts'
import { runShell } from './shell.ts'

/** The exit code by which a check reports that something unsafe has happened. */
const UNSAFE = 2

/**
 * Runs the user's check, with the round in `LEADER_*`. 0: the program works. 2: something unsafe has happened, for example an
 * old leader that still acts. Any other: it does not work, or not yet.
 */
export async function runCheck(session: Session, command: string, context: CheckContext, progress: RehearsalProgress): Promise<CheckAnswer> {
  const { code, output } = await runShell(session, command, { ...session.env, ...described(context), LEADER_PHASE: context.phase })
  if (code !== 0) progress.output(output)
  return code === 0 ? 'works' : code === UNSAFE ? 'unsafe' : 'fails'
}

/** Runs the user's command that crashes the leader. False: it failed. */
export async function runCrash(session: Session, command: string, context: RoundContext, progress: RehearsalProgress): Promise<boolean> {
  const { code, output } = await runShell(session, command, { ...session.env, ...described(context) })
  progress.output(output)
  return code === 0
}

function described({ round, kind, place, from, pod, to }: RoundContext): NodeJS.ProcessEnv {
  return {
    ...{ LEADER_ROUND: String(round), LEADER_KIND: kind, LEADER_NAME: place.name, LEADER_NAMESPACE: place.namespace },
    ...{ LEADER_FROM: from, LEADER_POD: pod ?? '', LEADER_TO: to },
  }
}
