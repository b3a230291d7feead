import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs'
import { delimiter } from 'node:path'

/** The arguments of execve(2). */
export interface Executable {
  readonly file: string
  readonly args: readonly string[]
}

/** Used if PATH is not set, as in glibc's execvp(3). */
const DEFAULT_PATH = '/bin:/usr/bin'
const SHELL = '/bin/sh'
/** How much of a file Linux reads to find out how to run it (BINPRM_BUF_SIZE). */
const HEAD_BYTES = 256
const PT_INTERP = 3

/**
 * Finds the file that execvp(3) would run: it searches PATH for the command, and passes a text file without `#!` to the
 * shell. It checks beforehand what execve(2) would reject, because Node's execve ends the process if it fails.
 *
 * @throws the error that Node's spawn would report, with the system's `code`, if the command cannot be run
 */
export function findExecutable([command, ...args]: readonly string[], path = DEFAULT_PATH): Executable {
  const candidates = command!.includes('/') ? [command!] : path.split(delimiter).map((folder) => (folder === '' ? command! : `${folder}/${command!}`))
  let problem = 'ENOENT'
  for (const file of candidates) {
    const found = refusal(file)
    if (found === null) return withInterpreter(command!, file, args)
    // Like execvp, keep searching, but remember a file that must not be run.
    if (found !== 'ENOENT' && found !== 'ENOTDIR') problem = found
  }
  throw spawnError(command!, problem)
}

/** The system's error code if a file cannot be run, otherwise null. */
function refusal(file: string): string | null {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile() ? null : 'EACCES'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'UNKNOWN'
  }
}

function withInterpreter(command: string, file: string, args: readonly string[]): Executable {
  const head = headOf(file)
  if (head && isText(head)) {
    if (refusal(SHELL) !== null) throw spawnError(command, 'ENOEXEC')
    return { file: SHELL, args: [SHELL, file, ...args] }
  }
  const interpreter = head && (scriptInterpreter(head) ?? loader(file, head))
  const missing = interpreter ? refusal(interpreter) : null
  if (missing !== null) throw spawnError(command, missing)
  return { file, args: [command, ...args] }
}

/** The start of a file; null if the file is not readable, which a program need not be. */
function headOf(file: string): Buffer | null {
  try {
    return readAt(file, 0, HEAD_BYTES)
  } catch {
    return null
  }
}

function readAt(file: string, position: number, length: number): Buffer {
  const descriptor = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(length)
    return bytes.subarray(0, readSync(descriptor, bytes, 0, length, position))
  } finally {
    closeSync(descriptor)
  }
}

/** Whether a file is a script rather than a program of another system, as shells decide it: no NUL in the first line. */
function isText(head: Buffer): boolean {
  const end = head.indexOf('\n')
  return !head.subarray(0, end === -1 ? head.length : end).includes(0) && !head.toString('latin1').startsWith('#!')
}

function scriptInterpreter(head: Buffer): string | null {
  return /^#![ \t]*([^ \t\n]+)/.exec(head.toString())?.[1] ?? null
}

/** The loader that an ELF program names. On a system with another C library, the loader is what is missing. */
function loader(file: string, head: Buffer): string | null {
  if (head.toString('latin1', 0, 4) !== '\x7fELF' || head.length < 64) return null
  const is64 = head[4] === 2
  const isLittle = head[5] === 1
  const u16 = (at: number): number => (isLittle ? head.readUInt16LE(at) : head.readUInt16BE(at))
  const word = (bytes: Buffer, at: number): number => {
    if (!is64) return isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)
    return Number(isLittle ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at))
  }
  try {
    const [offset, size, count] = is64 ? [word(head, 32), u16(54), u16(56)] : [word(head, 28), u16(42), u16(44)]
    const table = readAt(file, offset, size * count)
    for (let at = 0; at < table.length; at += size) {
      const type = isLittle ? table.readUInt32LE(at) : table.readUInt32BE(at)
      if (type !== PT_INTERP) continue
      const name = readAt(file, word(table, at + (is64 ? 8 : 4)), word(table, at + (is64 ? 32 : 16)))
      return name.toString().replace(/\0.*$/s, '')
    }
  } catch {
    // Leave a malformed file to the system's own error.
  }
  return null
}

/** The error as Node's spawn words it. */
function spawnError(command: string, code: string): Error {
  return Object.assign(new Error(`spawn ${command} ${code}`), { code })
}
