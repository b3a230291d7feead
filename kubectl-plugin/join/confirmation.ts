import { harmless } from '../../shared/lease/harmless.ts'
import { formatAge } from '../output/duration.ts'
import { ask } from '../question.ts'
import type { Session } from '../session.ts'

/** What a person has to agree to: leading instead of others, while nothing does their work. */
export interface Takeover {
  /** `lease default/x`. */
  readonly election: string
  readonly holderIdentity: string
  /** How long leadership is kept at most; 0 is without limit. */
  readonly maxHoldMs: number
}

/** For how long leadership is kept at most; 0 is without limit. */
export function untilText(maxHoldMs: number): string {
  return maxHoldMs === 0 ? 'until you end it' : `for at most ${formatAge(maxHoldMs)} at a time (--max-hold)`
}

/** What will happen, in words. */
export function takeoverText({ election, holderIdentity, maxHoldMs }: Takeover): string {
  return (
    `Others run the election ${harmless(election)}: it is held by ${harmless(holderIdentity, 120)}. ` +
    `When this candidate leads, they stop their work, and nobody does it, ${untilText(maxHoldMs)}.`
  )
}

/**
 * Has a person agree, at a terminal.
 * @throws CommandError where there is none, or they don't
 */
export async function confirmTakeover(session: Session, takeover: Takeover): Promise<void> {
  await ask(session, {
    explanation: takeoverText(takeover),
    question: 'Join?',
    otherwise: 'Say --yes if you want that, or give the command to run instead.',
    declined: 'Not joined.',
  })
}
