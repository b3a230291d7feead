import { ClusterError } from '../../shared/cluster/errors.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { remedyOf } from '../../shared/remedy.ts'
import { CommandError, ExitCode } from '../exit-code.ts'
import { interruptedCode } from '../interruption.ts'
import type { Session } from '../session.ts'
import { adviceText, endOf } from './advice.ts'

/** A server's own words can be of any length. */
const LONGEST_MESSAGE = 2_000

/**
 * Tells a person on stderr what went wrong, and returns the code to end with: a `CommandError`'s own; for what came
 * of a request 4 where RBAC forbids it and 3 otherwise; 2 where nothing could be sent because the kubeconfig, or a
 * flag about it, is wrong; the signal's, silently, where one interrupted it.
 *
 * @param options.withStack adds the stack, as `-v 9` asks.
 */
export function reportError(
  session: Pick<Session, 'stderr' | 'signal'>,
  error: unknown,
  options: { readonly withStack?: boolean } = {},
): ExitCode {
  if (isInterruption(session.signal, error)) return interruptedCode(session.signal)
  const isExpected = error instanceof ClusterError || error instanceof CommandError
  const message = error instanceof Error && error.message !== '' ? error.message : String(error)
  // Beside the message, however long that is. A CommandError has it in its message.
  const remedy = error instanceof CommandError ? undefined : remedyOf(error)
  const advice = remedy ? `${endOf(message)} ${harmless(adviceText(remedy))}` : ''
  const prefix = isExpected ? 'Error' : 'Unexpected error (-v 9 shows where it happened)'
  session.stderr.write(`${prefix}: ${harmless(message, LONGEST_MESSAGE)}${advice}\n`)
  if (options.withStack) for (const line of stackOf(error)) session.stderr.write(`${harmless(line)}\n`)
  return exitCodeOf(error)
}

function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exitCode
  if (!(error instanceof ClusterError)) return ExitCode.server
  if (error.kind === 'config') return ExitCode.usage
  return error.kind === 'forbidden' ? ExitCode.forbidden : ExitCode.server
}

function isInterruption(signal: AbortSignal, error: unknown): boolean {
  return signal.aborted && (error === signal.reason || (error instanceof Error && error.name === 'AbortError'))
}

function stackOf(error: unknown): readonly string[] {
  const lines: string[] = []
  for (let cause = error; cause instanceof Error && lines.length < 200; cause = cause.cause) {
    lines.push(...`${lines.length > 0 ? 'Caused by: ' : ''}${cause.stack ?? cause.message}`.split('\n'))
  }
  return lines
}
