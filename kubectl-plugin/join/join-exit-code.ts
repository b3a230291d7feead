import type { StopReason } from '../../shared/election/machine/protocol.ts'
import { ExitCode } from '../exit-code.ts'
import type { CommandEnd } from '../../shared/guard/supervisor.ts'

/** The exit codes that only `join` has, besides those of all commands and the command's own. */
export const JoinExitCode = {
  /** `join` itself failed, and a command was passed. */
  failed: 125,
  /** `--once` lost leadership (EX_TEMPFAIL of sysexits.h). */
  lost: 75,
} as const

/** The outcome of a candidacy. */
export interface JoinOutcome {
  /** Why its last term ended; null if it never led. */
  readonly reason: StopReason | null
  /** The exit code for the interruption; null if it was not interrupted. */
  readonly interruptedCode: ExitCode | null
  /** How the command of that term ended; null if there was no command. */
  readonly end: CommandEnd | null
}

/**
 * The exit code of `join`: the command's own code if it exited on its own, or on SIGTERM after an interruption. Otherwise
 * the code depends on what ended the candidacy.
 */
export function joinExitCode({ reason, interruptedCode, end }: JoinOutcome): ExitCode {
  if (end && !end.wasTold) return end.exitCode
  if (interruptedCode !== null) return reason === 'stopped' && end && end.signal === null ? end.exitCode : interruptedCode
  if (reason === 'max-hold') return end ? end.exitCode : ExitCode.done
  return reason === null || reason === 'work-ended' || reason === 'stopped' ? ExitCode.done : JoinExitCode.lost
}
