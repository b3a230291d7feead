import { durationText } from '../../shared/duration.ts'
import { checkSettings } from '../../shared/election/config.ts'
import { InvalidElectorOption } from '../../shared/election/invalid-option.ts'
import { ElectionRefused } from '../../shared/election/election-refused.ts'
import { candidateIdentity } from '../../shared/election/identity.ts'
import { JITTER_FACTOR, timingsFor, type Timings } from '../../shared/election/timings.ts'
import { WriteAltered } from '../../shared/election/write-altered.ts'
import { leaseDurationMs, type ElectionRecord } from '../../shared/lease/record.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { CommandError, ExitCode } from '../exit-code.ts'
import { countBlock } from '../failover/event-text.ts'
import { errorText } from '../output/advice.ts'
import { Countdown } from '../output/countdown.ts'
import { contextText } from '../connection-flags.ts'
import type { OwnLabel } from '../../shared/label/own-label.ts'
import { LabelRefused } from '../../shared/label/selector-check.ts'
import type { SignalWishes } from '../interruption.ts'
import { printText } from '../output/wrap.ts'
import type { Session } from '../session.ts'
import { confirmTakeover } from './confirmation.ts'
import { JoinCandidate } from './join-candidate.ts'
import { joinEventJson, joinEventLine, type JoinEvent } from './join-events.ts'
import { joinExitCode, JoinExitCode } from './join-exit-code.ts'
import type { JoinRequest } from './join-request.ts'
import { checkLabel, ownPodLabel, prepareLabel } from './own-pod-label.ts'
import { openTarget, type JoinTarget } from './join-target.ts'
import { startSupervisor } from '../../shared/guard/start-supervisor.ts'
import { WatchdogLost, type Supervisor } from '../../shared/guard/supervisor.ts'
import { agreeToTake, checkTaking, planTaking, take } from './taking.ts'

/** The default maximum hold time if this candidate leads in place of another program, without a command. */
const BORROWED_HOLD_MS = 600_000

/** Joins an election as requested. Resolves to the exit code. */
export async function runJoin(session: Session, request: JoinRequest): Promise<ExitCode> {
  checkRequest(request, null)
  checkTaking(session, request)
  checkLabel(session, request)
  try {
    using target = await openTarget(session, request)
    return await joinTarget(session, request, target)
  } catch (error) {
    throw asJoinFailure(error, request, session.signal)
  }
}

async function joinTarget(session: Session, request: JoinRequest, target: JoinTarget): Promise<ExitCode> {
  const { command, isOnce, isReleasing, readyPort } = request
  const identity = request.identity ?? candidateIdentity()
  const holderIdentity = target.record?.holderIdentity ?? ''
  const isBorrowed = command.length === 0 && holderIdentity !== '' && holderIdentity !== identity
  const maxHoldMs = request.maxHoldMs ?? (isBorrowed ? BORROWED_HOLD_MS : 0)
  const election = target.lock.description
  using countdown = new Countdown(session)
  const tell = teller(session, request, { identity, election, countdown })
  const context = target.cluster && contextText(target.cluster.client, request.connection)
  const takeover = { election, context, holderIdentity, maxHoldMs, command }
  const timings = candidateTimings(session, request, target)
  let candidate: JoinCandidate | null = null
  const tellError = (reason: string): void => candidate?.tellError(reason)
  const label = request.label ? ownPodLabel(session, request.label, target, { tell, tellError }) : null
  await prepareLabel(session, label)
  const plan = request.isTaking ? await planTaking(session, request, target, identity) : null
  if (plan) {
    await agreeToTake(session, request, { plan, context: context!, term: { maxHoldMs, hasCommand: command.length > 0 } }, tell)
  } else if (request.isAsking || (isBorrowed && !request.isAgreed)) {
    await confirmTakeover(session, takeover)
  }
  if (request.isTaking && !plan) tell({ type: 'nothing-to-take' })

  const work = command.length === 0 ? null : { command, supervisor: supervisorFor(session, request) }
  try {
    candidate = new JoinCandidate({
      ...{ session, target, identity, timings, maxHoldMs, isOnce, isReleasing, work, readyPort, label, health: request.health ?? null, tell },
    })
    Object.assign(session.wishes, wishesOf(candidate, { supervisor: work?.supervisor ?? null, label }, timings))
    const http = request.http && (await candidate.serve(request.http))
    try {
      // Check the port now. Otherwise a port in use would fail only when this candidate becomes the leader.
      if (readyPort !== undefined) await (await candidate.serve({ port: readyPort })).close()
      const taking = plan && take(session, target, { plan, candidate, tell })
      try {
        return joinExitCode(await candidate.run())
      } finally {
        await taking
      }
    } finally {
      await http?.close()
    }
  } finally {
    work?.supervisor.close()
  }
}

/**
 * The timings for this election. Warns if its holder uses another lease duration.
 * @throws CommandError if the timings do not fit together
 */
function candidateTimings(session: Session, request: JoinRequest, { record, lock }: JoinTarget): Timings {
  checkRequest(request, record)
  const timings = timingsFor(request.timings, record)
  const heldMs = record && record.holderIdentity !== '' ? leaseDurationMs(record) : null
  if (heldMs !== null && heldMs !== timings.leaseDurationMs) {
    printText(
      session.stderr,
      `Warning: ${harmless(lock.description)} is held with a lease duration of ${durationText(heldMs)}, but this candidate uses ` +
        `${durationText(timings.leaseDurationMs)}. All candidates of an election must use the same lease duration. Otherwise two ` +
        'can lead at once.',
    )
  }
  return timings
}

/** What a candidate does with signals. */
function wishesOf(
  candidate: JoinCandidate,
  { supervisor, label }: { readonly supervisor: Supervisor | null; readonly label: OwnLabel | null },
  { leaseDurationMs }: Timings,
): SignalWishes {
  const killed = supervisor ? 'The command is killed. ' : ''
  const labeled = label ? ` The label may stay on Pod ${harmless(label.pod)} until the next leader removes it.` : ''
  return {
    pass: (signal) => supervisor?.pass(signal) ?? false,
    leavesBehind: () =>
      candidate.isHolding ? `${killed}The lease is not released: it expires on its own within ${durationText(leaseDurationMs)}.${labeled}` : '',
  }
}

/** Rejects invalid settings before anything is sent. */
function checkRequest(request: JoinRequest, record: ElectionRecord | null): void {
  const { identity = 'this', maxHoldMs = 0 } = request
  try {
    checkSettings({ identity, maxHoldMs, ...timingsFor(request.timings, record), ...(request.health && { health: request.health }) })
  } catch (error) {
    if (!(error instanceof InvalidElectorOption)) throw error
    const held = record && record.holderIdentity !== '' ? leaseDurationMs(record) : null
    const why = held === null ? '' : ` The current holder uses a lease duration of ${durationText(held)}.`
    throw new CommandError(`${withFlags(error.message)}.${why}`)
  }
}

const FLAGS: Readonly<Record<string, string>> = {
  leaseDurationMs: '--lease-duration',
  renewDeadlineMs: '--renew-deadline',
  retryPeriodMs: '--retry-period',
  maxHoldMs: '--max-hold',
  jitterFactor: String(JITTER_FACTOR),
  identity: '--id',
  'health.intervalMs': '--health-interval',
  'health.timeoutMs': '--health-timeout',
  'health.failureThreshold': '--health-failures',
  'health.successThreshold': '--health-successes',
  'health.graceMs': '--health-grace',
}

/** The elector's message, with the names of the flags instead of the options. */
function withFlags(message: string): string {
  return message.replace(/\b(?:health\.\w+|leaseDurationMs|renewDeadlineMs|retryPeriodMs|maxHoldMs|jitterFactor|identity)\b/g, (option) => FLAGS[option]!)
}

function supervisorFor(session: Session, { output }: JoinRequest): Supervisor {
  // With -o json, stdout is for the events alone, so the output of the command goes to stderr.
  return startSupervisor({ env: session.env, stdout: output === 'json' ? 'stderr' : 'stdout' })
}

/** Prints events on stdout. As text next to a command, it prints them on stderr, because stdout belongs to the command. */
function teller(
  session: Session,
  { output, command }: JoinRequest,
  { countdown, ...about }: { readonly identity: string; readonly election: string; readonly countdown: Countdown },
): (event: JoinEvent) => void {
  const stream = output === 'json' || command.length === 0 ? session.stdout : session.stderr
  const format = output === 'json' ? joinEventJson : joinEventLine
  return (event) => {
    countdown.write(stream, `${format(event, { ...about, wallMs: session.clock.wallMs() })}\n`)
    if ('plan' in event && event.type !== 'plan') countBlock(event, countdown)
    if (event.type === 'result') countdown.stop()
  }
}

/**
 * Gives a failure its exit code. With a command, failures of `join` itself have a code of their own, because all others
 * belong to the command. An elector that had to leave the election is not an unexpected error.
 */
function asJoinFailure(error: unknown, { command }: JoinRequest, signal: AbortSignal): unknown {
  if (signal.aborted && error === signal.reason) return error
  const isUsage = error instanceof CommandError && error.exitCode === ExitCode.usage
  const isOurs = command.length > 0 && !isUsage
  const failure = (exitCode: ExitCode): CommandError =>
    new CommandError(errorText(error), exitCode, { cause: error })
  if (isOurs || error instanceof WatchdogLost) return failure(JoinExitCode.failed)
  if (error instanceof ElectionRefused || error instanceof LabelRefused) return failure(ExitCode.usage)
  return error instanceof WriteAltered ? failure(ExitCode.server) : error
}
