import { CommandError } from './exit-code.ts'

/**
 * Parses a TCP port; 0 picks a free one.
 * @throws CommandError if the text is not a port
 */
export function parsePort(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) throw new CommandError(`"${text}" is not a valid port. Use a number from 0 to 65535 (0 picks a free port).`)
  return port
}
