import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { linuxProcess } from '../../shared/keep/process/linux-process.ts'
import type { ProcessSample } from '../../shared/keep/process/process-sample.ts'
import { processLook, ProcessWatch } from '../../shared/keep/process/process-watch.ts'
import { processIn } from '../../shared/keep/process/ps-process.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { systemClock } from '../../shared/time/clock.ts'

describe('a process in /proc', () => {
  let root = ''
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  /** Threads by their states; 12 and 34 context switches each. */
  function plant(states: readonly string[], children?: string): void {
    root = mkdtempSync(join(tmpdir(), 'proc-'))
    const fields = (state: string): string => `7 (a) b (c) ${state} 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 3 0 4711 0`
    for (const [index, state] of states.entries()) {
      const task = join(root, '7/task', String(7 + index))
      mkdirSync(task, { recursive: true })
      writeFileSync(join(task, 'stat'), fields(state))
      writeFileSync(join(task, 'status'), 'voluntary_ctxt_switches:\t12\nnonvoluntary_ctxt_switches:\t34\n')
      if (children !== undefined) writeFileSync(join(task, 'children'), index === 0 ? children : '')
    }
    writeFileSync(join(root, '7/stat'), fields(states[0]!))
  }

  it.each<[string, readonly string[], ProcessSample['state']]>([
    ['stopped by a signal', ['T', 'T', 'T'], 'stopped'],
    ['stopped by a tracer', ['t', 't'], 'stopped'],
    ['stopped in both ways', ['T', 't'], 'stopped'],
    ['stopped but for one thread', ['t', 'S', 't'], 'running'],
    ['stopped but for one in the kernel', ['t', 'D'], 'running'],
    ['running', ['R', 'S'], 'running'],
    ['stopped beside a thread that has ended', ['T', 'Z', 'X'], 'stopped'],
    ['dead', ['Z'], 'ended'],
    ['alive though its first thread has ended', ['Z', 'S'], 'running'],
  ])('is seen to be %s', (_, states, state) => {
    plant(states, '8 9 ')
    expect(linuxProcess(7, root)).toMatchObject({ state, start: '4711', command: 'a) b (c', children: [8, 9] })
  })

  it('is active when a thread has run, or come or gone', () => {
    plant(['T', 'T'], '')
    expect(linuxProcess(7, root)!.activity).toBe('7:12+34 8:12+34')
  })

  it('has unknown children on a kernel that does not tell', () => {
    plant(['S'])
    expect(linuxProcess(7, root)!.children).toBeNull()
  })

  it('is not there if nothing has its id', () => {
    expect(linuxProcess(7, '/nowhere')).toBeNull()
  })
})

describe('a process in the output of ps', () => {
  const OUTPUT = [
    '    1     0 Ss     1:23.45 Sat Nov 28 09:00:01 2026     /sbin/launchd',
    '  412     1 T      0:00.31 Sat Nov 28 10:00:02 2026     /Users/alice/go/bin/checkout operator',
    '  413   412 S+     0:00.01 Sat Nov 28 10:00:03 2026     sh',
    '  414   412 Z      0:00.00 Sat Nov  8 10:00:04 2026     (done)',
  ].join('\n')

  it.each<[number, Partial<ProcessSample>]>([
    [412, { state: 'stopped', start: 'Sat Nov 28 10:00:02 2026', activity: '0:00.31', command: 'checkout operator', children: [413, 414] }],
    [413, { state: 'running', children: [] }],
    [414, { state: 'ended' }],
  ])('%i is read', (pid, sample) => {
    expect(processIn(OUTPUT, pid)).toMatchObject(sample)
  })

  it('is not there if no line has its id', () => {
    expect(processIn(OUTPUT, 12)).toBeNull()
  })
})

describe('the watch of a process', () => {
  /** A machine with processes that the test changes. */
  function scene(): { told: string[]; processes: Map<number, ProcessSample>; watch: ProcessWatch; clock: FakeClock; change: (pid: number, sample: Partial<ProcessSample>) => void } {
    const clock = new FakeClock()
    const told: string[] = []
    const processes = new Map<number, ProcessSample>([[7, sample()]])
    const listener = {
      onStopped: () => told.push('stopped'),
      onResumed: () => told.push('resumed'),
      onExited: (descendants: number) => told.push(`exited, ${descendants} left`),
      onEnded: (isComplete: boolean) => told.push(isComplete ? 'ended' : 'ended, for all that is known'),
    }
    const watch = new ProcessWatch({ clock, pid: 7, look: (pid) => processes.get(pid) ?? null, everyMs: 100, listener }, sample())
    void watch.run(new AbortController().signal)
    return { told, processes, watch, clock, change: (pid, change) => processes.set(pid, { ...(processes.get(pid) ?? sample()), ...change }) }
  }

  const sample = (): ProcessSample => ({ start: '1', command: 'x', state: 'running', activity: 'a', children: [] })

  it('tells of stops and resumptions, once each', async () => {
    const { told, clock, change } = scene()
    await clock.advance(300)
    change(7, { state: 'stopped' })
    await clock.advance(300)
    change(7, { state: 'running', activity: 'b' })
    await clock.advance(300)
    expect(told).toEqual(['stopped', 'resumed'])
  })

  it('tells of a stop again if the process has run in between, however shortly', async () => {
    const { told, watch, clock, change } = scene()
    change(7, { state: 'stopped' })
    await clock.advance(200)
    expect(watch.isStopped()).toBe(true)
    change(7, { activity: 'b' })
    expect(watch.isStopped()).toBe(false)
    await clock.advance(200)
    expect(watch.isStopped()).toBe(true)
    expect(told).toEqual(['stopped', 'stopped'])
  })

  it('tells of the end when all descendants have ended, those that its children left behind included', async () => {
    const { told, processes, clock, change } = scene()
    change(7, { children: [8] })
    change(8, { children: [9] })
    change(9, {})
    await clock.advance(100)
    processes.delete(7)
    processes.delete(8)
    await clock.advance(500)
    expect(told).toEqual(['exited, 1 left'])
    change(9, { state: 'ended' })
    await clock.advance(100)
    expect(told.at(-1)).toBe('ended')
  })

  it.each<[string, Partial<ProcessSample>]>([
    ['has exited, and its parent has not read its exit status', { state: 'ended' }],
    ['is another one with the same id', { start: '2' }],
  ])('takes a process for ended that %s', async (_, change) => {
    const { told, clock, change: set } = scene()
    set(7, { state: 'stopped' })
    await clock.advance(100)
    set(7, change)
    await clock.advance(100)
    expect(told).toEqual(['stopped', 'resumed', 'ended'])
  })

  it('says if children could not be observed', async () => {
    const { told, processes, clock, change } = scene()
    change(7, { children: null })
    await clock.advance(100)
    processes.delete(7)
    await clock.advance(100)
    expect(told).toEqual(['ended, for all that is known'])
  })

  it('sees a real process stop, run and end', async () => {
    const child = spawn('sleep', ['60'])
    const pid = child.pid!
    const { look, everyMs } = processLook(process.platform)!
    const told: string[] = []
    const next = async (what: string): Promise<void> => expect.poll(() => told.at(-1), { timeout: 30_000 }).toBe(what)
    const listener = { onStopped: () => told.push('stopped'), onResumed: () => told.push('resumed'), onExited: () => {}, onEnded: () => told.push('ended') }
    const watch = new ProcessWatch({ clock: systemClock, pid, look, everyMs, listener }, look(pid)!)
    const running = watch.run(new AbortController().signal)
    try {
      for (let round = 0; round < 2; round++) {
        child.kill('SIGSTOP')
        await next('stopped')
        child.kill('SIGCONT')
        await next('resumed')
      }
    } finally {
      child.kill('SIGKILL')
      await once(child, 'close')
    }
    await running
    expect(told).toEqual(['stopped', 'resumed', 'stopped', 'resumed', 'ended'])
  })

  it('is not possible on other platforms', () => {
    expect(processLook('win32')).toBeNull()
  })
})
