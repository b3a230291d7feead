import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** A command and the processes that it started, except those that moved to another process group. */
export interface ProcessGroup {
  /** Signals all processes of the group. */
  signal(signal: 'SIGTERM' | 'SIGKILL'): void
  /** Whether no process of the group runs any more. */
  isGone(): boolean
}

/** The process group that the process `leaderPid` leads. */
export function processGroup(leaderPid: number): ProcessGroup {
  return process.platform === 'win32' ? processTree(leaderPid) : unixGroup(leaderPid)
}

function unixGroup(leaderPid: number): ProcessGroup {
  return {
    signal: (signal) => void send(leaderPid, signal),
    isGone: () => !send(leaderPid, 0) || (process.platform === 'linux' && !hasLiveMember(leaderPid)),
  }
}

/** Sends a signal. False if the group has no process. */
function send(leaderPid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-leaderPid, signal)
    return true
  } catch (error) {
    // EPERM means that the group has processes, but they belong to another user.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/**
 * Whether the group has a process other than zombies. A process that has ended stays in its group until its parent reads
 * its exit status. If the first process of a container never does that, zombies remain.
 */
function hasLiveMember(group: number): boolean {
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    try {
      // proc(5): pid (comm) state ppid pgrp …, and comm can contain anything.
      const stat = readFileSync(`/proc/${entry}/stat`, 'latin1')
      const [state, , pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (Number(pgrp) === group && state !== 'Z' && state !== 'X') return true
    } catch {
      // The process has ended in the meantime.
    }
  }
  return false
}

/** Windows has neither process groups nor SIGTERM. This kills the process tree, as far as Windows still knows it. */
function processTree(rootPid: number): ProcessGroup {
  return {
    signal: () => void spawnSync('taskkill', ['/pid', String(rootPid), '/T', '/F'], { stdio: 'ignore' }),
    isGone() {
      try {
        process.kill(rootPid, 0)
        return false
      } catch {
        return true
      }
    },
  }
}
