import type { Command } from 'commander'
import { CommandError } from './exit-code.ts'

/**
 * Rejects an empty command after `--`. A shell turns a variable that is not set into `--` or `-- ''`, and running without
 * a command is not what the user wanted.
 * @throws CommandError if there is no command after `--`, or its name is empty
 */
export function checkCommand(program: Command, words: readonly string[]): void {
  // Commander keeps the raw arguments, but its types do not declare them.
  const { rawArgs } = program as Command & { readonly rawArgs: readonly string[] }
  const isMissing = words.length === 0 && rawArgs.at(-1) === '--'
  if (isMissing) throw new CommandError('No command after "--". Pass one, or leave out "--". No changes were made.')
  if (words[0] === '') throw new CommandError('The command after "--" is an empty string. Pass the name of a program. No changes were made.')
}
