import { Option, type Command } from 'commander'
import { actor } from '../../shared/actions/actor.ts'
import { placeText } from '../../shared/actions/driven-election.ts'
import { observeHolder, planRelease, release, ReleaseRefused, type ReleasePlan } from '../../shared/actions/release.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { observe, statusOf } from '../../shared/lease/index.ts'
import type { LockedRecord } from '../../shared/locks/index.ts'
import { addConnectionFlags, connectWith, type ConnectionFlags } from '../connection-flags.ts'
import { parseElectionName, type ElectionName } from '../election-name.ts'
import { CommandError, ExitCode } from '../exit-code.ts'
import { withAdvice } from '../output/advice.ts'
import { formatAge } from '../output/duration.ts'
import { API_VERSION, electionJson } from '../output/election-json.ts'
import { printObject } from '../output/machine-output.ts'
import { ask, canAsk } from '../question.ts'
import type { Session } from '../session.ts'

interface ReleaseFlags extends ConnectionFlags {
  readonly force?: boolean
  readonly yes?: boolean
  readonly dryRun?: 'client' | 'server'
  readonly reason?: string
  readonly output?: 'json' | 'yaml'
}

/** `release`: empties the holder of a lease whose holder is gone. */
export function registerRelease(program: Command, session: Session, outcome: { exitCode: number }): void {
  const command = program
    .command('release')
    .summary('empty the holder of a lease whose holder is gone')
    .description(
      'Empties the holder, so that another candidate can take over at once. It is for a holder that is gone: it watches ' +
        'for the whole lease duration first, and refuses where the holder renews. A leader that is alive mostly takes ' +
        'such a lease back, or leads on beside its successor for a while: to move leadership, use failover.\n\n' +
        'Ends with code 0 when nobody holds it, and with 2 when it was refused or declined and nothing was written.',
    )
    .argument('<name>', 'NAME, lease/NAME, configmap/NAME or endpoints/NAME')
    .option('--force', 'do not watch first: also if the holder may be alive, or the lease is no election')
    .option('--yes', 'do it without asking')
    .addOption(new Option('--dry-run <where>', 'write nothing: say what would be done, or have the server check it').choices(['client', 'server']))
    .option('--reason <text>', 'why, for the Event that it leaves')
    .addOption(new Option('-o, --output <format>', 'print the election as it then is').choices(['json', 'yaml']))
  addConnectionFlags(command)
    .addHelpText(
      'after',
      `
Examples:
  # The node of the leader is lost, and nobody wants to wait until its lease has run out
  ${session.programName} release my-controller -n my-namespace --yes --reason "node lost"`,
    )
    .action(async (name: string, flags: ReleaseFlags) => {
      outcome.exitCode = await runRelease(session, parseElectionName(name), flags)
    })
}

async function runRelease(session: Session, { lock, name }: ElectionName, flags: ReleaseFlags): Promise<ExitCode> {
  const { clock, signal } = session
  const { force: isForced = false, dryRun, reason } = flags
  const client = await connectWith(session, flags)
  try {
    const place = { lock: lock ?? 'lease', namespace: client.namespace, name } as const
    let plan = await planRelease(client, place, { isForced, signal })
    const tell = (text: string): unknown => session.stderr.write(`${text}\n`)
    if (plan.holderIdentity === '') {
      tell(`Nobody holds the ${nameOf(plan)}: there is nothing to release.`)
      await report(session, plan, plan.locked, flags)
      return ExitCode.done
    }
    const isAsking = !(flags.yes ?? false) && dryRun === undefined
    const otherwise = 'Say --yes if you want that.'
    // Nobody waits for a lease to run out who can't be asked then.
    if (isAsking && !canAsk(session)) throw new CommandError(`${intention(plan)} ${otherwise} Nothing was written.`)
    if (!isForced) {
      if (plan.leaseDurationMs !== null) tell(`Watching for ${formatAge(plan.leaseDurationMs)} whether ${holderOf(plan)} renews the ${nameOf(plan)}...`)
      plan = await observeHolder(client, clock, plan, signal)
    }
    const explanation = isForced ? `${intention(plan)} ${prospects(plan)}` : `${holderOf(plan)} does not renew it. ${intention(plan)}`
    if (isAsking) await ask(session, { explanation, question: 'Release?', otherwise, declined: 'Not released.' })
    else tell(explanation)

    const locked = await release(client, clock, plan, { actor: actor(), reason, dryRun, signal })
    if (flags.output) await report(session, plan, locked, flags)
    else session.stdout.write(`${doneText(plan, dryRun)}\n`)
    return ExitCode.done
  } catch (error) {
    if (error instanceof ReleaseRefused) throw new CommandError(`${withAdvice(error)} Nothing was written.`)
    throw error
  } finally {
    client.close()
  }
}

async function report(session: Session, plan: ReleasePlan, locked: LockedRecord, flags: ReleaseFlags): Promise<void> {
  if (!flags.output) return
  const { record, version } = locked
  const { clock } = session
  const moment = { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() }
  const election = { ...plan.election, record, resourceVersion: version }
  const json = electionJson(election, statusOf(observe(undefined, record, moment.monotonicMs), moment))
  await printObject(session, flags.output, {
    ...{ apiVersion: API_VERSION, kind: 'Election', ...json, previousHolderIdentity: plan.holderIdentity },
    ...(flags.dryRun && { dryRun: flags.dryRun }),
  })
}

function intention(plan: ReleasePlan): string {
  return `This empties the ${nameOf(plan)}, which ${holderOf(plan)} holds, so that the next candidate to look takes it.`
}

/** What becomes of it where the holder is alive: FACTS of emptying leases under client-go's leaders. */
function prospects(plan: ReleasePlan): string {
  const forHow = plan.leaseDurationMs === null ? 'a while' : `up to ${formatAge(plan.leaseDurationMs)}`
  return (
    `It was not watched first: if ${holderOf(plan)} is alive, it will most likely take it back, or lead on beside ` +
    `another one for ${forHow}. To move leadership without that, use failover.`
  )
}

function doneText(plan: ReleasePlan, dryRun: ReleaseFlags['dryRun']): string {
  if (dryRun === undefined) return `The ${nameOf(plan)} is released: nobody holds it any more. It was held by ${holderOf(plan)}.`
  return `The ${nameOf(plan)} would be released (${dryRun} dry run: nothing was written). It is held by ${holderOf(plan)}.`
}

function nameOf({ place }: ReleasePlan): string {
  return harmless(placeText(place))
}

function holderOf({ holderIdentity }: ReleasePlan): string {
  return harmless(holderIdentity, 120)
}
