import { durationText } from '../../shared/duration.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { ask } from '../question.ts'
import type { Session } from '../session.ts'

/** What the user has to confirm: this candidate will lead, perhaps in place of another program, and what becomes of the work. */
export interface Takeover {
  /** `lease default/x`. */
  readonly election: string
  /** Null if the election is not in a cluster. */
  readonly context: string | null
  /** Empty if the lease has no holder. */
  readonly holderIdentity: string
  /** Empty if there is none: then the election's work stops. */
  readonly command: readonly string[]
  /** The maximum hold time, in milliseconds; 0 means no limit. */
  readonly maxHoldMs: number
}

/** How long a term lasts, as text. */
export function untilText(maxHoldMs: number): string {
  return maxHoldMs === 0 ? 'until you stop it' : `for at most ${durationText(maxHoldMs)} per term (--max-hold)`
}

/** What will happen, in sentences. */
export function takeoverText({ election, context, holderIdentity, maxHoldMs, command }: Takeover): string {
  const held = holderIdentity === '' ? 'has no holder' : `is held by ${harmless(holderIdentity, 120)}`
  const work =
    command.length === 0
      ? `this one runs no command: the election's work stops, ${untilText(maxHoldMs)}.`
      : `this one runs ${harmless(command.join(' '), 200)}, ${untilText(maxHoldMs)}.`
  const where = context === null ? '' : ` in context ${harmless(context)}`
  return `The election ${harmless(election)}${where} ${held}. While this candidate is the leader, the other candidates do no work, and ${work}`
}

/**
 * Asks the user to confirm, on the terminal.
 * @throws CommandError if there is no terminal, or the user declines
 */
export async function confirmTakeover(session: Session, takeover: Takeover): Promise<void> {
  await ask(session, {
    explanation: takeoverText(takeover),
    question: 'Join?',
    otherwise: takeover.command.length > 0 ? 'To join without a question, omit --confirm.' : 'To confirm, pass --yes. Or pass a command to run while leading.',
    declined: 'Not joined.',
  })
}
