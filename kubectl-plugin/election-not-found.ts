import { ClusterError } from '../shared/cluster/errors.ts'
import { placeText, type ElectionRef } from '../shared/lease/election-ref.ts'
import { CommandError, ExitCode } from './exit-code.ts'
import type { Session } from './session.ts'

/** Adds advice to the error of an election that was not found. Other errors stay as they are. */
export function electionNotFound(session: Session, place: ElectionRef, error: unknown): unknown {
  if (!(error instanceof ClusterError && error.kind === 'notFound')) return error
  return new CommandError(`There is no ${placeText(place)}. To list all elections, run: ${session.programName} list -A`, ExitCode.server, { cause: error })
}
