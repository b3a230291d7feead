import { Command, CommanderError } from 'commander'
import { harmless } from '../shared/lease/harmless.ts'
import { COMMANDS, type Outcome } from './commands.ts'
import { ExitCode } from './exit-code.ts'
import { withPlainFlags } from './flag-values.ts'
import { reportError } from './output/report-error.ts'
import type { Session } from './session.ts'
import { VERSION } from './version.ts'

/** The word by which kubectl_complete-leader and the shells' scripts ask for candidates. Commander never reads it. */
const COMPLETE = '__complete'

/**
 * The command line, as commander knows it.
 *
 * @param only leaves out every command but the one called so, if there is one: a run sets up what it needs.
 */
export async function createProgram(session: Session, outcome: Outcome, only?: string): Promise<Command> {
  const program = new Command(session.programName)
    .description('See Kubernetes leader elections: who leads, whether it is renewed, when it expires, when it moved.')
    .version(VERSION, '--version', 'print the version')
    .showSuggestionAfterError()
    .showHelpAfterError(`Run "${session.programName} --help" to see what there is.`)
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({
      writeOut: (text) => void session.stdout.write(text),
      // What it says repeats what was typed, or pasted.
      writeErr: (text) => void session.stderr.write(text.replace(/^error: /, 'Error: ').replace(/[^\n]+/g, (line) => harmless(line))),
      getOutHelpWidth: () => helpWidth(session.stdout),
      getErrHelpWidth: () => helpWidth(session.stderr),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText(
      'after',
      `
Examples:
  # Who leads, in all namespaces
  ${session.programName} list -A

  # Live, with countdowns
  ${session.programName} watch -A

  # Everything about one
  ${session.programName} describe -n kube-system kube-scheduler

  # No cluster at hand? See it in a sandbox
  ${session.programName} sandbox --watch`,
    )
  const called = COMMANDS.filter(([names]) => only !== undefined && names.includes(only))
  for (const [, load] of called.length > 0 ? called : COMMANDS) (await load())(program, session, outcome)
  return program
}

/** Runs the command line and returns the exit code; it never throws. */
export async function run(session: Session, args: readonly string[]): Promise<number> {
  const outcome: Outcome = { exitCode: ExitCode.done }
  try {
    const program = await createProgram(session, outcome, args[0])
    if (args[0] === COMPLETE) {
      const { printCandidates } = await import('./commands/completion.ts')
      await printCandidates(program, session, args.slice(1))
      return ExitCode.done
    }
    if (args.length === 0) {
      program.outputHelp()
      return ExitCode.done
    }
    await program.parseAsync(withPlainFlags(program, args), { from: 'user' })
    return outcome.exitCode
  } catch (error) {
    // Commander has said what is wrong; help and --version come this way too.
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.done : ExitCode.usage
    return reportError(session, error, { withStack: verbosity(args) >= 9 })
  }
}

/** As wide as the terminal, as long as that is pleasant to read. */
function helpWidth(stream: Session['stdout']): number {
  return stream.isTTY ? Math.min(stream.columns, 120) : 80
}

/** The level that `-v` asks for, as kubectl takes it: `-v 9`, `-v=9`, `--v=9`. */
function verbosity(args: readonly string[]): number {
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args
  return Number(/(?:^| )--?v[= ]?(\d+)(?: |$)/.exec(own.join(' '))?.[1] ?? 0)
}
