import { spawnSync } from 'node:child_process'
import type { ProcessSample } from './process-sample.ts'

const FORMAT = 'pid=,ppid=,stat=,time=,lstart=,comm='
const LINE = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S+)\s+(\w+ \w+ +\d+ [\d:]+ \d+)\s+(.*)$/

/** Looks at a process with ps(1), on macOS. It shows stops by a signal, and not those by a debugger. */
export function psProcess(pid: number): ProcessSample | null {
  const { stdout } = spawnSync('ps', ['-axo', FORMAT], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } })
  return processIn(stdout, pid)
}

/** Finds a process in the output of `ps -axo` with {@link FORMAT}. */
export function processIn(output: string, pid: number): ProcessSample | null {
  let found: Omit<ProcessSample, 'children'> | null = null
  const children: number[] = []
  for (const line of output.split('\n')) {
    const [, id, parent, stat = '', time = '', start = '', command = ''] = LINE.exec(line) ?? []
    if (Number(parent) === pid) children.push(Number(id))
    if (Number(id) !== pid) continue
    const state = stat.startsWith('Z') ? 'ended' : stat.startsWith('T') ? 'stopped' : 'running'
    found = { start, command: command.slice(command.lastIndexOf('/') + 1), state, activity: time }
  }
  return found && { ...found, children }
}
