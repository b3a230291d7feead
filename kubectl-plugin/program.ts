import { Command, CommanderError } from 'commander'
import { registerDescribe } from './commands/describe.ts'
import { registerList } from './commands/list.ts'
import { registerWait } from './commands/wait.ts'
import { registerWatch } from './commands/watch.ts'
import { ExitCode } from './exit-code.ts'
import { reportError } from './output/report-error.ts'
import type { Session } from './session.ts'

/** Registers one command. `outcome.exitCode` is what the program ends with; it starts as `done`. */
export type Register = (program: Command, session: Session, outcome: { exitCode: ExitCode }) => void

const COMMANDS: readonly Register[] = [registerList, registerDescribe, registerWatch, registerWait]

/** The whole command line, as commander knows it. */
export function createProgram(session: Session, outcome: { exitCode: ExitCode }): Command {
  const program = new Command(session.programName)
  program.description('See and drive Kubernetes leader elections.')
  for (const register of COMMANDS) register(program, session, outcome)
  return program
}

/** Runs the command line and returns the exit code; it never throws. */
export async function run(session: Session, args: readonly string[]): Promise<ExitCode> {
  const outcome: { exitCode: ExitCode } = { exitCode: ExitCode.done }
  const program = createProgram(session, outcome)
  try {
    await program.parseAsync(args, { from: 'user' })
    return outcome.exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.done : ExitCode.usage
    return reportError(session, error)
  }
}
