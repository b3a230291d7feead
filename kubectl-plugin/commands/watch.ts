import { Option, type Command } from 'commander'
import type { Category } from '../../shared/lease/category.ts'
import type { Election } from '../../shared/lease/election.ts'
import type { LockKind } from '../../shared/lease/election-ref.ts'
import type { ClusterLockAddress } from '../../shared/locks/lock-address.ts'
import { categoryOption } from '../category-option.ts'
import { addConnectionFlags, connectWith, warn, type ConnectionFlags } from '../connection-flags.ts'
import { parseElectionName } from '../election-name.ts'
import { CommandError, type ExitCode } from '../exit-code.ts'
import { lockOption } from '../lock-option.ts'
import { colorOption, type ColorMode } from '../output/color.ts'
import { parseDuration } from '../output/duration.ts'
import type { Session } from '../session.ts'
import { watchWith } from '../watch/run-watch.ts'
import type { WatchRequest } from '../watch/watch-request.ts'

/** The flags of `watch`. */
export interface WatchFlags extends ConnectionFlags {
  readonly allNamespaces?: boolean
  readonly selector?: string
  readonly fieldSelector?: string
  readonly output?: 'json' | 'text'
  readonly category?: Category | 'all'
  readonly lock?: readonly LockKind[]
  readonly renewals?: boolean
  readonly replay?: string
  readonly speed?: number
  readonly duration?: number
  readonly color?: ColorMode
}

/** `watch`: elections live, as a full-screen table or as one line per event. */
export function registerWatch(program: Command, session: Session, outcome: { exitCode: number }): void {
  const command = program
    .command('watch')
    .summary('watch elections live')
    .description(
      'Watches elections live. On a terminal, it shows a full-screen table with countdowns; press ? for the keys. ' +
        'Otherwise, or with -o, it prints one line per event, starting with the current state of every election.\n\n' +
        'States are based on what watch observes, not on the timestamps in the record. Until an election\'s record ' +
        'changes, its state is marked with "~".',
    )
    .argument('[names...]', 'elections to show: NAME, lease/NAME, configmap/NAME or endpoints/NAME (default: all)')
    .option('-A, --all-namespaces', 'include all namespaces')
    .option('-l, --selector <labels>', 'label selector to filter on, same as for kubectl')
    .option('--field-selector <fields>', 'field selector to filter on, same as for kubectl')
    .addOption(
      new Option('-o, --output <format>', 'print one line per event, as text or JSON').choices(['json', 'text']),
    )
    .option('--renewals', 'also print renewals')
    .addOption(
      new Option('--duration <duration>', 'stop after this time, for example 30s or 5m (default: run until interrupted)').argParser(parseDuration),
    )
    .option('--replay <file>', 'play a file of kubectl leader record instead of watching a cluster; "-" reads stdin')
    .addOption(new Option('--speed <factor>', 'with --replay: how many times faster to play; 0 does not wait (default: 1)').argParser(parseSpeed))
    .addOption(categoryOption())
    .addOption(lockOption())
    .addOption(colorOption())
  addConnectionFlags(command).action(async (names: readonly string[], flags: WatchFlags) => {
    outcome.exitCode = await runWatch(session, names.map(parseElectionName), flags)
  })
}

/** Connects, and watches until the user quits, the duration has passed, or the session is interrupted. */
export async function runWatch(session: Session, names: readonly ClusterLockAddress[], flags: WatchFlags): Promise<ExitCode> {
  if (flags.replay !== undefined) {
    const { replayWith } = await import('../watch/run-replay.ts')
    const { isWanted, ...request } = watchRequest(names, flags.namespace ?? '', flags)
    const isHere = (election: Election): boolean => flags.namespace === undefined || election.namespace === flags.namespace
    return replayWith(session, {
      ...request,
      isWanted: (election) => isHere(election) && (isWanted?.(election) ?? true),
      file: flags.replay,
      speed: flags.speed ?? 1,
      hasNamespace: flags.namespace === undefined,
    })
  }
  if (flags.speed !== undefined) throw new CommandError('--speed is used with --replay.')
  // A steady stream of short-lived objects makes V8's young generation grow to 250 MB, without any benefit.
  process.getBuiltinModule('node:v8').setFlagsFromString('--semi-space-growth-factor=1')
  const screen = { isDrawn: false }
  const laterWarnings: string[] = []
  const client = await connectWith(session, flags, {
    isInteractive: () => !screen.isDrawn && session.stdin.isTTY,
    onWarning: (text) => {
      if (screen.isDrawn) laterWarnings.push(text)
      else warn(session, text)
    },
    onPluginStderr: (text) => {
      if (!screen.isDrawn) session.stderr.write(text)
    },
  })
  try {
    return await watchWith(session, client, watchRequest(names, client.namespace, flags), screen)
  } finally {
    client.close()
    for (const text of laterWarnings) warn(session, text)
  }
}

/** What the flags of a command that watches ask for. */
export function watchRequest(names: readonly ClusterLockAddress[], namespace: string, flags: WatchFlags): WatchRequest {
  const locks = flags.lock ?? ['lease']
  const named = [...new Set(names.flatMap(({ lock }) => lock ?? locks))]
  return {
    scope: {
      namespaces: flags.allNamespaces ? 'all' : [namespace],
      locks: names.length > 0 ? named : locks,
      ...(names.length > 0 && { names: [...new Set(names.map(({ name }) => name))] }),
      ...(flags.selector !== undefined && { labelSelector: flags.selector }),
      ...(flags.fieldSelector !== undefined && { fieldSelector: flags.fieldSelector }),
    },
    ...(names.length > 0 && { isWanted: (election: Election) => names.some((name) => isNamed(election, name, locks)) }),
    // An election that is named is shown, whatever its category.
    category: flags.category ?? (names.length > 0 ? 'all' : 'election'),
    output: flags.output ?? 'auto',
    withRenewals: flags.renewals ?? false,
    durationMs: flags.duration ?? null,
    ...(flags.requestTimeout !== undefined && { firstTimeoutMs: flags.requestTimeout }),
    color: flags.color ?? 'auto',
  }
}

function isNamed(election: Election, { lock, name }: ClusterLockAddress, locks: readonly LockKind[]): boolean {
  return election.name === name && (lock === null ? locks.some((each) => each === election.lock) : lock === election.lock)
}

/** @throws CommandError if the text is not a factor. */
function parseSpeed(text: string): number {
  const factor = /^\d+(?:\.\d+)?x?$/.test(text) ? Number.parseFloat(text) : Number.NaN
  if (Number.isNaN(factor)) throw new CommandError(`"${text}" is not a valid speed. Use a number like 10, or 0 to play without waiting.`)
  return factor === 0 ? Number.POSITIVE_INFINITY : factor
}
