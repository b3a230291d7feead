import { createInterface } from 'node:readline'
import { CommandError } from './exit-code.ts'
import { wrapped } from './output/wrap.ts'
import type { Session } from './session.ts'

/** A question before a change, and the texts around it. */
export interface Question {
  /** What will happen, in sentences; already made harmless. */
  readonly explanation: string
  /** The question, for example `Join?` */
  readonly question: string
  /** The advice to print if there is no terminal to ask on: `To confirm, pass --yes.` */
  readonly otherwise: string
  /** The message if the user declines: `Not joined.` */
  readonly declined: string
}

/** Whether there is a terminal to ask on. */
export function canAsk({ stdin, stderr }: Session): boolean {
  return stdin.isTTY && stderr.isTTY
}

/**
 * Asks the user to confirm, on the terminal.
 * @throws CommandError with exit code 2 if there is no terminal, or the user declines
 */
export async function ask(session: Session, { explanation, question, otherwise, declined }: Question): Promise<void> {
  if (!canAsk(session)) throw new CommandError(`${explanation} ${otherwise} No changes were made.`)
  session.stderr.write(`${wrapped(explanation, session.stderr)}\n${question} [y/N] `)
  // The terminal has echoed the ^C behind the question.
  const onAbort = (): void => void session.stderr.write(`\n${declined} No changes were made.\n`)
  session.signal.addEventListener('abort', onAbort, { once: true })
  const answer = await readLine(session).finally(() => session.signal.removeEventListener('abort', onAbort))
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError(`${declined} No changes were made.`)
}

/** The next line of stdin; empty if stdin ends first. */
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
