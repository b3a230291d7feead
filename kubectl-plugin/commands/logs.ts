import { Option, type Command } from 'commander'
import type { NoSuchContainerError as NoSuchContainer } from '../../shared/actions/container-log.ts'
import type { LogNotice } from '../../shared/actions/log-notice.ts'
import type { NoLeaderLogError as NoLeaderLog } from '../../shared/actions/logs.ts'
import { addConnectionFlags, connectWith, type ConnectionFlags } from '../connection-flags.ts'
import { parseElectionName, type ElectionName } from '../election-name.ts'
import { CommandError, ExitCode } from '../exit-code.ts'
import { wantsColor } from '../output/color.ts'
import { parseDuration } from '../output/duration.ts'
import type { Session } from '../session.ts'

interface LogsFlags extends ConnectionFlags {
  readonly follow?: boolean
  readonly container?: string
  readonly tail?: number
  readonly since?: number
  readonly previous?: boolean
  readonly timestamps?: boolean
  readonly prefix?: boolean
}

/** `logs`: the log of whoever leads. */
export function registerLogs(program: Command, session: Session): void {
  const command = program
    .command('logs')
    .summary("show the leader's log, and follow it from leader to leader")
    .description(
      "Shows the log of the container that leads. With -f it goes on with the next leader's when leadership moves: of " +
        'each it shows what was written since it took over.\n\n' +
        'Who leads is said on stderr, so stdout is the log alone, byte for byte. On a terminal, colours are the only ' +
        'control sequences that are let through.',
    )
    .argument('<name>', 'NAME, lease/NAME, configmap/NAME or endpoints/NAME')
    .option('-f, --follow', 'go on, from leader to leader')
    .option('-c, --container <name>', "container; default: the one that the Pod's annotation names, or its first")
    .addOption(new Option('--tail <lines>', 'only so many of the last lines; -1 is all').argParser(parseTail))
    .addOption(new Option('--since <duration>', 'only lines newer than this, like 5s, 2m or 3h').argParser(parseDuration))
    .option('-p, --previous', 'of the run of the container before this one')
    .option('--timestamps', 'with the time of each line')
    .option('--prefix', 'with Pod and container before each line')
  addConnectionFlags(command).action((name: string, flags: LogsFlags) => logs(session, parseElectionName(name), flags))
}

async function logs(session: Session, { lock, name }: ElectionName, flags: LogsFlags): Promise<void> {
  if (flags.follow && flags.previous) throw new CommandError('A run that is over has nothing to follow: give either --follow or --previous.')
  const { followLeaderLog, readLeaderLog } = await import('../../shared/actions/logs.ts')
  const { LogWriter } = await import('../output/log-writer.ts')
  const { noticeLines } = await import('./logs-text.ts')
  const client = await connectWith(session, flags)
  try {
    const { signal, clock, stdout, stderr } = session
    const writer = new LogWriter(stdout, {
      hasPrefix: flags.prefix ?? false,
      hasTimestamps: flags.timestamps ?? false,
      isTerminal: stdout.isTTY,
      isColored: wantsColor(session, 'auto'),
    })
    const listener = {
      onNotice(notice: LogNotice) {
        writer.endLine()
        for (const line of noticeLines(notice)) stderr.write(`${line}\n`)
      },
      onPiece: writer.write.bind(writer),
    }
    const { container, tail = -1, since = 0 } = flags
    const options = {
      signal,
      ...(container !== undefined && { container }),
      ...(tail >= 0 && { tailLines: tail }),
      ...(since > 0 && { sinceSeconds: Math.ceil(since / 1000) }),
    }
    const target = { lock: lock ?? 'lease', namespace: client.namespace, name } as const
    if (flags.follow) await followLeaderLog(client, clock, target, listener, options)
    else await readLeaderLog(client, clock, target, listener, { ...options, isPrevious: flags.previous ?? false })
  } catch (error) {
    throw commandError(session, error)
  } finally {
    client.close()
  }
}

/** What there is no log for is an answer, too; a wrong container is a mistake in the command. */
function commandError(session: Session, error: unknown): unknown {
  if (!(error instanceof Error)) return error
  if (isNamed<NoSuchContainer>(error, 'NoSuchContainerError')) return new CommandError(error.message, ExitCode.usage, { cause: error })
  if (!isNamed<NoLeaderLog>(error, 'NoLeaderLogError')) return error
  if (error.kind !== 'notFound') return new CommandError(error.message, ExitCode.no, { cause: error })
  return new CommandError(`${error.message} What there is shows in: ${session.programName} list -A`, ExitCode.server, { cause: error })
}

/** By name, so that the code behind it is loaded only when a log is read. */
function isNamed<T extends Error>(error: Error, name: T['name']): error is T {
  return error.name === name
}

function parseTail(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new CommandError(`"${text}" is not a number of lines.`)
  return Number(text)
}
