/** The exit codes of all commands except `join -- COMMAND`, which exits with the command's own code. */
export const ExitCode = {
  done: 0,
  /** A negative result: a wait timed out, or doctor found an error. */
  no: 1,
  /** Wrong usage, refused or declined. */
  usage: 2,
  /**
   * The API server could not be reached, or returned an error, for example because of a quota or an admission policy. Also
   * if the output could not be written.
   */
  server: 3,
  /** Not allowed (RBAC). */
  forbidden: 4,
  /** Interrupted by Ctrl-C. For other signals, the code is 128 + the signal's number: see `interruptedCode`. */
  interrupted: 130,
} as const

/** One of {@link ExitCode}, or the exit code of a command that was run for the user. */
export type ExitCode = number

/** Ends a command with a message on stderr and an exit code. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: ExitCode

  constructor(message: string, exitCode: ExitCode = ExitCode.usage, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}
