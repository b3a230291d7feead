import { ClusterError } from '../shared/cluster/errors.ts'
import { verbatim } from '../shared/phrase.ts'
import { endOf } from '../shared/remedy.ts'
import { isInterruption } from './interruption.ts'
import { printText } from './output/wrap.ts'
import type { Session } from './session.ts'

/**
 * Awaits what a command does before its first write. If that fails or is interrupted, the user reads that no changes were
 * made.
 *
 * @param declined the message if it is interrupted: `Not released.`
 */
export async function beforeChanges<T>({ signal, stderr }: Session, declined: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    // The terminal has echoed the ^C.
    if (isInterruption(signal, error)) printText(stderr, `${stderr.isTTY ? '\n' : ''}${declined} No changes were made.`)
    else if (error instanceof ClusterError) throw unchanged(error)
    throw error
  }
}

function unchanged(error: ClusterError): ClusterError {
  const { message, kind, remedy } = error
  return new ClusterError(verbatim(`${message}${endOf(message)} No changes were made.`), { kind, remedy, cause: error })
}
