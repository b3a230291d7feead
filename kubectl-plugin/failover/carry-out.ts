import { actor } from '../../shared/actions/actor.ts'
import {
  FailoverRefused,
  isAsAsked,
  planFailover,
  runFailover,
  tryFailover,
  type FailoverPlan,
  type FailoverRequest,
} from '../../shared/actions/failover.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { placeText } from '../../shared/lease/election-ref.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import type { ClusterLockAddress } from '../../shared/locks/lock-address.ts'
import { connectWith, contextText } from '../connection-flags.ts'
import { CommandError, ExitCode } from '../exit-code.ts'
import { interruptedCode } from '../interruption.ts'
import { withAdvice } from '../output/advice.ts'
import { printText } from '../output/wrap.ts'
import { ask, canAsk } from '../question.ts'
import type { Session } from '../session.ts'
import { eventJson, planJson } from './event-json.ts'
import type { FailoverFlags } from './failover-flags.ts'
import { LeftBehind } from './left-behind.ts'
import { planLines } from './plan-text.ts'
import { Progress } from './progress.ts'
import { withWatchNotice } from './watch-notice.ts'

/** Plans a failover, asks for confirmation, and carries it out. Resolves to the exit code. */
export async function carryOut(session: Session, { lock, name }: ClusterLockAddress, flags: FailoverFlags): Promise<ExitCode> {
  const isAsking = !(flags.yes ?? false) && flags.dryRun === undefined
  if (isAsking && !canAsk(session)) {
    throw new CommandError(
      'failover needs your confirmation, but there is no terminal to ask on. Pass --yes to confirm, or --dry-run=client to see the plan. No changes were made.',
    )
  }
  if (flags.tries !== undefined && flags.to === undefined && flags.notOn === undefined && flags.notIn === undefined) {
    throw new CommandError('--tries needs a wanted candidate: pass --to, --not-on or --not-in. No changes were made.')
  }
  const client = await connectWith(session, flags)
  try {
    const place = { lock: lock ?? 'lease', namespace: client.namespace, name } as const
    const { to, tries, blockFor: blockMs, timeout: timeoutMs, reason, deletePod = false, force = false } = flags
    const avoided = { notOn: names(flags.notOn, 'node', '--not-on'), notIn: names(flags.notIn, 'zone', '--not-in') }
    const request: FailoverRequest = { place, to, ...avoided, tries, blockMs, timeoutMs, reason, deletesPod: deletePod, isForced: force, actor: actor() }
    const watched = { what: `the ${place.lock} "${harmless(name)}"`, declined: 'Not moved.' }
    const plan = await withWatchNotice(session, client, watched, (reader) => planFailover(reader, session.clock, request, session.signal))
    await agree(session, plan, contextText(client, flags), flags)
    if (flags.dryRun !== undefined) return await dryRun(session, client, plan, flags.dryRun)
    return await run(session, client, plan, flags)
  } catch (error) {
    if (!(error instanceof FailoverRefused)) throw error
    throw new CommandError(`${withAdvice(error)} No changes were made.`)
  } finally {
    client.close()
  }
}

/** Shows the plan, and asks for confirmation, unless --yes was passed. */
async function agree(session: Session, plan: FailoverPlan, context: string, flags: FailoverFlags): Promise<void> {
  const text = planLines(plan, { context, wallMs: session.clock.wallMs() }).join('\n')
  if (flags.output === 'json') {
    const json = planJson(plan, context, flags.dryRun)
    session.stdout.write(`${JSON.stringify({ time: time(session), ...json })}\n`)
  }
  const isAsking = !(flags.yes ?? false) && flags.dryRun === undefined
  if (isAsking) {
    const question = plan.isOtherKnown || flags.force ? 'Move leadership?' : 'No other candidate is known. Move leadership anyway?'
    return ask(session, { explanation: text, question, otherwise: 'To confirm, pass --yes.', declined: 'Not moved.' })
  }
  if (flags.output !== 'json') printText(session.stdout, text)
  if (flags.dryRun === undefined && !plan.isOtherKnown && !(flags.force ?? false)) {
    throw new CommandError(
      `No other candidate is known for the ${placeText(plan.request.place)}. There may be no leader until ${harmless(plan.from, 120)} ` +
        'acquires the lease again. Standbys are not recorded in a lease: if you know that there are others, pass --force, or ' +
        'name one with --to. No changes were made.',
    )
  }
}

async function dryRun(session: Session, client: ApiClient, plan: FailoverPlan, where: 'client' | 'server'): Promise<ExitCode> {
  if (where === 'server') await tryFailover(client, session.clock, plan, session.signal)
  printText(session.stderr, `${where === 'server' ? 'The API server accepted the dry run. ' : ''}No changes were made (--dry-run=${where}).`)
  return ExitCode.done
}

async function run(session: Session, client: ApiClient, plan: FailoverPlan, flags: FailoverFlags): Promise<ExitCode> {
  const { clock, signal } = session
  const progress = flags.output === 'json' ? null : new Progress(session, plan)
  const left = new LeftBehind()
  session.wishes.leavesBehind = () => left.text
  try {
    const result = await runFailover(client, clock, plan, {
      signal,
      onEvent(event) {
        left.tell(event, plan)
        if (progress) progress.tell(event)
        else session.stdout.write(`${JSON.stringify({ time: time(session), ...eventJson(event) })}\n`)
      },
    })
    if (result.abortion?.cause === 'interrupted') return interruptedCode(signal)
    return isAsAsked(plan, result) ? ExitCode.done : ExitCode.no
  } finally {
    progress?.close()
  }
}

/** The names in `node/NAME` or NAME. */
function names(values: readonly string[] = [], type: 'node' | 'zone', flag: string): readonly string[] {
  return values.map((value) => {
    const name = value.startsWith(`${type}/`) ? value.slice(type.length + 1) : value
    if (name === '' || name.includes('/')) throw new CommandError(`"${value}" is not a ${type}. Use ${flag} ${type}/NAME. No changes were made.`)
    return name
  })
}

function time({ clock }: Session): string {
  return new Date(clock.wallMs()).toISOString()
}
