import type { StopReason } from '../../shared/election/index.ts'
import { ExitCode } from '../exit-code.ts'
import type { CommandEnd } from './supervisor.ts'

/** The codes that only `join` has; the rest are those of all commands, and the command's own. */
export const JoinExitCode = {
  /** `join` itself failed, beside a command that it was to run. */
  failed: 125,
  /** `--once` lost leadership (EX_TEMPFAIL of sysexits.h). */
  lost: 75,
} as const

/** What a candidacy came to. */
export interface Candidacy {
  /** Why its last term ended; null where it never led. */
  readonly reason: StopReason | null
  /** The code to end with where it was interrupted; null where it was not. */
  readonly interruptedCode: ExitCode | null
  /** How the command of that term ended; null where there was none. */
  readonly end: CommandEnd | null
}

/**
 * The code to end with: the command's own where it ended by itself or was interrupted and took its leave, else what
 * ended the candidacy.
 */
export function joinExitCode({ reason, interruptedCode, end }: Candidacy): ExitCode {
  if (end && !end.wasTold) return end.exitCode
  if (interruptedCode !== null) return reason === 'stopped' && end && end.signal === null ? end.exitCode : interruptedCode
  if (reason === 'max-hold') return end ? end.exitCode : ExitCode.done
  return reason === null || reason === 'work-ended' || reason === 'stopped' ? ExitCode.done : JoinExitCode.lost
}
