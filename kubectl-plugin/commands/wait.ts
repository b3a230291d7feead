import { Option, type Command } from 'commander'
import { waitForElection, type WaitCondition, type WaitOutcome, type WaitTarget } from '../../shared/actions/index.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { addConnectionFlags, connectWith, type ConnectionFlags } from '../connection-flags.ts'
import { parseElectionName, type ElectionName } from '../election-name.ts'
import { CommandError, ExitCode } from '../exit-code.ts'
import { formatAge, parseDuration } from '../output/duration.ts'
import { API_VERSION, electionJson } from '../output/election-json.ts'
import { printObject } from '../output/machine-output.ts'
import { metText, missingElectionJson, unmetText } from './wait-text.ts'
import type { Session } from '../session.ts'

interface WaitFlags extends ConnectionFlags {
  readonly for: WaitCondition
  readonly timeout: number
  readonly output?: 'json' | 'yaml'
}

/** kubectl wait's own default, and what a negative timeout means to it. */
const DEFAULT_TIMEOUT_MS = 30_000
const WEEK_MS = 7 * 24 * 3_600_000

/** `wait`: until somebody holds an election, nobody does, or somebody else does. */
export function registerWait(program: Command, session: Session, outcome: { exitCode: number }): void {
  const command = program
    .command('wait')
    .summary('wait until an election is held, free, or held by another')
    .description(
      'Waits until an election is as you want it, judged by what is seen while waiting, not by the times in the lease:\n\n' +
        '  held       somebody was seen to acquire or to renew it\n' +
        '  free       it has no holder, was not renewed for its whole lease duration,\n' +
        '             or does not exist\n' +
        '  changed    its holder is another than at the beginning\n' +
        '  holder=ID  ID was seen to acquire or to renew it\n\n' +
        'Ends with code 0 when it is so, and with 1 when the time is up.',
    )
    .argument('<name>', 'NAME, lease/NAME, configmap/NAME or endpoints/NAME')
    .addOption(
      new Option('--for <condition>', 'held, free, changed or holder=ID').argParser(parseCondition).makeOptionMandatory(),
    )
    .addOption(
      new Option('--timeout <duration>', 'give up after this time; 0 looks once, a negative one waits for a week')
        .argParser(parseTimeout)
        .default(DEFAULT_TIMEOUT_MS, '30s'),
    )
    .addOption(new Option('-o, --output <format>', 'print the election as it was seen last').choices(['json', 'yaml']))
  addConnectionFlags(command).action(async (name: string, flags: WaitFlags) => {
    outcome.exitCode = await wait(session, parseElectionName(name), flags)
  })
}

async function wait(session: Session, { lock, name }: ElectionName, flags: WaitFlags): Promise<ExitCode> {
  if (flags.timeout === 0 && flags.for.for !== 'free') {
    throw new CommandError(
      `--timeout=0 looks once, and one look can't show that somebody renews. Give it at least the time between two ` +
        'renewals, like --timeout=15s.',
    )
  }
  const client = await connectWith(session, flags)
  try {
    const target: WaitTarget = { lock: lock ?? 'lease', namespace: client.namespace, name }
    const { signal, clock } = session
    const onPolling = (message: string): unknown => session.stderr.write(`${harmless(message)}\n`)
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

async function report(session: Session, target: WaitTarget, outcome: WaitOutcome, flags: WaitFlags): Promise<void> {
  if (flags.output) {
    const election = outcome.election && outcome.status ? electionJson(outcome.election, outcome.status) : missingElectionJson(target)
    await printObject(session, flags.output, { apiVersion: API_VERSION, kind: 'Election', ...election })
  }
  if (outcome.result !== 'met') {
    const after = flags.timeout === 0 ? '' : `Timed out after ${timeoutText(flags.timeout)}: `
    session.stderr.write(`${after}${unmetText(target, outcome, session.clock.monotonicMs())}\n`)
  } else if (!flags.output) {
    session.stdout.write(`${metText(target, outcome, flags.for)}\n`)
  }
}

function timeoutText(timeoutMs: number): string {
  return timeoutMs < 1000 ? `${timeoutMs}ms` : formatAge(timeoutMs)
}

function parseCondition(text: string): WaitCondition {
  if (text === 'held' || text === 'free' || text === 'changed') return { for: text }
  const identity = /^holder=(.+)$/s.exec(text)?.[1]
  if (identity !== undefined) return { for: 'holder', identity }
  throw new CommandError(`"${text}" can't be waited for. Use --for=held, --for=free, --for=changed or --for=holder=ID.`)
}

/** As kubectl wait has it: 0 checks once, and anything negative waits for a week. */
function parseTimeout(text: string): number {
  if (!text.startsWith('-')) return parseDuration(text)
  parseDuration(text.slice(1))
  return WEEK_MS
}
