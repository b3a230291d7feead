import { readdirSync, readFileSync } from 'node:fs'

/** A process of this run. */
export interface Found {
  readonly pid: number
  readonly commandLine: string
}

/** The processes that run and have `marker` in their environment. Linux only. */
export function processesWith(marker: string): Found[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      const found = lookAt(Number(entry), marker)
      return found ? [found] : []
    })
}

/** The watchdog that the process `joinPid` has; null before it is there. */
export function watchdogOf(joinPid: number, marker: string): number | null {
  const children = read(`/proc/${joinPid}/task/${joinPid}/children`).trim().split(' ')
  const watchdog = children.find((pid) => pid !== '' && isWatchdog(Number(pid), marker))
  return watchdog === undefined ? null : Number(watchdog)
}

/** Whether this process is a watchdog of this run, and runs. */
export function isWatchdog(pid: number, marker: string): boolean {
  return lookAt(pid, marker)?.commandLine.includes('__watchdog') ?? false
}

/** What has ended, and waits for somebody to ask how, has no environment any more. */
function lookAt(pid: number, marker: string): Found | null {
  if (!read(`/proc/${pid}/environ`).split('\0').includes(marker)) return null
  return { pid, commandLine: read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim() }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    // It has ended meanwhile.
    return ''
  }
}
