import { CommandError } from '../exit-code.ts'

/**
 * Parses one label, and adds it to those before.
 * @throws CommandError if the text is not KEY=VALUE
 */
export function parseLabel(text: string, earlier: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const at = text.indexOf('=')
  if (at < 1) throw new CommandError(`"${text}" is not a valid label. Use KEY=VALUE.`)
  return { ...earlier, [text.slice(0, at)]: text.slice(at + 1) }
}
