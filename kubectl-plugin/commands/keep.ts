import { Option, type Command } from 'commander'
import { addConnectionFlags } from '../connection-flags.ts'
import { parseElectionName } from '../election-name.ts'
import { CommandError } from '../exit-code.ts'
import type { KeepFlags } from '../keep/keep-flags.ts'
import { parseDuration } from '../output/duration.ts'
import type { Session } from '../session.ts'

const DEFAULT_MAX_HOLD_MS = 600_000

/** `keep`: renews a lease in the name of a local process while a debugger has it stopped. */
export function registerKeep(program: Command, session: Session, outcome: { exitCode: number }): void {
  const command = program
    .command('keep')
    .summary('renew the lease of a local process while a debugger has it stopped')
    .description(
      'Renews a lease in the name of a process on this machine while that process is stopped, so that you can pause at a ' +
        'breakpoint without losing leadership. Start keep before you pause the process: it renews a lease only after it has ' +
        'observed the process renew it.\n\n' +
        'keep notices when all threads of the process are stopped: by dlv, gdb, lldb, GoLand or SIGSTOP on Linux, and by ' +
        'SIGSTOP on macOS. It cannot see pauses of JVM, Node.js, Python and .NET debuggers, which stop a program from the ' +
        'inside. keep renews the lease after the process has missed a renewal, and only if the record still names the ' +
        'process (compare-and-swap), so it cannot create a second leader.\n\n' +
        'keep is best effort. If the process is stopped in the middle of a renewal, for longer than its renew deadline, it ' +
        'loses leadership when it resumes. This happens after single steps in particular. If you can turn off the election ' +
        'of your program, use join -- COMMAND instead, which does not depend on this.\n\n' +
        'When the process and its children have ended, keep releases the lease if it is certain that the process was the ' +
        'holder. Otherwise the lease expires. On Ctrl-C, keep exits without changing the lease.\n\n' +
        'Exit codes: 0 the process has ended; 1 leadership was lost while the process was stopped; 2 refused or declined, no ' +
        'changes made; 3 the API server failed or could not be reached; 4 not allowed (RBAC); 128+n interrupted by signal n ' +
        '(130 for Ctrl-C).',
    )
    .argument('<name>', 'NAME, lease/NAME, configmap/NAME or endpoints/NAME')
    .addOption(new Option('--pid <pid>', 'process ID of the program, not of its debugger').argParser(parsePid).makeOptionMandatory())
    .requiredOption('--identity <identity>', 'holder identity of the program, as shown by describe')
    .addOption(
      new Option('--max-hold <duration>', 'maximum time to renew the lease while the process is stopped; 0 means no limit (default: 10m)')
        .argParser(parseDuration),
    )
    .option('--no-release', 'let the lease expire when the process has ended')
    .option('--yes', 'do not ask for confirmation')
    .addOption(new Option('-o, --output <format>', 'print one JSON object per event').choices(['json']))
  addConnectionFlags(command)
    .addHelpText(
      'after',
      `
Examples:
  # The leader of my-controller is process 4711, which runs in dlv
  ${session.programName} keep my-controller -n my-namespace --pid 4711 --identity "$(hostname)_4f2e"`,
    )
    .action(async (name: string, flags: KeepFlags) => {
      const { runKeep } = await import('../keep/run-keep.ts')
      const { maxHold = DEFAULT_MAX_HOLD_MS } = flags as Partial<KeepFlags>
      outcome.exitCode = await runKeep(session, parseElectionName(name), { ...flags, maxHold })
    })
}

/** @throws CommandError if the text is not a process id */
function parsePid(text: string): number {
  const pid = Number(text)
  if (/^\d+$/.test(text) && pid >= 1 && pid <= 4_194_304) return pid
  throw new CommandError(`"${text}" is not a valid process ID. Use a number, for example from pgrep.`)
}
