import { ClusterError } from '../../shared/cluster/errors.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { endOf, hintLines, remedyOf, type Remedy } from '../../shared/remedy.ts'
import { CommandError, ExitCode } from '../exit-code.ts'
import { interruptedCode, isInterruption } from '../interruption.ts'
import type { Session } from '../session.ts'
import { adviceText } from './advice.ts'
import { printText } from './wrap.ts'

/** A message from a server can have any length. */
const LONGEST_MESSAGE = 2_000

/**
 * Prints an error on stderr, and returns the exit code: a `CommandError`'s own code; 2 if the kubeconfig, or a flag about
 * it, is invalid; 4 if RBAC forbids a request, and 3 for all other failed requests. After a signal, it prints nothing and
 * returns the signal's code.
 *
 * @param options.withStack prints the stack trace, for `-v 9`.
 */
export function reportError(
  session: Pick<Session, 'stderr' | 'signal' | 'programName'>,
  error: unknown,
  options: { readonly withStack?: boolean } = {},
): ExitCode {
  if (isInterruption(session.signal, error)) return interruptedCode(session.signal)
  const isExpected = error instanceof ClusterError || error instanceof CommandError
  const message = error instanceof Error && error.message !== '' ? error.message : String(error)
  // Append the advice after the message is cut. The message of a CommandError already contains it.
  const remedy = error instanceof CommandError ? undefined : remedyOf(error)
  const advice = remedy ? `${endOf(message)}${adviceAfter(remedy, session.programName)}` : ''
  const prefix = isExpected ? 'Error' : 'Unexpected error (use -v 9 for the stack trace)'
  printText(session.stderr, `${prefix}: ${harmless(message, LONGEST_MESSAGE)}${advice}`)
  if (options.withStack) for (const line of stackOf(error)) session.stderr.write(`${harmless(line)}\n`)
  return exitCodeOf(error)
}

/** Advice to append. An install hint keeps its lines: it is the kubeconfig's own, so no server can forge a line with it. */
function adviceAfter(remedy: Remedy, programName: string): string {
  const lines = remedy.kind === 'installPlugin' && remedy.hint !== undefined ? hintLines(remedy.hint) : []
  if (lines.length > 1) return `\n${lines.map((line) => harmless(line)).join('\n')}`
  return ` ${harmless(adviceText(remedy, programName))}`
}

function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exitCode
  if (!(error instanceof ClusterError)) return ExitCode.server
  if (error.kind === 'config') return ExitCode.usage
  return error.kind === 'forbidden' ? ExitCode.forbidden : ExitCode.server
}

function stackOf(error: unknown): readonly string[] {
  const lines: string[] = []
  for (let cause = error; cause instanceof Error && lines.length < 200; cause = cause.cause) {
    lines.push(...`${lines.length > 0 ? 'Caused by: ' : ''}${cause.stack ?? cause.message}`.split('\n'))
  }
  return lines
}
