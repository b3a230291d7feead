import { CommandError } from './exit-code.ts'

/** The value of `--reason`; undefined if it is blank. */
export function parseReason(text: string): string | undefined {
  return text.trim() === '' ? undefined : text
}

/** The value of a `--reason` that must not be left out. @throws CommandError if it is blank */
export function parseRequiredReason(text: string): string {
  const reason = parseReason(text)
  if (reason === undefined) throw new CommandError('--reason is empty. Pass the reason to record in the Events. No changes were made.')
  return reason
}
