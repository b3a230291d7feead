import { Option, type Command } from 'commander'
import { waitForElection, type WaitOutcome } from '../../shared/actions/wait.ts'
import type { WaitCondition } from '../../shared/actions/wait-condition.ts'
import { durationText } from '../../shared/duration.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import type { ElectionRef } from '../../shared/lease/election-ref.ts'
import type { ClusterLockAddress } from '../../shared/locks/lock-address.ts'
import { addConnectionFlags, connectWith, type ConnectionFlags } from '../connection-flags.ts'
import { parseElectionName } from '../election-name.ts'
import { CommandError, ExitCode } from '../exit-code.ts'
import { parseDuration } from '../output/duration.ts'
import { API_VERSION, electionJson } from '../output/election-json.ts'
import { printObject } from '../output/machine-output.ts'
import { printText } from '../output/wrap.ts'
import { metText, missingElectionJson, unmetText } from './wait-text.ts'
import type { Session } from '../session.ts'

interface WaitFlags extends ConnectionFlags {
  readonly for: WaitCondition
  readonly timeout: number
  readonly output?: 'json' | 'yaml'
}

/** The default of kubectl wait, and what it uses for a negative timeout. */
const DEFAULT_TIMEOUT_MS = 30_000
const WEEK_MS = 7 * 24 * 3_600_000

/** `wait`: until an election is held, is free, or has another holder. */
export function registerWait(program: Command, session: Session, outcome: { exitCode: number }): void {
  const command = program
    .command('wait')
    .summary('wait for an election to reach a condition')
    .description(
      'Waits for a condition. wait observes the election itself, and does not rely on the timestamps in the record:\n\n' +
        '  held       a holder was observed acquiring or renewing the lease\n' +
        '  free       the lease has no holder, has expired, or does not exist\n' +
        '  changed    the holder is not the one at the start; a lease blocked by a\n' +
        '             failover does not count\n' +
        '  holder=ID  ID was observed acquiring or renewing the lease\n\n' +
        'Exit codes: 0 the condition was met; 1 the timeout was reached; 3 the API server failed or could not be reached; ' +
        '4 not allowed (RBAC).',
    )
    .argument('<name>', 'NAME, lease/NAME, configmap/NAME or endpoints/NAME')
    .addOption(
      new Option('--for <condition>', 'condition to wait for: held, free, changed or holder=ID').argParser(parseCondition).makeOptionMandatory(),
    )
    .addOption(
      new Option('--timeout <duration>', 'maximum time to wait; 0 checks once, a negative value waits for a week')
        .argParser(parseTimeout)
        .default(DEFAULT_TIMEOUT_MS, '30s'),
    )
    .addOption(new Option('-o, --output <format>', 'print the election as it was last observed').choices(['json', 'yaml']))
  addConnectionFlags(command).action(async (name: string, flags: WaitFlags) => {
    outcome.exitCode = await wait(session, parseElectionName(name), flags)
  })
}

async function wait(session: Session, { lock, name }: ClusterLockAddress, flags: WaitFlags): Promise<ExitCode> {
  if (flags.timeout === 0 && flags.for.for !== 'free') {
    throw new CommandError(
      '--timeout=0 checks only once, which cannot show a renewal. Use at least the time between two renewals, for example ' +
        '--timeout=15s.',
    )
  }
  const client = await connectWith(session, flags)
  try {
    const target: ElectionRef = { lock: lock ?? 'lease', namespace: client.namespace, name }
    const { signal, clock } = session
    const onPolling = (message: string): void => printText(session.stderr, harmless(message))
    const outcome = await waitForElection(client, clock, target, flags.for, { timeoutMs: flags.timeout, signal, onPolling })
    if (outcome.result === 'unread') {
      throw new CommandError(`${client.server} did not answer within ${timeoutText(flags.timeout)}.`, ExitCode.server)
    }
    await report(session, target, outcome, flags)
    return outcome.result === 'met' ? ExitCode.done : ExitCode.no
  } finally {
    client.close()
  }
}

async function report(session: Session, target: ElectionRef, outcome: WaitOutcome, flags: WaitFlags): Promise<void> {
  if (flags.output) {
    const election = outcome.election && outcome.status ? electionJson(outcome.election, outcome.status) : missingElectionJson(target)
    await printObject(session, flags.output, { apiVersion: API_VERSION, kind: 'Election', ...election })
  }
  if (outcome.result !== 'met') {
    const after = flags.timeout === 0 ? '' : `Timed out after ${timeoutText(flags.timeout)}: `
    printText(session.stderr, `${after}${unmetText(target, outcome, session.clock.monotonicMs())}`)
  } else if (!flags.output) {
    printText(session.stdout, metText(target, outcome, flags.for))
  }
}

function timeoutText(timeoutMs: number): string {
  return timeoutMs < 1000 ? `${timeoutMs}ms` : durationText(timeoutMs)
}

function parseCondition(text: string): WaitCondition {
  if (text === 'held' || text === 'free' || text === 'changed') return { for: text }
  const identity = /^holder=(.+)$/s.exec(text)?.[1]
  if (identity !== undefined) return { for: 'holder', identity }
  throw new CommandError(`"${text}" is not a valid condition. Use --for=held, --for=free, --for=changed or --for=holder=ID.`)
}

/** As in kubectl wait, 0 checks once, and a negative value waits for a week. */
function parseTimeout(text: string): number {
  if (!text.startsWith('-')) return parseDuration(text)
  parseDuration(text.slice(1))
  return WEEK_MS
}
