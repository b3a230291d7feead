/** The exit codes of every command but `join -- COMMAND`, which ends with the command's own. */
export const ExitCode = {
  done: 0,
  /** The answer is no: a wait timed out, doctor found errors. */
  no: 1,
  /** Wrong usage; refused or declined. */
  usage: 2,
  /** The API server could not be reached, or answered with an error: a quota or a policy that denies it, too. */
  server: 3,
  /** RBAC does not allow it. */
  forbidden: 4,
  /** By Ctrl-C. Another signal's is 128 + its number: see `interruptedCode`. */
  interrupted: 130,
} as const

/** One of {@link ExitCode}, or what a command that was run for the user ended with. */
export type ExitCode = number

/** Ends a command with a message for a person on stderr, and a code. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: ExitCode

  constructor(message: string, exitCode: ExitCode = ExitCode.usage, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}
