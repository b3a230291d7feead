import { existsSync } from 'node:fs'
import { CommandError } from '../exit-code.ts'

/** What starts this program once more; `role` is its first argument. */
export interface OwnProgram {
  readonly file: string
  readonly argv0: string
  readonly args: readonly string[]
}

/** The program as it is now, also where its executable has been replaced since: an upgrade must not end a command's guard. */
const EXECUTABLE_LINK = '/proc/self/exe'

/**
 * How this program is started in another role: see `start.cjs`.
 *
 * @param nodeFlags for Node, where it knows them; not for the executable that holds the program itself, which takes none
 * @throws CommandError
 */
export function ownProgram(role: string, nodeFlags: readonly string[] = []): OwnProgram {
  const file = existsSync(EXECUTABLE_LINK) ? EXECUTABLE_LINK : process.execPath
  const argv0 = process.execPath
  if (process.getBuiltinModule('node:sea').isSea()) return { file, argv0, args: [role] }
  const program = process.argv[1]
  if (program === undefined) throw new CommandError('Cannot find the program file to start the watchdog from.')
  const flags = nodeFlags.filter((flag) => process.allowedNodeEnvironmentFlags.has(flag))
  return { file, argv0, args: [...flags, program, role] }
}
