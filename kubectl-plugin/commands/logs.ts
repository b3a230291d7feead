import { Option, type Command } from 'commander'
import type { NoSuchContainerError as NoSuchContainer } from '../../shared/actions/container-log.ts'
import type { LogNotice } from '../../shared/actions/log-notice.ts'
import type { NoLeaderLogError as NoLeaderLog } from '../../shared/actions/logs.ts'
import type { ClusterLockAddress } from '../../shared/locks/lock-address.ts'
import { addConnectionFlags, connectWith, type ConnectionFlags } from '../connection-flags.ts'
import { parseElectionName } from '../election-name.ts'
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

/** `logs`: the log of the leader. */
export function registerLogs(program: Command, session: Session): void {
  const command = program
    .command('logs')
    .summary("print the leader's log; -f follows leadership from Pod to Pod")
    .description(
      "Prints the log of the leader's container. With -f, it switches to the new leader's log whenever leadership moves. " +
        "It prints a new leader's log from the moment that leader took over.\n\n" +
        'Leader changes are reported on stderr, so stdout contains only the log, byte for byte. On a terminal, control ' +
        'sequences other than colors are escaped.',
    )
    .argument('<name>', 'NAME, lease/NAME, configmap/NAME or endpoints/NAME')
    .option('-f, --follow', 'stream the log, and follow leadership from Pod to Pod')
    .option('-c, --container <name>', 'container name (default: the kubectl.kubernetes.io/default-container annotation, or the first container)')
    .addOption(new Option('--tail <lines>', 'number of most recent lines to print; -1 prints all').argParser(parseTail))
    .addOption(new Option('--since <duration>', 'only print lines newer than this, for example 5s, 2m or 3h').argParser(parseDuration))
    .option('-p, --previous', 'print the log of the previous container instance')
    .option('--timestamps', 'print the timestamp of each line')
    .option('--prefix', 'print Pod and container in front of each line')
  addConnectionFlags(command).action((name: string, flags: LogsFlags) => logs(session, parseElectionName(name), flags))
}

async function logs(session: Session, { lock, name }: ClusterLockAddress, flags: LogsFlags): Promise<void> {
  if (flags.follow && flags.previous) throw new CommandError('--follow and --previous cannot be used together.')
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

/** If there is no log, the exit code is that of a negative result; if the container does not exist, of wrong usage. */
function commandError(session: Session, error: unknown): unknown {
  if (!(error instanceof Error)) return error
  if (isNamed<NoSuchContainer>(error, 'NoSuchContainerError')) return new CommandError(error.message, ExitCode.usage, { cause: error })
  if (!isNamed<NoLeaderLog>(error, 'NoLeaderLogError')) return error
  if (error.kind !== 'notFound') return new CommandError(error.message, ExitCode.no, { cause: error })
  return new CommandError(`${error.message} To list all elections, run: ${session.programName} list -A`, ExitCode.server, { cause: error })
}

/** Compares names, so that the module of the class is loaded only when a log is read. */
function isNamed<T extends Error>(error: Error, name: T['name']): error is T {
  return error.name === name
}

function parseTail(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new CommandError(`"${text}" is not a valid number of lines. Use a whole number; -1 prints all.`)
  return Number(text)
}
