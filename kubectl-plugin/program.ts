import { Command, CommanderError, Help, type Option } from 'commander'
import { harmless } from '../shared/lease/harmless.ts'
import { COMMANDS, type Outcome } from './commands.ts'
import { ExitCode } from './exit-code.ts'
import { withCommandFirst, withPlainFlags } from './flag-values.ts'
import { reportError } from './output/report-error.ts'
import type { Session } from './session.ts'
import { VERSION } from './version.ts'

/** The first argument with which kubectl_complete-leader and the shell scripts request completions. Commander never reads it. */
const COMPLETE = '__complete'

/**
 * Declares the command line to commander.
 *
 * @param only the name of a command. If it exists, only that command is set up, because one run needs no other.
 */
export async function createProgram(session: Session, outcome: Outcome, only?: string): Promise<Command> {
  const program = new Command(session.programName)
    .description('Inspect and operate Kubernetes leader elections: see who leads, move leadership safely, and run commands only on the leader.')
    .version(VERSION, '--version', 'print the version')
    .showSuggestionAfterError()
    .exitOverride()
    .enablePositionalOptions()
    .configureHelp({ optionDescription: flagText })
    .configureOutput({
      writeOut: (text) => void session.stdout.write(text),
      // The message repeats what the user typed or pasted.
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
  # List elections and their leaders in all namespaces
  ${session.programName} list -A

  # Watch elections live
  ${session.programName} watch -A

  # Show the details of one election
  ${session.programName} describe -n kube-system kube-scheduler

  # Try it without a cluster
  ${session.programName} sandbox --watch`,
    )
  const called = COMMANDS.filter(([names]) => only !== undefined && names.includes(only))
  for (const [, load] of called.length > 0 ? called : COMMANDS) (await load())(program, session, outcome)
  adviseHelp(program, session.programName)
  return program
}

/** A usage error names the help of the command that it is about. */
function adviseHelp(command: Command, calledAs: string): void {
  command.showHelpAfterError(`Run "${calledAs} --help" for usage.`)
  for (const sub of command.commands) adviseHelp(sub, `${calledAs} ${sub.name()}`)
}

/** Runs the command line and returns the exit code; it never throws. */
export async function run(session: Session, typed: readonly string[]): Promise<number> {
  const outcome: Outcome = { exitCode: ExitCode.done }
  const args = typed[0]?.startsWith('-') ? withCommandFirst(await commonFlags(), typed) : typed
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
    // Commander has already printed the error. --help and --version also end here.
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.done : ExitCode.usage
    return reportError(session, error, { withStack: verbosity(args) >= 9 })
  }
}

/** The flags that make sense with any command. */
async function commonFlags(): Promise<Command> {
  const { addConnectionFlags } = await import('./connection-flags.ts')
  return addConnectionFlags(new Command()).option('-A, --all-namespaces')
}

/** The description of a flag. Commander does not say which flags are required. */
function flagText(option: Option): string {
  const text = new Help().optionDescription(option)
  return option.mandatory && option.defaultValue === undefined ? `${text} (required)` : text
}

/** The width of the terminal, at most 120 columns, because longer lines are hard to read. */
function helpWidth(stream: Session['stdout']): number {
  return stream.isTTY ? Math.min(stream.columns, 120) : 80
}

/** The level that `-v` sets, in kubectl's spellings: `-v 9`, `-v=9`, `--v=9`. */
function verbosity(args: readonly string[]): number {
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args
  return Number(/(?:^| )--?v[= ]?(\d+)(?: |$)/.exec(own.join(' '))?.[1] ?? 0)
}
