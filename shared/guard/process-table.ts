import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** A running process. A process ID alone does not identify it, because IDs are reused; with its start time, it does. */
export interface ProcessEntry {
  readonly pid: number
  readonly parentPid: number
  /** As the system tells it; only for comparing. */
  readonly startTime: string
}

/** The running processes of this machine, without zombies. */
export interface ProcessTable {
  list(): readonly ProcessEntry[]
  /** Those of these that are running. */
  read(pids: readonly number[]): readonly ProcessEntry[]
  /** Whether the environment with which the process was started has this line, like `NAME=value`. False if it cannot be read. */
  hasInEnvironment(pid: number, line: string): boolean
}

/** The process table of this system; null on Windows, which is not supported. */
export function systemProcessTable(): ProcessTable | null {
  if (process.platform === 'win32') return null
  return process.platform === 'linux' ? procTable('/proc') : psTable()
}

/** Linux: see proc(5). */
export function procTable(folder: string): ProcessTable {
  const read = (pids: readonly number[]): readonly ProcessEntry[] => pids.flatMap((pid) => entryOf(pid, textOf(`${folder}/${pid}/stat`)))
  return {
    list: () => read(readdirSync(folder).filter((name) => /^\d+$/.test(name)).map(Number)),
    read,
    hasInEnvironment: (pid, line) => textOf(`${folder}/${pid}/environ`).split('\0').includes(line),
  }
}

function entryOf(pid: number, stat: string): ProcessEntry[] {
  // pid (comm) state ppid …, and comm can contain anything. The start time is the 22nd field.
  const [state, parentPid, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const startTime = rest[17]
  if (startTime === undefined || state === 'Z' || state === 'X') return []
  return [{ pid, parentPid: Number(parentPid), startTime }]
}

/** Empty if the process has ended in the meantime, or belongs to another user. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}

/** Other systems: ps(1), which shows no environments. */
function psTable(): ProcessTable {
  return {
    list: () => ps(['-A']),
    read: (pids) => (pids.length === 0 ? [] : ps(['-p', pids.join(',')])),
    hasInEnvironment: () => false,
  }
}

function ps(which: readonly string[]): readonly ProcessEntry[] {
  const { stdout } = spawnSync('ps', [...which, '-o', 'pid=,ppid=,stat=,lstart='], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } })
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parentPid, state, startTime] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line) ?? []
    if (startTime === undefined || state!.startsWith('Z')) return []
    return [{ pid: Number(pid), parentPid: Number(parentPid), startTime }]
  })
}
