import { Option, type Command } from 'commander'
import { clipHistory } from '../../shared/history/clip.ts'
import { historyJson } from '../../shared/history/history-json.ts'
import type { History } from '../../shared/history/history.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import type { ElectionRef, LockKind } from '../../shared/lease/election-ref.ts'
import type { ClusterLockAddress } from '../../shared/locks/lock-address.ts'
import { addConnectionFlags, connectWith, type ConnectionFlags } from '../connection-flags.ts'
import { parseElectionName } from '../election-name.ts'
import { CommandError, ExitCode } from '../exit-code.ts'
import { historyLines } from '../history/history-text.ts'
import { parseTime } from '../history/parse-time.ts'
import { readHistory, type HistoryReading } from '../history/read-history.ts'
import { readPods } from '../history/read-pods.ts'
import { readTold } from '../history/read-told.ts'
import { colorOption, wantsColor, type ColorMode } from '../output/color.ts'
import { printObject } from '../output/machine-output.ts'
import { writeLines } from '../output/write-lines.ts'
import type { Session } from '../session.ts'
import { keepHeapSmall } from '../watch/small-heap.ts'

interface HistoryFlags extends ConnectionFlags {
  readonly from?: readonly string[]
  readonly audit?: readonly string[]
  readonly events?: boolean
  readonly since?: string
  readonly until?: string
  readonly output: 'text' | 'json' | 'svg' | 'html'
  readonly color: ColorMode
}

/** `history`: who led when, from what clusters and recordings keep. */
export function registerHistory(program: Command, session: Session, outcome: { exitCode: number }): void {
  const command = program
    .command('history')
    .summary('show who led when, and who changed the lease')
    .description(
      'Shows the past leaders of an election, the times without a leader, and every write by another client. It reads ' +
        'recordings, audit logs of API servers, and Events. Without files, it reads only the Events and Pods that the cluster ' +
        'still keeps. With files, it does not contact a cluster, unless you pass --events.\n\n' +
        'An audit log does not show when a leader stopped. The end of a term is therefore a range, and history states the ' +
        'reason. See docs/history.md for what each level of audit logs can show.\n\n' +
        'Exit codes: 0 done; 2 wrong usage, or a file could not be read; 3 the election was not found, or the API server ' +
        'failed or could not be reached; 4 not allowed (RBAC).',
    )
    .argument('<name>', 'election: NAME, lease/NAME, configmap/NAME or endpoints/NAME')
    .option('--from <file...>', 'recordings, and Events saved with "kubectl get events -o json"')
    .option('--audit <file...>', 'audit logs of API servers, also rotated, compressed or out of order; "-" reads stdin')
    .option('--events', "also read the cluster's Events, and the Pods of past leaders, if files are passed")
    .option('--since <time>', 'only show what happened after this time, for example 2026-11-28T03:00:00Z, or 2h for two hours ago')
    .option('--until <time>', 'only show what happened before this time')
    .addOption(new Option('-o, --output <format>', 'output format').choices(['text', 'json', 'svg', 'html']).default('text'))
    .addOption(colorOption())
    .addHelpText(
      'after',
      `
Examples:
  # Show who led, from the audit logs of two API servers
  ${session.programName} history my-controller --audit cp1/audit*.log* cp2/audit*.log*

  # Write a report for a post-mortem
  ${session.programName} history my-controller --audit audit.log --since 2h -o html > report.html`,
    )
  addConnectionFlags(command).action(async (name: string, flags: HistoryFlags) => {
    outcome.exitCode = await history(session, parseElectionName(name), flags)
  })
}

async function history(session: Session, address: ClusterLockAddress, flags: HistoryFlags): Promise<ExitCode> {
  // Every line is garbage soon after it was read, which makes V8's young generation grow without any benefit.
  process.getBuiltinModule('node:v8').setFlagsFromString('--semi-space-growth-factor=1')
  keepHeapSmall()
  const nowMs = session.clock.wallMs()
  const fromMs = flags.since === undefined ? Number.NEGATIVE_INFINITY : parseTime('--since', flags.since, nowMs)
  const toMs = flags.until === undefined ? null : parseTime('--until', flags.until, nowMs)
  if (toMs !== null && toMs < fromMs) throw new CommandError('--until is before --since.')
  const found = await find(session, address, flags)
  const clipped = flags.since === undefined && flags.until === undefined ? found : clipHistory(found, { fromMs, toMs })
  await print(session, clipped, flags)
  return ExitCode.done
}

async function find(session: Session, address: ClusterLockAddress, flags: HistoryFlags): Promise<History> {
  const { name } = address
  const lock: LockKind = address.lock ?? 'lease'
  const files = { audit: flags.audit ?? [], from: flags.from ?? [] }
  const hasFiles = files.audit.length + files.from.length > 0
  const reading = await readHistory(session, files, {
    locks: [lock],
    includes: (namespace, found) => found === name && (flags.namespace === undefined || namespace === flags.namespace),
  })
  if (hasFiles && !flags.events) return reading.history(only(reading, { lock, name }, flags))
  const client = await connectWith(session, flags)
  try {
    const ref = { lock, name, namespace: reading.elections.length > 0 ? only(reading, { lock, name }, flags).namespace : client.namespace }
    const told = await readTold(client, session.clock, ref, session.signal)
    const written = reading.history(ref, { told, pods: [] })
    const pods = await readPods(session, client, written)
    const found = pods.length === 0 ? written : reading.history(ref, { told, pods })
    if (found.terms.length === 0 && found.writes === 0 && found.interventions.length === 0) {
      throw new CommandError(
        `No Event in namespace "${harmless(ref.namespace)}" says who led ${lock} "${harmless(name)}". The API server keeps Events for an hour by default. ` +
          'To show more of the past, pass an audit log with --audit, or a recording with --from.',
        ExitCode.server,
      )
    }
    return found
  } finally {
    client.close()
  }
}

/** The one election of that name. @throws CommandError if there are none, or several in different namespaces. */
function only({ elections }: HistoryReading, { lock, name }: Omit<ElectionRef, 'namespace'>, flags: HistoryFlags): ElectionRef {
  const [first, ...others] = elections
  const where = flags.namespace === undefined ? '' : ` in namespace "${harmless(flags.namespace)}"`
  if (!first) throw new CommandError(`The files contain no write of ${lock} "${harmless(name)}"${where}.`, ExitCode.server)
  if (others.length === 0) return first
  const namespaces = elections.map(({ namespace }) => harmless(namespace)).sort()
  throw new CommandError(`There is a ${lock} "${harmless(name)}" in several namespaces: ${namespaces.join(', ')}. Pass one with -n.`)
}

async function print(session: Session, history: History, flags: HistoryFlags): Promise<void> {
  switch (flags.output) {
    case 'json':
      await printObject(session, 'json', historyJson(history))
      break
    case 'svg': {
      const { timelineSvg } = await import('../history/report/timeline-svg.ts')
      await writeLines(session.stdout, [timelineSvg(history, 'alone')])
      break
    }
    case 'html': {
      const { reportHtml } = await import('../history/report/report-html.ts')
      await writeLines(session.stdout, [reportHtml(history, session.clock.wallMs())])
      break
    }
    case 'text':
      await writeLines(session.stdout, historyLines(history, wantsColor(session, flags.color)))
  }
}
