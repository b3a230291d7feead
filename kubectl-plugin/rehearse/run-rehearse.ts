import { actor } from '../../shared/actions/actor.ts'
import { FailoverRefused } from '../../shared/actions/failover.ts'
import { planRehearsal } from '../../shared/actions/rehearse/plan-rehearsal.ts'
import { RehearsalRefused, type RehearsalReport, type RehearsalRequest, type RoundKind } from '../../shared/actions/rehearse/rehearsal.ts'
import { runRehearsal } from '../../shared/actions/rehearse/run-rehearsal.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { isLoopback } from '../../shared/cluster/connection/proxy.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import type { ElectionRef } from '../../shared/lease/election-ref.ts'
import type { ClusterLockAddress } from '../../shared/locks/lock-address.ts'
import { connectWith, contextText, type ConnectionFlags } from '../connection-flags.ts'
import { CommandError, ExitCode } from '../exit-code.ts'
import { LeftBehind } from '../failover/left-behind.ts'
import { withWatchNotice } from '../failover/watch-notice.ts'
import { interruptedCode } from '../interruption.ts'
import { withAdvice } from '../output/advice.ts'
import { wrapped } from '../output/wrap.ts'
import { ask, canAsk } from '../question.ts'
import type { Session } from '../session.ts'
import { AuditFiles } from './audit-files.ts'
import { runCheck, runCrash } from './check.ts'
import { planLines } from './plan-text.ts'
import { RehearsalProgress } from './progress.ts'
import { reportJson, reportJunit, reportLines } from './report.ts'

/** The flags of `rehearse`. Durations are in milliseconds. */
export interface RehearseFlags extends ConnectionFlags {
  readonly rounds: number
  readonly kinds?: readonly RoundKind[]
  readonly check?: string
  readonly crash?: string
  readonly audit?: readonly string[]
  readonly maxGap?: number
  readonly readyTimeout: number
  readonly reason?: string
  readonly yes?: boolean
  readonly force?: boolean
  readonly output?: 'json' | 'junit' | 'html'
}

const MOST_ROUNDS = 1_000

/** Plans a rehearsal, asks once, runs it, and prints the report. Resolves to the exit code. */
export async function runRehearse(session: Session, { lock, name }: ClusterLockAddress, flags: RehearseFlags): Promise<ExitCode> {
  const kinds = kindsOf(flags)
  if (!Number.isInteger(flags.rounds) || flags.rounds < 1 || flags.rounds > MOST_ROUNDS) {
    throw new CommandError(`--rounds needs a whole number from 1 to ${MOST_ROUNDS}. No changes were made.`)
  }
  if (!flags.yes && !canAsk(session)) {
    throw new CommandError('rehearse needs your confirmation, but there is no terminal to ask on. To confirm, pass --yes. No changes were made.')
  }
  const client = await connectWith(session, flags)
  let audit: AuditFiles | undefined
  try {
    const place = { lock: lock ?? 'lease', namespace: client.namespace, name } as const
    refuseUnlessForced(client, place, flags)
    audit = flags.audit && (await AuditFiles.open(flags.audit, place))
    return await rehearse(session, client, { place, kinds, audit }, flags)
  } catch (error) {
    throw error instanceof FailoverRefused || error instanceof RehearsalRefused ? new CommandError(`${withAdvice(error)} No changes were made.`) : error
  } finally {
    await audit?.close()
    client.close()
  }
}

async function rehearse(session: Session, client: ApiClient, { place, kinds, audit }: Pick<RehearsalRequest, 'place' | 'kinds' | 'audit'>, flags: RehearseFlags): Promise<ExitCode> {
  const { clock, signal } = session
  const { check, crash, output } = flags
  const table = output === undefined ? session.stdout : session.stderr
  const request: RehearsalRequest = {
    ...{ place, kinds, audit, rounds: flags.rounds, maxGapMs: flags.maxGap, readyTimeoutMs: flags.readyTimeout },
    ...{ isForced: flags.force ?? false, reason: flags.reason ?? 'rehearsal', actor: actor() },
    check: check === undefined ? undefined : (round) => runCheck(session, check, round, progress),
    crash: crash === undefined ? undefined : (round) => runCrash(session, crash, round, progress),
  }
  const watched = { what: `the ${place.lock} "${harmless(place.name)}"`, declined: 'Not begun.' }
  const plan = await withWatchNotice(session, client, watched, (reader) => planRehearsal(reader, clock, request, signal))
  const context = contextText(client, flags)
  const explanation = planLines(plan, context).join('\n')
  if (flags.yes) table.write(`${wrapped(explanation, table)}\n\n`)
  else await ask(session, { explanation, question: 'Begin?', otherwise: 'To confirm, pass --yes.', declined: 'Not begun.' })
  const left = new LeftBehind()
  session.wishes.leavesBehind = () => left.text
  const progress = new RehearsalProgress(session, table, request)
  let report: RehearsalReport
  try {
    report = await runRehearsal(client, clock, plan, {
      signal,
      onEvent(event) {
        if (event.type === 'progress') left.tell(event.event, event.plan)
        progress.tell(event)
      },
    })
  } finally {
    progress.close()
  }
  session.stdout.write(await reportText(report, context, session, output))
  return exitCodeOf(report, signal)
}

async function reportText(report: RehearsalReport, context: string, { stdout }: Session, output: RehearseFlags['output']): Promise<string> {
  switch (output) {
    case 'json':
      return `${JSON.stringify(reportJson(report), null, 2)}\n`
    case 'junit':
      return reportJunit(report)
    case 'html': {
      const { reportHtml } = await import('./report-html.ts')
      return `${reportHtml(report, context)}\n`
    }
    case undefined:
      return `${wrapped(reportLines(report).join('\n'), stdout)}\n`
  }
}

function exitCodeOf({ isPassed, rounds }: RehearsalReport, signal: AbortSignal): ExitCode {
  if (signal.aborted) return interruptedCode(signal)
  if (rounds.some(({ failures }) => failures.some(({ code }) => code === 'serverFailed'))) return ExitCode.server
  return isPassed ? ExitCode.done : ExitCode.no
}

function kindsOf({ kinds, crash }: RehearseFlags): readonly RoundKind[] {
  const wanted = kinds ?? [crash === undefined ? 'handover' : 'crash']
  if (crash === undefined && wanted.includes('crash')) throw new CommandError('Rounds of the kind crash need a command: pass --crash. No changes were made.')
  if (crash !== undefined && !wanted.includes('crash')) throw new CommandError('--crash is for rounds of the kind crash: add it to --kinds. No changes were made.')
  return wanted
}

function refuseUnlessForced({ server }: ApiClient, { namespace }: ElectionRef, { force = false }: RehearseFlags): void {
  if (force) return
  const why =
    namespace === 'kube-system'
      ? 'rehearse does not move leaders in kube-system.'
      : isLoopback(new URL(server))
        ? null
        : `${harmless(server)} is not a server on this machine. Rehearse in a test cluster first.`
  if (why !== null) throw new CommandError(`${why} To override this check, pass --force. No changes were made.`)
}
