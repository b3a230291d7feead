import { Option, type Command } from 'commander'
import { addConnectionFlags, type ConnectionFlags } from '../connection-flags.ts'
import { parseElectionName } from '../election-name.ts'
import { parseDuration } from '../output/duration.ts'
import type { Session } from '../session.ts'

/** What `failover` is told. Durations are milliseconds. */
export interface FailoverFlags extends ConnectionFlags {
  readonly to?: string
  readonly blockFor?: number
  readonly deletePod?: boolean
  readonly reason?: string
  readonly dryRun?: 'client' | 'server'
  readonly yes?: boolean
  readonly force?: boolean
  readonly timeout?: number
  readonly output?: 'json'
}

/** `failover`: moves leadership with no overlap, and says whether it moved. */
export function registerFailover(program: Command, session: Session, outcome: { exitCode: number }): void {
  const command = program
    .command('failover')
    .summary('move leadership with no two leaders at once, and prove it')
    .description(
      'Moves leadership away from its holder. It keeps everybody out of the lease until the old leader must have stopped, ' +
        'then gives it up, or to --to, and watches who takes over. A candidate of this project says when it has stopped, ' +
        'and the whole takes less than a second; any other is waited for, a little longer than its lease duration.\n\n' +
        'Before anything is written it shows its plan and asks. Ctrl-C undoes what can be undone: at first the old leader ' +
        'just leads on. If this program is killed, the lease runs out by itself.\n\n' +
        'Ends with code 0 when leadership has moved; 1 when the old leader is back, nobody took over, or somebody else came ' +
        'in between; 2 when it was refused or declined and nothing was written.',
    )
    .argument('<name>', 'NAME, lease/NAME, configmap/NAME or endpoints/NAME')
    .option('--to <identity>', 'the holder identity of the candidate that is to lead; default: whoever comes first')
    .addOption(
      new Option('--block-for <duration>', 'how long to keep everybody out at most; default: lease duration and one renewal interval')
        .argParser(parseDuration),
    )
    .option('--delete-pod', "delete the leader's Pod and let the election run its course, instead of keeping everybody out")
    .option('--reason <text>', 'why, for the Events that it leaves')
    .addOption(new Option('--dry-run <where>', 'write nothing: show the plan, or have the server check it too').choices(['client', 'server']))
    .option('--yes', 'do it without asking')
    .option('--force', 'allow a lease that is not a leader election, an election with no other known candidate, and a --to that is not known')
    .addOption(
      new Option('--timeout <duration>', 'how long to wait for a successor once the lease is free; default: two lease durations, 30s at least')
        .argParser(parseDuration),
    )
    .addOption(new Option('-o, --output <format>', 'one line per event, for programs').choices(['json']))
  addConnectionFlags(command)
    .addHelpText(
      'after',
      `
Examples:
  # What would happen
  ${session.programName} failover my-controller -n my-namespace --dry-run=client

  # Move it to whoever comes first
  ${session.programName} failover my-controller -n my-namespace --reason "node maintenance"

  # Move it to one candidate, without asking
  ${session.programName} failover my-controller -n my-namespace --to my-controller-1_4f2e --yes`,
    )
    .action(async (name: string, flags: FailoverFlags) => {
      const { carryOut } = await import('../failover/carry-out.ts')
      outcome.exitCode = await carryOut(session, parseElectionName(name), flags)
    })
}
