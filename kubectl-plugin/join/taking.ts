import { actor } from '../../shared/actions/actor.ts'
import { placeText } from '../../shared/actions/driven-election.ts'
import { FailoverRefused, type FailoverEvent, type FailoverPlan, type FailoverResult } from '../../shared/actions/failover.ts'
import { planTake, takeLeadership } from '../../shared/actions/take.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { CommandError, ExitCode } from '../exit-code.ts'
import { whileWatching } from '../failover/while-watching.ts'
import { errorText, withAdvice } from '../output/advice.ts'
import { ask, canAsk } from '../question.ts'
import type { Session } from '../session.ts'
import type { Candidate } from './candidate.ts'
import { takePlanText, type JoinEvent, type PlannedTerm } from './join-events.ts'
import type { JoinRequest } from './join-request.ts'
import type { JoinTarget } from './join-target.ts'

/**
 * Whoever can't be asked is told before anything is read.
 * @throws CommandError
 */
export function checkTaking(session: Session, { isTaking, isAgreed, address }: JoinRequest): void {
  if (isTaking && address.lock === 'redis') {
    throw new CommandError('--take is for elections in a cluster: in Redis, nobody can be kept out of one. Nothing was written.')
  }
  if (!isTaking || isAgreed || canAsk(session)) return
  throw new CommandError(
    'To take leadership wants to be agreed to, and there is no terminal to ask at. Say --yes. Nothing was written.',
  )
}

/**
 * What taking leadership will do; null where there is nothing to take.
 * @throws CommandError where it is refused; ClusterError
 */
export async function planTaking(
  session: Session,
  { isForced }: JoinRequest,
  { cluster, lock }: JoinTarget,
  identity: string,
): Promise<FailoverPlan | null> {
  const { client, place } = cluster!
  const planning = planTake(client, session.clock, { place, identity, isForced, actor: actor() }, session.signal)
  try {
    return await whileWatching(session, harmless(lock.description), planning)
  } catch (error) {
    if (error instanceof FailoverRefused) throw new CommandError(`${withAdvice(error)} Nothing was written.`)
    throw error
  }
}

/** Shows the plan, and has a person agree to it. */
export async function agreeToTake(
  session: Session,
  { isAgreed, output }: JoinRequest,
  { plan, term, tell }: { readonly plan: FailoverPlan; readonly term: PlannedTerm; readonly tell: (event: JoinEvent) => void },
): Promise<void> {
  if (isAgreed || output === 'json') tell({ type: 'plan', plan, term })
  if (isAgreed) return
  const explanation = takePlanText(plan, term, session.clock.wallMs())
  await ask(session, { explanation, question: 'Take leadership?', otherwise: 'Say --yes if you want that.', declined: 'Not taken.' })
}

/** Moves leadership to the candidate, which stands by now or soon. Where that does not come off, the candidate leaves. */
export async function take(
  session: Session,
  { cluster }: JoinTarget,
  { plan, candidate, tell }: { readonly plan: FailoverPlan; readonly candidate: Candidate; readonly tell: (event: JoinEvent) => void },
): Promise<void> {
  const onEvent = (event: FailoverEvent): void => tellOf(event, { plan, candidate, tell })
  try {
    const result = await takeLeadership(cluster!.client, session.clock, plan, candidate, onEvent)
    if (result.outcome !== 'moved' && !candidate.leaving.aborted) candidate.fail(notTaken(plan, result))
  } catch (error) {
    if (!candidate.hasLed) candidate.fail(error)
    else candidate.tellError(errorText(error))
  }
}

function tellOf(
  event: FailoverEvent,
  { plan, candidate, tell }: { readonly plan: FailoverPlan; readonly candidate: Candidate; readonly tell: (event: JoinEvent) => void },
): void {
  switch (event.type) {
    case 'blocked':
    case 'still-blocked':
    case 'undone':
    case 'leader-stopped':
      return tell({ ...event, plan })
    case 'released':
      return tell(event.to === null ? { type: 'released' } : { type: 'handed-over' })
    case 'error':
      return candidate.tellError(withAdvice(event))
    case 'result':
      return tell(event)
    case 'pod-deleted':
  }
}

/** Why it was not taken, and how the election is left. */
function notTaken({ request: { place } }: FailoverPlan, { outcome, to, abortion }: FailoverResult): CommandError {
  const now = to === '' ? 'The lease is free for whoever comes first.' : `${to} holds it now.`
  const because = abortion ? BECAUSE[abortion.cause] : outcome === 'free' ? 'this candidate did not take what was given to it' : 'another one was faster'
  const left = abortion?.left === 'untouched' ? 'No changes were made.' : now
  return new CommandError(`Leadership of ${placeText(place)} was not taken: ${because}. ${left} This candidate has left.`, ExitCode.no)
}

const BECAUSE = {
  interrupted: 'it was interrupted',
  durationChanged: 'the lease duration of its holder has changed since the plan was made',
  reacquired: 'its holder has acquired it again since the plan was made',
  podReplaced: 'the Pod of its holder has been replaced since the plan was made',
  taken: 'another one wrote the lease in between',
  underway: 'another failover came in between',
  emptied: 'somebody else emptied the lease in between',
  deleted: 'somebody deleted the lease in between',
  busy: 'the lease is written so often that no write came in between',
} as const
