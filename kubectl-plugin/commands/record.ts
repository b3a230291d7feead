import { Option, type Command } from 'commander'
import { categoryOption } from '../category-option.ts'
import { addConnectionFlags, connectWith } from '../connection-flags.ts'
import { parseElectionName } from '../election-name.ts'
import { CommandError } from '../exit-code.ts'
import { lockOption } from '../lock-option.ts'
import { parseDuration } from '../output/duration.ts'
import { recordWith } from '../record/run-record.ts'
import type { Session } from '../session.ts'
import { watchRequest, type WatchFlags } from './watch.ts'

interface RecordFlags extends Omit<WatchFlags, 'fieldSelector' | 'output' | 'renewals' | 'replay' | 'speed' | 'color'> {
  readonly to: string
  readonly rotateSize?: number
  readonly keep: number
}

/** `record`: what happens to elections, into a file. */
export function registerRecord(program: Command, session: Session, outcome: { exitCode: number }): void {
  const command = program
    .command('record')
    .summary('record elections to a file, for history and replay')
    .description(
      'Watches elections and appends what it observes to a file, as JSON lines: each change of a record, each event, and ' +
        'when nothing was watched. history reads the file, and watch --replay plays it. The format is described in ' +
        'docs/history.md.\n\n' +
        'If record is killed, at most the last second is missing. If you start it again with the same file, it appends to ' +
        'the file, and marks the time in between as not recorded.',
    )
    .argument('[names...]', 'elections to record: NAME, lease/NAME, configmap/NAME or endpoints/NAME (default: all)')
    .requiredOption('--to <file>', 'file to append to; compressed if the name ends in .gz')
    .option('-A, --all-namespaces', 'include all namespaces')
    .option('-l, --selector <labels>', 'label selector to filter on, same as for kubectl')
    .addOption(
      new Option('--rotate-size <size>', 'rename the file to FILE.1 when it reaches this size, for example 100M, and start a new one (default: never)').argParser(parseSize),
    )
    .addOption(new Option('--keep <number>', 'number of older files to keep').argParser(parseCount).default(5))
    .addOption(
      new Option('--duration <duration>', 'stop after this time, for example 30s or 5m (default: run until interrupted)').argParser(parseDuration),
    )
    .addOption(categoryOption())
    .addOption(lockOption())
  addConnectionFlags(command).action(async (names: readonly string[], flags: RecordFlags) => {
    const client = await connectWith(session, flags)
    try {
      const rotation = { atBytes: flags.rotateSize ?? null, keep: flags.keep }
      const request = watchRequest(names.map(parseElectionName), client.namespace, flags)
      outcome.exitCode = await recordWith(session, client, { ...request, file: flags.to, rotation })
    } finally {
      client.close()
    }
  })
}

const UNIT_BYTES: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, G: 1e9, Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3 }

/** Parses a size as Kubernetes writes quantities: `100M`, `1Gi`. @throws CommandError if it is not one, or below 1K. */
function parseSize(text: string): number {
  const match = /^(\d+)([KMG]i?)?B?$/i.exec(text)
  const unit = match && (match[2] ?? '').replace(/^[kmg]/, (letter) => letter.toUpperCase())
  const bytes = match ? Number(match[1]) * (UNIT_BYTES[unit!] ?? Number.NaN) : Number.NaN
  if (!(bytes >= 1000)) throw new CommandError(`"${text}" is not a valid size. Use a size of at least 1K, like 100M or 1Gi.`)
  return bytes
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new CommandError(`"${text}" is not a valid number of files. Use a number from 1 to 9999.`)
  return Number(text)
}
