import { CommandError } from './exit-code.ts'

/**
 * Reads a TCP port; 0 is any that is free.
 * @throws CommandError where it is none
 */
export function parsePort(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) throw new CommandError(`"${text}" is not a port. Give a number from 1 to 65535.`)
  return port
}
