import { actor } from '../../shared/actions/actor.ts'
import { FailoverRefused, type FailoverEvent, type FailoverPlan, type FailoverResult } from '../../shared/actions/failover.ts'
import { planTake, takeLeadership } from '../../shared/actions/take.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { placeText } from '../../shared/lease/election-ref.ts'
import { CommandError, ExitCode } from '../exit-code.ts'
import { withWatchNotice } from '../failover/watch-notice.ts'
import { errorText, retryText, withAdvice } from '../output/advice.ts'
import { ask, canAsk } from '../question.ts'
import type { Session } from '../session.ts'
import type { JoinCandidate } from './join-candidate.ts'
import { takePlanText, type JoinEvent, type PlannedTerm } from './join-events.ts'
import type { JoinRequest } from './join-request.ts'
import type { JoinTarget } from './join-target.ts'

/**
 * Fails before anything is read if --take is not possible.
 * @throws CommandError if the election is in Redis, or confirmation is needed and there is no terminal to ask on
 */
export function checkTaking(session: Session, { isTaking, isAgreed, address }: JoinRequest): void {
  if (isTaking && address.lock === 'redis') {
    throw new CommandError('--take is not supported for Redis. No changes were made.')
  }
  if (!isTaking || isAgreed || canAsk(session)) return
  throw new CommandError(
    '--take needs your confirmation, but there is no terminal to ask on. To confirm, pass --yes. No changes were made.',
  )
}

/**
 * The plan for taking leadership; null if there is no leader to take over from.
 * @throws CommandError if taking leadership is refused; ClusterError
 */
export async function planTaking(
  session: Session,
  { isForced }: JoinRequest,
  { cluster, lock }: JoinTarget,
  identity: string,
): Promise<FailoverPlan | null> {
  const { client, place } = cluster!
  const request = { place, identity, isForced, actor: actor() }
  const watched = { what: harmless(lock.description), declined: 'Not taken.' }
  try {
    return await withWatchNotice(session, client, watched, (reader) => planTake(reader, session.clock, request, session.signal))
  } catch (error) {
    if (error instanceof FailoverRefused) throw new CommandError(`${withAdvice(error)} No changes were made.`)
    throw error
  }
}

/** Shows the plan, and asks for confirmation. */
export async function agreeToTake(
  session: Session,
  { isAgreed, output }: JoinRequest,
  planned: { readonly plan: FailoverPlan; readonly context: string; readonly term: PlannedTerm },
  tell: (event: JoinEvent) => void,
): Promise<void> {
  if (isAgreed || output === 'json') tell({ type: 'plan', ...planned })
  if (isAgreed) return
  const explanation = takePlanText(planned, session.clock.wallMs())
  await ask(session, { explanation, question: 'Take leadership?', otherwise: 'To confirm, pass --yes.', declined: 'Not taken.' })
}

/** Moves leadership to the candidate, which is a standby by now or soon. If that fails, the candidate leaves the election. */
export async function take(
  session: Session,
  { cluster }: JoinTarget,
  { plan, candidate, tell }: { readonly plan: FailoverPlan; readonly candidate: JoinCandidate; readonly tell: (event: JoinEvent) => void },
): Promise<void> {
  const { candidacy: own } = candidate
  const onEvent = (event: FailoverEvent): void => tellOf(event, { plan, candidate, tell })
  try {
    const result = await takeLeadership(cluster!.client, session.clock, plan, own, onEvent)
    if (result.outcome !== 'moved' && !own.leaving.aborted) own.fail(notTaken(plan, result))
  } catch (error) {
    if (!own.hasLed) own.fail(error)
    else candidate.tellError(errorText(error))
  }
}

function tellOf(
  event: FailoverEvent,
  { plan, candidate, tell }: { readonly plan: FailoverPlan; readonly candidate: JoinCandidate; readonly tell: (event: JoinEvent) => void },
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
      return candidate.tellError(retryText(event))
    case 'result':
      return tell(event)
    case 'pod-deleted':
    case 'draw':
  }
}

/** Why leadership was not taken, and the state in which the election is left. */
function notTaken({ request: { place } }: FailoverPlan, { outcome, to, abortion }: FailoverResult): CommandError {
  const now = to === '' ? 'The lease is free, and any candidate can acquire it.' : `The holder is now ${to}.`
  const because = abortion
    ? BECAUSE[abortion.cause]
    : outcome === 'free'
      ? 'this candidate did not acquire the lease after the handover'
      : 'another candidate acquired the lease first'
  const left = abortion?.left === 'untouched' ? `No changes were made. ${now}` : now
  return new CommandError(`Could not take leadership of ${placeText(place)}: ${because}. ${left} This candidate has left the election.`, ExitCode.no)
}

const BECAUSE = {
  interrupted: 'it was canceled',
  durationChanged: 'the lease duration of its holder has changed since the plan was made',
  reacquired: 'its holder has acquired the lease again since the plan was made',
  podReplaced: 'the Pod of its holder has been replaced since the plan was made',
  targetReplaced: 'this candidate has been restarted',
  taken: 'another client wrote the lease in the meantime',
  underway: 'another failover started in the meantime',
  emptied: 'another client released the lease in the meantime',
  deleted: 'another client deleted the lease in the meantime',
  busy: 'its holder writes the lease too often',
} as const
