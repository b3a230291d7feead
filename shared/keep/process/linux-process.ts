import { readdirSync, readFileSync } from 'node:fs'
import type { ProcessSample } from './process-sample.ts'

/** Reads a process from /proc. @param root for tests */
export function linuxProcess(pid: number, root = '/proc'): ProcessSample | null {
  const main = readOrNull(`${root}/${pid}/stat`)
  const ids = listOrNull(`${root}/${pid}/task`)
  if (main === null || ids === null) return null
  const states: string[] = []
  const activity: string[] = []
  let children: number[] | null = []
  for (const id of ids) {
    const task = `${root}/${pid}/task/${id}`
    const stat = readOrNull(`${task}/stat`)
    // A thread that has ended in the meantime.
    if (stat === null) continue
    states.push(fieldsOf(stat)[0] ?? '')
    activity.push(`${id}:${switchesIn(readOrNull(`${task}/status`) ?? '')}`)
    // Needs a kernel with CONFIG_PROC_CHILDREN, as all distributions have.
    const list = readOrNull(`${task}/children`)
    if (list !== null) children?.push(...list.split(' ').filter(Boolean).map(Number))
    else if (readOrNull(`${task}/stat`) !== null) children = null
  }
  const [state, start] = [stateOf(states), fieldsOf(main)[19] ?? '']
  return { start, command: commandOf(main), state, activity: activity.join(' '), children }
}

/** Every thread in T (stopped by a signal) or t (by a tracer). Z and X are threads that have ended. */
function stateOf(states: readonly string[]): ProcessSample['state'] {
  const alive = states.filter((state) => state !== 'Z' && state !== 'X')
  if (alive.length === 0) return 'ended'
  return alive.every((state) => state === 'T' || state === 't') ? 'stopped' : 'running'
}

/** How often a thread was switched off: it cannot run and stop without that. */
function switchesIn(status: string): string {
  return [...status.matchAll(/ctxt_switches:\s*(\d+)/g)].map(([, count]) => count).join('+')
}

/** proc(5): `pid (comm) state ppid …`, and comm can contain anything. Returns the fields from the state on. */
function fieldsOf(stat: string): readonly string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function commandOf(stat: string): string {
  return stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))
}

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return null
  }
}

function listOrNull(folder: string): readonly string[] | null {
  try {
    return readdirSync(folder)
  } catch {
    return null
  }
}
