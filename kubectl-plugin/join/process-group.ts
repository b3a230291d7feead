import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** A command and all that it started, but for what left for a process group of its own. */
export interface ProcessGroup {
  /** Signals all of them; those that are gone are left alone. */
  signal(signal: 'SIGTERM' | 'SIGKILL'): void
  /** Whether none of them runs any more. */
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

/** Whether there was anybody to signal. */
function send(leaderPid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-leaderPid, signal)
    return true
  } catch (error) {
    // EPERM: somebody is there who belongs to another user.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/**
 * Processes that have ended stay in their group until somebody asks how they ended. Where this process, or one that
 * never asks, is the first of a container, nobody does: they don't count.
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
      // It has ended meanwhile.
    }
  }
  return false
}

/** Windows knows no process groups and no polite signal; its tree of processes ends with this, or is lost sight of. */
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
