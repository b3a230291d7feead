import { harmless } from '../../shared/lease/harmless.ts'
import { formatAge } from '../output/duration.ts'
import { ask } from '../question.ts'
import type { Session } from '../session.ts'

/** What the user has to confirm: this candidate will lead in place of another program, and the election's work stops. */
export interface Takeover {
  /** `lease default/x`. */
  readonly election: string
  readonly holderIdentity: string
  /** The maximum hold time, in milliseconds; 0 means no limit. */
  readonly maxHoldMs: number
}

/** How long a term lasts, as text. */
export function untilText(maxHoldMs: number): string {
  return maxHoldMs === 0 ? 'until you stop it' : `for at most ${formatAge(maxHoldMs)} per term (--max-hold)`
}

/** What will happen, in sentences. */
export function takeoverText({ election, holderIdentity, maxHoldMs }: Takeover): string {
  return (
    `The election ${harmless(election)} is held by ${harmless(holderIdentity, 120)}. While this candidate is the leader, ` +
    `the other candidates do no work, and this one runs no command: the election's work stops, ${untilText(maxHoldMs)}.`
  )
}

/**
 * Asks the user to confirm, on the terminal.
 * @throws CommandError if there is no terminal, or the user declines
 */
export async function confirmTakeover(session: Session, takeover: Takeover): Promise<void> {
  await ask(session, {
    explanation: takeoverText(takeover),
    question: 'Join?',
    otherwise: 'To confirm, pass --yes. Or pass a command to run while leading.',
    declined: 'Not joined.',
  })
}
