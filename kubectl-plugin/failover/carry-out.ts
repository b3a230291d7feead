import { actor } from '../../shared/actions/actor.ts'
import { placeText } from '../../shared/actions/driven-election.ts'
import {
  FailoverRefused,
  planFailover,
  runFailover,
  tryFailover,
  type FailoverPlan,
  type FailoverRequest,
} from '../../shared/actions/failover.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import type { ApiClient } from '../../shared/cluster/index.ts'
import type { FailoverFlags } from '../commands/failover.ts'
import { connectWith } from '../connection-flags.ts'
import type { ElectionName } from '../election-name.ts'
import { CommandError, ExitCode } from '../exit-code.ts'
import { interruptedCode } from '../interruption.ts'
import { withAdvice } from '../output/advice.ts'
import { secondsText } from '../output/seconds.ts'
import { ask, canAsk } from '../question.ts'
import type { Session } from '../session.ts'
import { eventJson, planJson } from './event-json.ts'
import { planLines } from './plan-text.ts'
import { Progress } from './progress.ts'
import { whileWatching } from './while-watching.ts'

/** Plans a failover, has it agreed to, and carries it out. Resolves to the exit code. */
export async function carryOut(session: Session, { lock, name }: ElectionName, flags: FailoverFlags): Promise<ExitCode> {
  const isAsking = !(flags.yes ?? false) && flags.dryRun === undefined
  if (isAsking && !canAsk(session)) {
    throw new CommandError(
      'To move leadership wants to be agreed to, and there is no terminal to ask at. Say --yes, or --dry-run=client to see what would happen. Nothing was written.',
    )
  }
  const client = await connectWith(session, flags)
  try {
    const place = { lock: lock ?? 'lease', namespace: client.namespace, name } as const
    const { to, blockFor: blockMs, timeout: timeoutMs, reason, deletePod = false, force = false } = flags
    const request: FailoverRequest = { place, to, blockMs, timeoutMs, reason, deletesPod: deletePod, isForced: force, actor: actor() }
    const what = `the ${place.lock} "${harmless(name)}"`
    const plan = await whileWatching(session, what, planFailover(client, session.clock, request, session.signal))
    await agree(session, plan, flags)
    if (flags.dryRun !== undefined) return await dryRun(session, client, plan, flags.dryRun)
    return await run(session, client, plan, flags)
  } catch (error) {
    if (!(error instanceof FailoverRefused)) throw error
    throw new CommandError(`${withAdvice(error)} Nothing was written.`)
  } finally {
    client.close()
  }
}

/** Shows the plan, and has a person agree where nobody has said yes beforehand. */
async function agree(session: Session, plan: FailoverPlan, flags: FailoverFlags): Promise<void> {
  const text = planLines(plan, session.clock.wallMs()).join('\n')
  if (flags.output === 'json') {
    const json = planJson(plan, flags.dryRun)
    session.stdout.write(`${JSON.stringify({ time: time(session), ...json })}\n`)
  }
  const isAsking = !(flags.yes ?? false) && flags.dryRun === undefined
  if (isAsking) {
    const question = plan.isOtherKnown || flags.force ? 'Move leadership?' : 'Nobody else is known to stand. Move leadership all the same?'
    return ask(session, { explanation: text, question, otherwise: 'Say --yes if you want that.', declined: 'Not moved.' })
  }
  if (flags.output !== 'json') session.stdout.write(`${text}\n`)
  if (flags.dryRun === undefined && !plan.isOtherKnown && !(flags.force ?? false)) {
    throw new CommandError(
      `No other candidate is known for the ${placeText(plan.request.place)}: nobody may lead until ${harmless(plan.from, 120)} comes back. ` +
        'If there are others (a lease shows none), say --force as well, or name one with --to. Nothing was written.',
    )
  }
}

async function dryRun(session: Session, client: ApiClient, plan: FailoverPlan, where: 'client' | 'server'): Promise<ExitCode> {
  if (where === 'server') await tryFailover(client, session.clock, plan, session.signal)
  session.stderr.write(`${where === 'server' ? 'The API server would take it. ' : ''}Nothing was written (--dry-run=${where}).\n`)
  return ExitCode.done
}

async function run(session: Session, client: ApiClient, plan: FailoverPlan, flags: FailoverFlags): Promise<ExitCode> {
  const { clock, signal } = session
  const progress = flags.output === 'json' ? null : new Progress(session, plan)
  let isBlocked = false
  session.wishes.leavesBehind = () =>
    isBlocked ? `The lease stays blocked until the placeholder expires, within ${secondsText(plan.placeholderMs)}.` : ''
  try {
    const result = await runFailover(client, clock, plan, {
      signal,
      onEvent(event) {
        if (event.type === 'blocked') isBlocked = true
        if (event.type === 'released' || event.type === 'undone' || event.type === 'result') isBlocked = false
        if (progress) progress.tell(event)
        else session.stdout.write(`${JSON.stringify({ time: time(session), ...eventJson(event) })}\n`)
      },
    })
    if (result.abortion?.cause === 'interrupted') return interruptedCode(signal)
    const isAsAsked = result.outcome === 'moved' && (plan.to === null || plan.to === result.to)
    return isAsAsked ? ExitCode.done : ExitCode.no
  } finally {
    progress?.close()
  }
}

function time({ clock }: Session): string {
  return new Date(clock.wallMs()).toISOString()
}
