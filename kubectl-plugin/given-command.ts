import type { Command } from 'commander'
import { CommandError } from './exit-code.ts'

/**
 * `-- $EMPTY` and `-- ''` are what a shell makes of a variable that is not set: to go on without a command would be
 * something else than was meant.
 * @throws CommandError
 */
export function checkCommand(program: Command, words: readonly string[]): void {
  // Commander keeps what it was given, and its types do not say so.
  const { rawArgs } = program as Command & { readonly rawArgs: readonly string[] }
  const isMissing = words.length === 0 && rawArgs.at(-1) === '--'
  if (isMissing) throw new CommandError('There is no command after "--". Pass one, or leave out "--". No changes were made.')
  if (words[0] === '') throw new CommandError('The command after "--" is an empty string. Pass the name of a program. No changes were made.')
}
