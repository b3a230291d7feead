import { Option, type Command } from 'commander'
import { actor } from '../../shared/actions/actor.ts'
import { observeHolder, planRelease, release, ReleaseRefused, type ReleasePlan } from '../../shared/actions/release.ts'
import { durationText } from '../../shared/duration.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { isBlock, isBlocking } from '../../shared/lease/placeholder.ts'
import { observe } from '../../shared/lease/observation.ts'
import { statusOf } from '../../shared/lease/status.ts'
import { placeText } from '../../shared/lease/election-ref.ts'
import type { LockedRecord } from '../../shared/locks/lock.ts'
import type { ClusterLockAddress } from '../../shared/locks/lock-address.ts'
import { beforeChanges } from '../before-changes.ts'
import { addConnectionFlags, connectWith, type ConnectionFlags } from '../connection-flags.ts'
import { parseElectionName } from '../election-name.ts'
import { electionNotFound } from '../election-not-found.ts'
import { CommandError, ExitCode } from '../exit-code.ts'
import { isInterruption } from '../interruption.ts'
import { withAdvice } from '../output/advice.ts'
import { API_VERSION, electionJson } from '../output/election-json.ts'
import { printObject } from '../output/machine-output.ts'
import { printText } from '../output/wrap.ts'
import { ask, canAsk } from '../question.ts'
import { parseReason } from '../reason.ts'
import type { Session } from '../session.ts'

interface ReleaseFlags extends ConnectionFlags {
  readonly force?: boolean
  readonly yes?: boolean
  readonly dryRun?: 'client' | 'server'
  readonly reason?: string
  readonly output?: 'json' | 'yaml'
}

const NOT_RELEASED = 'Not released.'

/** `release`: releases a lease whose holder is gone. */
export function registerRelease(program: Command, session: Session, outcome: { exitCode: number }): void {
  const command = program
    .command('release')
    .summary('release a lease whose holder is gone')
    .description(
      'Releases a lease whose holder is gone, so that another candidate can acquire it immediately.\n\n' +
        'Before it writes, release watches the lease for the full lease duration, and refuses if the holder renews it. To ' +
        'move leadership away from a running leader, use failover. If you release the lease of a running leader, that ' +
        'leader usually acquires it again, or two candidates act as leader for a while.\n\n' +
        'Exit codes: 0 the lease has no holder (or a dry run succeeded); 2 refused or declined, no changes made; 3 the API ' +
        'server failed or could not be reached; 4 not allowed (RBAC).',
    )
    .argument('<name>', 'NAME, lease/NAME, configmap/NAME or endpoints/NAME')
    .option('--force', 'skip the watch for renewals, even though the holder may be running; allow a lease that is not a leader election')
    .option('--yes', 'do not ask for confirmation')
    .addOption(new Option('--dry-run <where>', 'make no changes: client prints the result, server also validates it with the API server').choices(['client', 'server']))
    .addOption(new Option('--reason <text>', 'reason to record in the Kubernetes Event').argParser(parseReason))
    .addOption(new Option('-o, --output <format>', 'print the election after the release').choices(['json', 'yaml']))
  addConnectionFlags(command)
    .addHelpText(
      'after',
      `
Examples:
  # The leader's node is lost: release the lease after a full lease duration without a renewal
  ${session.programName} release my-controller -n my-namespace --yes --reason "node lost"`,
    )
    .action(async (name: string, flags: ReleaseFlags) => {
      outcome.exitCode = await runRelease(session, parseElectionName(name), flags)
    })
}

async function runRelease(session: Session, { lock, name }: ClusterLockAddress, flags: ReleaseFlags): Promise<ExitCode> {
  const { clock, signal } = session
  const { force: isForced = false, dryRun, reason } = flags
  const client = await connectWith(session, flags)
  try {
    const place = { lock: lock ?? 'lease', namespace: client.namespace, name } as const
    const planned = planRelease(client, place, { isForced, signal }).catch((error: unknown) => {
      throw electionNotFound(session, place, error)
    })
    let plan = await beforeChanges(session, NOT_RELEASED, planned)
    const tell = (text: string): void => printText(session.stderr, text)
    if (plan.holderIdentity === '') {
      tell(`The ${nameOf(plan)} has no holder. Nothing to release.`)
      await report(session, plan, plan.locked, flags)
      return ExitCode.done
    }
    const isAsking = !(flags.yes ?? false) && dryRun === undefined
    const otherwise = 'To confirm, pass --yes.'
    // Fail before the watch if the user cannot be asked after it: the watch takes a full lease duration.
    if (isAsking && !canAsk(session)) throw new CommandError(`${intention(plan)} ${otherwise} No changes were made.`)
    if (!isForced) {
      if (plan.leaseDurationMs !== null) tell(`Watching the ${nameOf(plan)} for ${durationText(plan.leaseDurationMs)} for renewals by ${holderOf(plan)}...`)
      plan = await beforeChanges(session, NOT_RELEASED, observeHolder(client, clock, plan, signal))
    }
    const explanation = isForced ? `${intention(plan)} ${prospects(plan)}` : `${holderOf(plan)} did not renew the lease. ${intention(plan)}`
    if (isAsking) await ask(session, { explanation, question: 'Release the lease?', otherwise, declined: NOT_RELEASED })
    else tell(explanation)

    const locked = await release(client, clock, plan, { actor: actor(), reason, dryRun, signal }).catch((error: unknown) => {
      // The write may have been applied, or may still be.
      if (isInterruption(signal, error)) tell(dryRun ? `${NOT_RELEASED} No changes were made.` : `It is not known whether the ${nameOf(plan)} was released.`)
      throw error
    })
    if (flags.output) await report(session, plan, locked, flags)
    else printText(session.stdout, doneText(plan, dryRun))
    return ExitCode.done
  } catch (error) {
    if (error instanceof ReleaseRefused) throw new CommandError(`${withAdvice(error)} No changes were made.`)
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
  const isHeldBy = isBlocking(plan.holderIdentity) ? 'blocked' : 'held'
  return `This releases the ${nameOf(plan)}, ${isHeldBy} by ${holderOf(plan)}. The first candidate to acquire it becomes the leader.`
}

/** The risk if the holder is running. This is how client-go's candidates react to a release by another client. */
function prospects(plan: ReleasePlan): string {
  if (isBlock(plan.holderIdentity)) return blockProspects(plan)
  if (isBlocking(plan.holderIdentity)) return failoverProspects(plan)
  const forHow = plan.leaseDurationMs === null ? 'a while' : `up to ${durationText(plan.leaseDurationMs)}`
  return (
    `The holder was not checked for renewals. If ${holderOf(plan)} is running, it will probably acquire the lease again, or ` +
    `act as leader alongside another candidate for ${forHow}. To move leadership without that risk, use failover.`
  )
}

/** A placeholder never leads: the risk is the old leader, for which the failover waits. */
function failoverProspects({ leaseDurationMs }: ReleasePlan): string {
  const otherwise = leaseDurationMs === null ? '' : ` To avoid that risk, leave out --force: release then watches the lease for ${durationText(leaseDurationMs)} first.`
  return (
    'The holder is not a candidate, but the placeholder of a failover. It blocks the lease until the old leader must have ' +
    'stopped. It was not checked for renewals. The old leader may still be working, and act as leader alongside the next ' +
    `one.${otherwise}`
  )
}

function blockProspects({ leaseDurationMs }: ReleasePlan): string {
  const within = leaseDurationMs === null ? '' : ` If that command was killed, the block expires on its own within ${durationText(leaseDurationMs)}.`
  return (
    'The holder is not a candidate, but a block for maintenance. It was not checked for renewals. The maintenance may not be ' +
    `over: see the Events of the lease. To end the block, end its command.${within}`
  )
}

function doneText(plan: ReleasePlan, dryRun: ReleaseFlags['dryRun']): string {
  if (dryRun === undefined) return `Released the ${nameOf(plan)}. The previous holder was ${holderOf(plan)}.`
  return `Would release the ${nameOf(plan)}, held by ${holderOf(plan)}. No changes were made (${dryRun} dry run).`
}

function nameOf({ place }: ReleasePlan): string {
  return harmless(placeText(place))
}

function holderOf({ holderIdentity }: ReleasePlan): string {
  return harmless(holderIdentity, 120)
}
