import { Option, type Command } from 'commander'
import { actor } from '../../shared/actions/actor.ts'
import { FailoverRefused } from '../../shared/actions/failover.ts'
import { ROUND_KINDS, type RehearsalEvent, type RehearsalRequest, type RoundKind } from '../../shared/actions/rehearse/rehearsal.ts'
import { runRehearsal } from '../../shared/actions/rehearse/run-rehearsal.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { placeText } from '../../shared/lease/index.ts'
import type { ClusterLockAddress } from '../../shared/locks/lock-address.ts'
import { addConnectionFlags, connectWith, contextText, type ConnectionFlags } from '../connection-flags.ts'
import { parseElectionName } from '../election-name.ts'
import { CommandError, ExitCode } from '../exit-code.ts'
import { interruptedCode } from '../interruption.ts'
import { withAdvice } from '../output/advice.ts'
import { parseDuration } from '../output/duration.ts'
import { ask, canAsk } from '../question.ts'
import { runCheck } from '../rehearse/check.ts'
import { reportJson, reportJunit, reportLines, roundLine } from '../rehearse/report.ts'
import type { Session } from '../session.ts'

interface RehearseFlags extends ConnectionFlags {
  readonly rounds: number
  readonly kinds: readonly RoundKind[]
  readonly check?: string
  readonly maxGap?: number
  readonly readyTimeout: number
  readonly reason?: string
  readonly yes?: boolean
  readonly force?: boolean
  readonly output?: 'json' | 'junit'
}

/** `rehearse`: repeated moves of one election, with a report. */
export function registerRehearse(program: Command, session: Session, outcome: { exitCode: number }): void {
  const command = program
    .command('rehearse')
    .summary('move leadership several times, and report how the candidates cope')
    .description(
      'Moves leadership of one election several times, each time with a failover, and reports the time without a leader, ' +
        'whether all candidates come back, and whether a check of yours succeeds again.\n\n' +
        'A round begins only when as many candidates are Ready as at first. Waiting for that is reported apart from the time ' +
        'without a leader. rehearse stops at the first unsafe result: a check that reports one, or a deposed leader that ' +
        'wrote the lease while the lease of another leader had not expired.\n\n' +
        '--check runs a shell command before, during and after each round, with LEADER_PHASE (before, during, after), ' +
        'LEADER_ROUND, LEADER_KIND, LEADER_NAME, LEADER_NAMESPACE, LEADER_FROM and LEADER_TO in its environment. Exit code 0 ' +
        'means that the program works, 2 that something unsafe has happened, for example that an old leader still acts, and ' +
        'any other that it does not work (yet). Without --check, whether an old leader acted after its loss is not judged.\n\n' +
        'Exit codes: 0 passed; 1 failed; 2 refused or declined, no changes made; 3 the API server failed or could not be ' +
        'reached; 4 not allowed (RBAC); 130 interrupted.',
    )
    .argument('<name>', 'NAME, lease/NAME, configmap/NAME or endpoints/NAME')
    .addOption(new Option('--rounds <number>', 'number of rounds (default: 10)').argParser(Number).default(10, '10'))
    .addOption(new Option('--kinds <kinds>', 'how to move, in turn: handover, delete-pod (default: handover)').argParser(parseKinds).default(['handover']))
    .option('--check <command>', 'shell command that checks whether the program works')
    .addOption(new Option('--max-gap <duration>', 'longest accepted time without a leader, and until the check succeeds again').argParser(parseDuration))
    .addOption(new Option('--ready-timeout <duration>', 'time to wait before a round until all candidates are Ready (default: 5m)').argParser(parseDuration).default(300_000))
    .option('--reason <text>', 'reason to record in the Kubernetes Events')
    .option('--yes', 'do not ask for confirmation')
    .option('--force', 'allow kube-system, a server that is not local, and an election with no other known candidate')
    .addOption(new Option('-o, --output <format>', 'report for programs; progress goes to stderr').choices(['json', 'junit']))
  addConnectionFlags(command)
    .addHelpText('after', `\nExamples:\n  # Ten handovers in a test cluster, with a check\n  ${session.programName} rehearse my-controller --rounds 10 --check "curl -sf localhost:8080/healthz" --max-gap 20s`)
    .action(async (name: string, flags: RehearseFlags) => {
      outcome.exitCode = await rehearse(session, parseElectionName(name), flags)
    })
}

async function rehearse(session: Session, { lock, name }: ClusterLockAddress, flags: RehearseFlags): Promise<ExitCode> {
  const { clock, signal } = session
  if (!Number.isInteger(flags.rounds) || flags.rounds < 1) throw new CommandError('--rounds needs a whole number from 1. No changes were made.')
  if (!flags.yes && !canAsk(session)) {
    throw new CommandError('rehearse needs your confirmation, but there is no terminal to ask on. To confirm, pass --yes. No changes were made.')
  }
  const client = await connectWith(session, flags)
  try {
    const place = { lock: lock ?? 'lease', namespace: client.namespace, name } as const
    if (!flags.force && place.namespace === 'kube-system') throw new CommandError('rehearse does not move leaders in kube-system. To override this check, pass --force. No changes were made.')
    if (!flags.force && !isLocal(client.server)) {
      throw new CommandError(`${harmless(client.server)} is not a server on this machine. Rehearse in a test cluster first. To override this check, pass --force. No changes were made.`)
    }
    const explanation = [
      `Context:  ${harmless(contextText(client, flags))}`,
      `Election: ${harmless(placeText(place))}`,
      `This moves leadership ${flags.rounds} times (${flags.kinds.join(', ')}), each time with some time without a leader. Most programs are restarted each time.`,
    ].join('\n')
    const report = (text: string): unknown => (flags.output === undefined ? session.stdout : session.stderr).write(`${text}\n`)
    if (flags.yes) report(explanation)
    else await ask(session, { explanation, question: 'Begin?', otherwise: 'To confirm, pass --yes.', declined: 'Not begun.' })
    const { check } = flags
    const request: RehearsalRequest = {
      ...{ place, rounds: flags.rounds, kinds: flags.kinds, maxGapMs: flags.maxGap, readyTimeoutMs: flags.readyTimeout },
      ...{ isForced: flags.force ?? false, reason: flags.reason ?? 'rehearsal', actor: actor() },
      check: check === undefined ? undefined : (context) => runCheck(check, session.env, context),
    }
    const result = await runRehearsal(client, clock, request, { signal, onEvent: (event) => report(eventText(event, flags.rounds)) })
    if (flags.output === 'json') session.stdout.write(`${JSON.stringify(reportJson(result), null, 2)}\n`)
    else if (flags.output === 'junit') session.stdout.write(reportJunit(result))
    else session.stdout.write(`${reportLines(result).join('\n')}\n`)
    if (signal.aborted) return interruptedCode(signal)
    return result.isPassed ? ExitCode.done : ExitCode.no
  } catch (error) {
    throw error instanceof FailoverRefused ? new CommandError(`${withAdvice(error)} No changes were made.`) : error
  } finally {
    client.close()
  }
}

function eventText(event: RehearsalEvent, rounds: number): string {
  switch (event.type) {
    case 'waiting':
      return `Before round ${event.number}: ${event.ready} of ${event.wanted} candidates are Ready...`
    case 'round-begun':
      return `Round ${event.number} of ${rounds} (${event.kind}): moving leadership from ${harmless(event.from, 120)}...`
    case 'round-ended':
      return roundLine(event.round)
  }
}

function isLocal(server: string): boolean {
  const { hostname } = new URL(server)
  return hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname)
}

function parseKinds(text: string): readonly RoundKind[] {
  const kinds = text.split(',')
  const wrong = kinds.find((kind) => !ROUND_KINDS.includes(kind as RoundKind))
  if (wrong !== undefined) throw new CommandError(`"${wrong}" is not a kind of round. Use ${ROUND_KINDS.join(', ')}.`)
  return kinds as RoundKind[]
}
