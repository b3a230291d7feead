import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs'
import { delimiter } from 'node:path'

/** What execve(2) is given. */
export interface Executable {
  readonly file: string
  readonly args: readonly string[]
}

/** Where there is no PATH; as glibc's execvp(3). */
const DEFAULT_PATH = '/bin:/usr/bin'
const SHELL = '/bin/sh'
/** What Linux reads of a file to see how it is run (BINPRM_BUF_SIZE). */
const HEAD_BYTES = 256
const PT_INTERP = 3

/**
 * What execvp(3) would run: it looks for the command in PATH, and gives a text without `#!` to the shell. That which it
 * would be refused for is found out beforehand: Node's execve ends the process where it fails.
 *
 * @throws the error that Node's spawn would report, with the system's `code`
 */
export function findExecutable([command, ...args]: readonly string[], path = DEFAULT_PATH): Executable {
  const candidates = command!.includes('/') ? [command!] : path.split(delimiter).map((folder) => (folder === '' ? command! : `${folder}/${command!}`))
  let problem = 'ENOENT'
  for (const file of candidates) {
    const found = refusal(file)
    if (found === null) return withInterpreter(command!, file, args)
    // As execvp: it looks on, and tells of one that it must not run.
    if (found !== 'ENOENT' && found !== 'ENOTDIR') problem = found
  }
  throw spawnError(command!, problem)
}

/** Why a file can't be run, in the system's words. */
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

/** Null where it may not be read, as a program need not. */
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

/** As shells tell a script from a program that the system does not know: no NUL in its first line. */
function isText(head: Buffer): boolean {
  const end = head.indexOf('\n')
  return !head.subarray(0, end === -1 ? head.length : end).includes(0) && !head.toString('latin1').startsWith('#!')
}

function scriptInterpreter(head: Buffer): string | null {
  return /^#![ \t]*([^ \t\n]+)/.exec(head.toString())?.[1] ?? null
}

/** The loader that an ELF program names: on a system with another C library, it is what is missing. */
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
    // What is not well formed is the system's to judge.
  }
  return null
}

/** As Node's spawn words it. */
function spawnError(command: string, code: string): Error {
  return Object.assign(new Error(`spawn ${command} ${code}`), { code })
}
