import { actor } from '../../shared/actions/actor.ts'
import { tryFailover } from '../../shared/actions/failover.ts'
import { DEFAULT_AT_ONCE, NoSuchNode, planMany, runMany, scopeOf, type ManyPlan, type ManyRequest, type Verdict } from '../../shared/actions/failover-many.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { connectWith, contextText } from '../connection-flags.ts'
import { parseElectionName } from '../election-name.ts'
import { CommandError, ExitCode } from '../exit-code.ts'
import { interruptedCode } from '../interruption.ts'
import { Countdown } from '../output/countdown.ts'
import { printText } from '../output/wrap.ts'
import { ask, canAsk } from '../question.ts'
import type { Session } from '../session.ts'
import type { FailoverFlags } from './failover-flags.ts'
import { LeftBehind } from './left-behind.ts'
import { leftJson, manyEventJson, manyPlanJson, verdictJson } from './many-json.ts'
import { manyPlanLines, verdictLine, verdictLines } from './many-text.ts'
import { withWatchNotice } from './watch-notice.ts'

/** Whether the command line means several elections, and not one by its name. */
export function isOfMany(names: readonly string[], { selector, allNamespaces, onNode, inZone }: FailoverFlags): boolean {
  return names.length !== 1 || selector !== undefined || allNamespaces !== undefined || onNode !== undefined || inZone !== undefined
}

/** Plans the failovers of several elections, asks once, and carries them out. Resolves to the exit code. */
export async function carryOutMany(session: Session, names: readonly string[], flags: FailoverFlags): Promise<ExitCode> {
  checkFlags(names, flags)
  const isAsking = !(flags.yes ?? false) && flags.dryRun === undefined
  if (isAsking && !canAsk(session)) {
    throw new CommandError(
      'failover needs your confirmation, but there is no terminal to ask on. Pass --yes to confirm, or --dry-run=client to see the plan. No changes were made.',
    )
  }
  const client = await connectWith(session, flags)
  try {
    const request: ManyRequest = {
      ...selectionOf(client, names, flags),
      onNodes: flags.onNode ?? [],
      inZones: flags.inZone ?? [],
      atOnce: flags.atOnce ?? DEFAULT_AT_ONCE,
      isForced: flags.force ?? false,
      reason: flags.reason,
      actor: actor(),
    }
    const plan = await withWatchNotice(session, client, { what: 'the leases', declined: 'Not moved.' }, (reader) => planMany(reader, session.clock, request, session.signal))
    const context = contextText(client, flags)
    const lines = manyPlanLines(plan, context)
    const isJson = flags.output === 'json'
    if (isJson) tell(session, manyPlanJson(plan, context, flags.dryRun))
    if (plan.moves.length === 0 || !isAsking) {
      if (!isJson) printText(session.stdout, lines.join('\n'))
    } else {
      const question = plan.moves.length === 1 ? 'Move leadership?' : `Move these ${plan.moves.flatMap(({ plans }) => plans).length} leaders?`
      await ask(session, { explanation: lines.join('\n'), question, otherwise: 'To confirm, pass --yes.', declined: 'Not moved.' })
    }
    if (flags.dryRun !== undefined) return await dryRun(session, client, plan, flags.dryRun)
    const verdicts = plan.moves.length === 0 ? [] : await run(session, client, plan, isJson)
    if (isJson) tell(session, { type: 'result', verdicts: verdicts.map(verdictJson), left: plan.left.map(leftJson) })
    else if (verdicts.length > 0) session.stdout.write(`${verdictLines(verdicts).join('\n')}\n`)
    return exitCodeOf(session, plan, verdicts)
  } catch (error) {
    throw error instanceof NoSuchNode ? new CommandError(`${error.message} No changes were made.`) : error
  } finally {
    client.close()
  }
}

function checkFlags(names: readonly string[], flags: FailoverFlags): void {
  if (names.length === 0 && flags.selector === undefined && flags.onNode === undefined && flags.inZone === undefined) {
    throw new CommandError('Name the elections to move, or select them with -l, --on-node or --in-zone. No changes were made.')
  }
  if (names.length > 0 && flags.selector !== undefined) throw new CommandError('Use either names or -l. No changes were made.')
  if (names.length > 0 && flags.allNamespaces) throw new CommandError('Use either names or -A. No changes were made.')
  const ofOne = { '--to': flags.to, '--not-on': flags.notOn, '--not-in': flags.notIn, '--tries': flags.tries, '--block-for': flags.blockFor, '--delete-pod': flags.deletePod, '--timeout': flags.timeout }
  const [used] = Object.entries(ofOne).find(([, value]) => value !== undefined) ?? []
  if (used) throw new CommandError(`${used} works with one election only, named without -l, --on-node and --in-zone. No changes were made.`)
  const { atOnce = DEFAULT_AT_ONCE } = flags
  if (!Number.isInteger(atOnce) || atOnce < 1) throw new CommandError('--at-once needs a whole number, 1 or more. No changes were made.')
}

/** Nodes and zones select from all namespaces, unless one is named: their Pods are of all namespaces. */
function selectionOf(client: ApiClient, names: readonly string[], flags: FailoverFlags): Pick<ManyRequest, 'scope' | 'places'> {
  if (names.length > 0) {
    const places = names.map(parseElectionName).map(({ lock, name }) => ({ lock: lock ?? 'lease', namespace: client.namespace, name }) as const)
    return { scope: scopeOf(places), places }
  }
  const isAll = flags.allNamespaces ?? (flags.namespace === undefined && flags.selector === undefined)
  return { scope: { namespaces: isAll ? 'all' : [client.namespace], ...(flags.selector !== undefined && { labelSelector: flags.selector }) } }
}

async function dryRun(session: Session, client: ApiClient, { moves }: ManyPlan, where: 'client' | 'server'): Promise<ExitCode> {
  if (where === 'server') {
    for (const plan of moves.flatMap(({ plans }) => plans)) await tryFailover(client, session.clock, plan, session.signal)
  }
  printText(session.stderr, `${where === 'server' ? 'The API server accepted the dry run. ' : ''}No changes were made (--dry-run=${where}).`)
  return ExitCode.done
}

async function run(session: Session, client: ApiClient, plan: ManyPlan, isJson: boolean): Promise<readonly Verdict[]> {
  const all = plan.moves.flatMap(({ plans }) => plans)
  let underway = 0
  let ended = 0
  const left = new LeftBehind()
  session.wishes.leavesBehind = () => left.text
  using countdown = new Countdown(session)
  const show = (): void => countdown.start(Number.POSITIVE_INFINITY, () => `${ended} of ${all.length} done, ${underway} under way. ${session.signal.aborted ? 'Canceling: what is under way is undone if possible.' : 'Press Ctrl-C to cancel.'}`)
  return await runMany(client, session.clock, plan, {
    signal: session.signal,
    onEvent(event) {
      if (event.type === 'begun') underway++
      if (event.type === 'progress') left.tell(event.event, event.plan)
      if (event.type === 'ended') {
        underway--
        ended++
      }
      if (isJson) {
        const json = manyEventJson(event)
        if (json) tell(session, json)
        return
      }
      if (event.type === 'ended') countdown.print(session.stdout, `[${ended}/${all.length}] ${verdictLine(event.verdict)}`)
      if (ended < all.length) show()
      else countdown.stop()
    },
  })
}

function exitCodeOf({ signal }: Session, { left }: ManyPlan, verdicts: readonly Verdict[]): ExitCode {
  if (signal.aborted) return interruptedCode(signal)
  if (verdicts.some(({ outcome }) => outcome === 'failed')) return ExitCode.server
  return left.length === 0 && verdicts.every(({ outcome }) => outcome === 'moved') ? ExitCode.done : ExitCode.no
}

function tell({ stdout, clock }: Session, object: object): void {
  stdout.write(`${JSON.stringify({ time: new Date(clock.wallMs()).toISOString(), ...object })}\n`)
}
