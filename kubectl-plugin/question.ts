import { createInterface } from 'node:readline'
import { CommandError } from './exit-code.ts'
import type { Session } from './session.ts'

/** What is to be agreed to, and the words around it. */
export interface Question {
  /** What will happen, in sentences; made harmless already. */
  readonly explanation: string
  /** The question itself: `Join?` */
  readonly question: string
  /** What to say instead where nobody can be asked: `Say --yes if you want that.` */
  readonly otherwise: string
  /** What is said to a no: `Not joined.` */
  readonly declined: string
}

/** Whether a person is there to be asked. */
export function canAsk({ stdin, stderr }: Session): boolean {
  return stdin.isTTY && stderr.isTTY
}

/**
 * Has a person agree, at a terminal.
 * @throws CommandError where there is none, or they don't: code 2, before anything was written
 */
export async function ask(session: Session, { explanation, question, otherwise, declined }: Question): Promise<void> {
  if (!canAsk(session)) throw new CommandError(`${explanation} ${otherwise} Nothing was written.`)
  session.stderr.write(`${explanation}\n${question} [y/N] `)
  const answer = await readLine(session)
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError(`${declined} Nothing was written.`)
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
