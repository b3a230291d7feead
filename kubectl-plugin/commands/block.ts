import { Option, type Command } from 'commander'
import { actor } from '../../shared/actions/actor.ts'
import { isBlockTime, planBlock, runBlock, type BlockPlan, type BlockResult } from '../../shared/actions/block.ts'
import { FailoverRefused } from '../../shared/actions/failover.ts'
import { durationText } from '../../shared/duration.ts'
import type { StopReason } from '../../shared/election/machine/protocol.ts'
import { machineClock } from '../../shared/guard/machine-clock.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { placeText } from '../../shared/lease/election-ref.ts'
import type { ClusterLockAddress } from '../../shared/locks/lock-address.ts'
import { addConnectionFlags, connectWith, contextText, type ConnectionFlags } from '../connection-flags.ts'
import { parseElectionName } from '../election-name.ts'
import { CommandError, ExitCode } from '../exit-code.ts'
import { eventJson } from '../failover/event-json.ts'
import { blockStep, planLines } from '../failover/plan-text.ts'
import { Progress } from '../failover/progress.ts'
import { abortionText } from '../failover/result-text.ts'
import { withWatchNotice } from '../failover/watch-notice.ts'
import { interruptedCode } from '../interruption.ts'
import { withAdvice } from '../output/advice.ts'
import { Countdown } from '../output/countdown.ts'
import { parseDuration } from '../output/duration.ts'
import { printText } from '../output/wrap.ts'
import { ask, canAsk } from '../question.ts'
import { parseRequiredReason } from '../reason.ts'
import type { Session } from '../session.ts'

interface BlockFlags extends ConnectionFlags {
  readonly for: number
  readonly reason: string
  readonly yes?: boolean
  readonly force?: boolean
  readonly output?: 'json'
}

/** `block`: keeps all candidates from leading for a while. */
export function registerBlock(program: Command, session: Session, outcome: { exitCode: number }): void {
  const command = program
    .command('block')
    .summary('block a lease for maintenance, so that no candidate can lead')
    .description(
      'Blocks a lease, so that no candidate can acquire it, for a limited time.\n\n' +
        'block stops the current leader as failover does, and then holds the lease itself. It releases the lease when the ' +
        'time is over, or on Ctrl-C. If the lease is lost earlier, because it could not be renewed in time (the network ' +
        'failed, the machine slept) or because another client wrote it, block reports that immediately. If block is killed, the lease ' +
        'expires within one lease duration. The reason and the user are recorded in Events.\n\n' +
        'Exit codes: 0 the lease was blocked until the time was over, or until Ctrl-C; 1 the block was lost earlier, or the ' +
        'leader was not stopped; 2 refused or declined, no changes made; 3 the API server failed or could not be reached; 4 ' +
        'not allowed (RBAC); 130 interrupted before the lease was blocked.',
    )
    .argument('<name>', 'NAME, lease/NAME, configmap/NAME or endpoints/NAME')
    .addOption(new Option('--for <duration>', 'time to block the lease, at most 1h').argParser(parseBlockTime).makeOptionMandatory())
    .addOption(new Option('--reason <text>', 'reason to record in the Kubernetes Events').argParser(parseRequiredReason).makeOptionMandatory())
    .option('--yes', 'do not ask for confirmation')
    .option('--force', 'allow a lease in kube-system, and a lease that is not a leader election')
    .addOption(new Option('-o, --output <format>', 'print one JSON object per event').choices(['json']))
  addConnectionFlags(command)
    .addHelpText('after', `\nExamples:\n  # Stop a controller for ten minutes\n  ${session.programName} block my-controller -n my-namespace --for 10m --reason "schema migration"`)
    .action(async (name: string, flags: BlockFlags) => {
      outcome.exitCode = await block(session, parseElectionName(name), flags)
    })
}

function parseBlockTime(text: string): number {
  const ms = parseDuration(text)
  if (!isBlockTime(ms)) throw new CommandError('A block lasts from 1s to 1h. No changes were made.')
  return ms
}

async function block(session: Session, { lock, name }: ClusterLockAddress, flags: BlockFlags): Promise<ExitCode> {
  if (!flags.yes && !canAsk(session)) {
    throw new CommandError('block needs your confirmation, but there is no terminal to ask on. To confirm, pass --yes. No changes were made.')
  }
  const client = await connectWith(session, flags)
  try {
    const place = { lock: lock ?? 'lease', namespace: client.namespace, name } as const
    const request = { place, forMs: flags.for, reason: flags.reason, isForced: flags.force ?? false, actor: actor() }
    const watched = { what: `the ${place.lock} "${harmless(name)}"`, declined: 'Not blocked.' }
    const plan = await withWatchNotice(session, client, watched, (reader) => planBlock(reader, machineClock, request, session.signal))
    const explanation = planText(plan, contextText(client, flags), session.clock.wallMs())
    const isJson = flags.output === 'json'
    if (!flags.yes) await ask(session, { explanation, question: 'Block the lease?', otherwise: 'To confirm, pass --yes.', declined: 'Not blocked.' })
    else if (!isJson) printText(session.stdout, explanation)
    const result = await run(session, plan, isJson, (onEvent) => runBlock(client, machineClock, plan, { signal: session.signal, onEvent }))
    if (isJson) tell(session, { type: 'result', ...result, blockedMs: Math.round(result.blockedMs) })
    else printText(session.stdout, resultText(plan, result))
    if (result.outcome === 'in-time' || result.outcome === 'canceled') return ExitCode.done
    return result.outcome === 'not-blocked' && session.signal.aborted ? interruptedCode(session.signal) : ExitCode.no
  } catch (error) {
    throw error instanceof FailoverRefused ? new CommandError(`${withAdvice(error)} No changes were made.`) : error
  } finally {
    client.close()
  }
}

type Listener = NonNullable<Parameters<typeof runBlock>[3]['onEvent']>

async function run(session: Session, plan: BlockPlan, isJson: boolean, start: (onEvent: Listener) => Promise<BlockResult>): Promise<BlockResult> {
  const progress = plan.failover && !isJson ? new Progress(session, plan.failover) : null
  using countdown = new Countdown(session)
  let isHeld = false
  session.wishes.leavesBehind = () => (isHeld ? `The lease is not released: it expires on its own within ${durationText(plan.leaseDurationMs)}.` : '')
  try {
    return await start((event) => {
      isHeld ||= event.type === 'blocked' || event.event.type === 'blocked'
      if (isJson) return tell(session, event.type === 'failover' ? { ...eventJson(event.event), type: `failover-${event.event.type}` } : event)
      if (event.type === 'failover') return progress?.tell(event.event)
      progress?.close()
      countdown.print(session.stdout, `Blocked for ${durationText(event.forMs)}: no candidate can acquire the lease.`)
      countdown.start(event.forMs, (left) => `blocked for ${left} more. Press Ctrl-C to release the lease.`)
    })
  } finally {
    progress?.close()
  }
}

function planText({ request, failover, leaseDurationMs }: BlockPlan, context: string, wallMs: number): string {
  const killedMs = Math.max(leaseDurationMs, failover?.placeholderMs ?? 0)
  const steps = [
    ...(failover ? [blockStep(failover)] : []),
    `Keep the lease blocked for ${durationText(request.forMs)}${failover ? ' from then on' : ''}, and then release it. There is no leader in the meantime.`,
    `If this command is killed, the lease expires on its own within ${durationText(killedMs)}.`,
  ]
  if (failover) return planLines(failover, { context, wallMs }, { steps, newLeader: 'none until the block ends' }).join('\n')
  return [`Context:  ${harmless(context)}`, `Election: ${harmless(placeText(request.place))}, which has no leader`, 'Plan:', ...steps.map((line) => `  - ${line}`)].join('\n')
}

function resultText({ request }: BlockPlan, { outcome, because, blockedMs, isReleased, failover }: BlockResult): string {
  const time = durationText(Math.round(blockedMs / 1000) * 1000)
  const left = isReleased ? 'The lease is released.' : 'The lease could not be released: it expires on its own, or another client has it.'
  switch (outcome) {
    case 'in-time':
      return `The block ended as planned, after ${time}. ${left}`
    case 'canceled':
      return `The block was canceled after ${time} of ${durationText(request.forMs)}. ${left}`
    case 'lost':
      return `The block was lost after at least ${durationText(Math.floor(blockedMs / 1000) * 1000)} of ${durationText(request.forMs)}: ${LOST[because ?? 'failed'] ?? 'it failed'}. Candidates can lead again.`
    case 'not-blocked':
      if (failover?.abortion) return `Not blocked: ${abortionText(failover.abortion, failover)}`
      return `Not blocked: ${failover?.outcome === 'returned' ? 'the old leader acquired the lease again' : 'the lease was not acquired'}.`
  }
}

const LOST: Readonly<Partial<Record<StopReason, string>>> = {
  deadline: 'the lease could not be renewed before it expired. The network failed, or this machine slept',
  taken: 'another client acquired the lease',
  emptied: 'another client released the lease',
  deleted: 'another client deleted the lease',
  blocked: 'a failover blocked the lease',
}

function tell({ stdout, clock }: Session, object: object): void {
  stdout.write(`${JSON.stringify({ time: new Date(clock.wallMs()).toISOString(), ...object })}\n`)
}
