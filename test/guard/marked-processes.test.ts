import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MarkedProcesses } from '../../shared/guard/marked-processes.ts'
import { procTable } from '../../shared/guard/process-table.ts'

const MARKER = 'KUBECTL_LEADER_DEBUG_RUN=1'

interface Entry {
  readonly pid: number
  readonly parentPid?: number
  readonly startTime?: number
  readonly state?: string
  readonly command?: string
  readonly env?: string
}

let proc: string
let signals: [number, string][]
let processes: MarkedProcesses

/** Writes what proc(5) says of a process. */
function put({ pid, parentPid = 1, startTime = 100, state = 'S', command = 'program', env = '' }: Entry): void {
  mkdirSync(join(proc, String(pid)), { recursive: true })
  const rest = Array.from({ length: 17 }, () => '0').join(' ')
  writeFileSync(join(proc, `${pid}/stat`), `${pid} (${command}) ${state} ${parentPid} ${rest} ${startTime} 0 0\n`)
  writeFileSync(join(proc, `${pid}/environ`), `HOME=/root\0${env}\0`)
}

const end = (pid: number): void => rmSync(join(proc, String(pid)), { recursive: true })
const found = (): number[] => processes.look().map(({ pid }) => pid)

beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), 'kubectl-leader-proc-'))
  signals = []
  processes = new MarkedProcesses({ table: procTable(proc), marker: MARKER, signal: (pid, signal) => signals.push([pid, signal]) })
})

afterEach(() => rmSync(proc, { recursive: true }))

describe('the processes of a program', () => {
  it('are those with the marker in their environment, whatever their parents', () => {
    put({ pid: 10, env: MARKER })
    put({ pid: 11, env: `${MARKER}2` })
    put({ pid: 12, env: `X${MARKER}` })
    put({ pid: 13, parentPid: 1, env: `A=1\0${MARKER}\0B=2` })
    expect(found()).toEqual([10, 13])
  })

  it('are also what these have started, with any environment, and in any order of process IDs', () => {
    put({ pid: 30, env: MARKER })
    put({ pid: 20, parentPid: 30 })
    put({ pid: 10, parentPid: 20 })
    expect(found()).toEqual([10, 20, 30])
  })

  it('stay known when their parent has ended', () => {
    put({ pid: 30, env: MARKER })
    put({ pid: 31, parentPid: 30 })
    expect(found()).toEqual([30, 31])
    end(30)
    put({ pid: 31, parentPid: 1 })
    expect(found()).toEqual([31])
  })

  it('are not those that have got the process ID of one that ended', () => {
    put({ pid: 30, env: MARKER, startTime: 100 })
    expect(found()).toEqual([30])
    put({ pid: 30, startTime: 101 })
    expect(found()).toEqual([])
    expect(processes.isGone()).toBe(true)
  })

  it.each(['Z', 'X'])('do not include those in state %s', (state) => {
    put({ pid: 30, env: MARKER, state })
    expect(found()).toEqual([])
  })

  it('are found if their command name contains anything', () => {
    put({ pid: 30, env: MARKER, command: 'a) Z 1 (b' })
    expect(found()).toEqual([30])
  })

  it('include one that was named by its process ID', () => {
    put({ pid: 40 })
    put({ pid: 41, parentPid: 40 })
    processes.add(40)
    expect(found()).toEqual([40, 41])
  })
})

describe('whether one was seen', () => {
  it('is false while none was', () => {
    put({ pid: 40 })
    expect(processes.isGone()).toBe(true)
    expect(processes.hasSeen).toBe(false)
  })

  it('is true after one was found, although it is gone', () => {
    put({ pid: 30, env: MARKER })
    expect(processes.isGone()).toBe(false)
    end(30)
    expect(processes.isGone()).toBe(true)
    expect(processes.hasSeen).toBe(true)
  })

  it('is true after one was named that has ended already', () => {
    processes.add(40)
    expect(processes.hasSeen).toBe(true)
    expect(processes.isGone()).toBe(true)
  })
})

describe('signals', () => {
  it('reach all of them, and no other process', () => {
    put({ pid: 30, env: MARKER })
    put({ pid: 31, parentPid: 30 })
    put({ pid: 32 })
    processes.signal('SIGKILL')
    expect(signals).toEqual([[30, 'SIGKILL'], [31, 'SIGKILL']])
  })

  it('reach the others if one has ended meanwhile', () => {
    processes = new MarkedProcesses({
      table: procTable(proc),
      marker: MARKER,
      signal: (pid, signal) => {
        signals.push([pid, signal])
        if (pid === 30) throw new Error('ESRCH')
      },
    })
    put({ pid: 30, env: MARKER })
    put({ pid: 31, env: MARKER })
    processes.signal('SIGTERM')
    expect(signals).toEqual([[30, 'SIGTERM'], [31, 'SIGTERM']])
  })

  it('kill of some those that are still the same processes', () => {
    put({ pid: 30, env: MARKER, startTime: 100 })
    put({ pid: 31, env: MARKER, startTime: 100 })
    const old = processes.look()
    put({ pid: 31, env: MARKER, startTime: 200 })
    put({ pid: 32, env: MARKER, startTime: 200 })
    processes.kill(old)
    expect(signals).toEqual([[30, 'SIGKILL']])
  })
})
