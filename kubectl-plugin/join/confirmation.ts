import { createInterface } from 'node:readline'
import { harmless } from '../../shared/lease/harmless.ts'
import { CommandError } from '../exit-code.ts'
import { formatAge } from '../output/duration.ts'
import type { Session } from '../session.ts'

/** What a person has to agree to: leading instead of others, while nothing does their work. */
export interface Takeover {
  /** `lease default/x`. */
  readonly election: string
  readonly holderIdentity: string
  /** How long leadership is kept at most; 0 is without limit. */
  readonly maxHoldMs: number
}

/** What will happen, in words. */
export function takeoverText({ election, holderIdentity, maxHoldMs }: Takeover): string {
  const until = maxHoldMs === 0 ? 'until you end it' : `for at most ${formatAge(maxHoldMs)} at a time (--max-hold)`
  return (
    `Others run the election ${harmless(election)}: it is held by ${harmless(holderIdentity, 120)}. ` +
    `When this candidate leads, they stop their work, and nobody does it, ${until}.`
  )
}

/**
 * Has a person agree, at a terminal.
 * @throws CommandError where there is none, or they don't
 */
export async function confirmTakeover(session: Session, takeover: Takeover): Promise<void> {
  const explanation = takeoverText(takeover)
  if (!session.stdin.isTTY || !session.stderr.isTTY) {
    throw new CommandError(`${explanation} Say --yes if you want that, or give the command to run instead. Nothing was written.`)
  }
  session.stderr.write(`${explanation}\nJoin? [y/N] `)
  const answer = await readLine(session)
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError('Not joined. Nothing was written.')
}

/** Empty where stdin ends first. */
function readLine({ stdin, signal }: Session): Promise<string> {
  const lines = createInterface({ input: stdin })
  return new Promise<string>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    lines.once('line', resolve)
    lines.once('close', () => {
      signal.removeEventListener('abort', onAbort)
      resolve('')
    })
  }).finally(() => lines.close())
}
