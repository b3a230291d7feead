import type { Worker } from 'node:worker_threads'
import type { Stopwatch } from './machine/stopwatch.ts'

/** How many electors of one process may lead at once with `onOverrun: 'exit'`. */
const MOST_DEADLINES = 65_536

/** How often the thread compares the clocks, and so how late it may learn that the machine slept; milliseconds. */
const TICK_MS = 50

/**
 * The program of the thread, as a text, so that it works in every bundle that contains this file.
 *
 * Each deadline is two numbers, in nanoseconds: when it is due on the monotonic clock (0: none), and the least that the
 * wall clock has been ahead of that clock since the renewal (see {@link Stopwatch}). The second one is written first and
 * read last, so that a new lead is never compared with an old due time.
 *
 * SIGKILL does not work on the first process of a container when sent from inside it, not even by itself. That process
 * ends by a trap instead.
 */
const THREAD = `
const { control, table } = require('node:worker_threads').workerData
const seen = []
for (;;) {
  const bell = Atomics.load(control, 0)
  const monotonic = process.hrtime.bigint()
  const lead = BigInt(Date.now()) * 1000000n - monotonic
  let waitMs = Infinity
  for (let slot = 0; slot < Atomics.load(control, 1); slot++) {
    const due = Atomics.load(table, 2 * slot)
    if (due === 0n) continue
    const written = Atomics.load(table, 2 * slot + 1)
    if (seen[slot]?.due !== due) seen[slot] = { due, least: written }
    const entry = seen[slot]
    for (const each of [written, lead]) if (each < entry.least) entry.least = each
    const left = due - monotonic - (lead - entry.least)
    if (left <= 0n) {
      process.kill(process.pid, 'SIGKILL')
      Atomics.wait(control, 2, 0, 100)
      require('node:v8').setFlagsFromString('--allow-natives-syntax')
      new Function('%SystemBreak()')()
    }
    waitMs = Math.min(waitMs, ${TICK_MS}, Number(left) / 1e6)
  }
  Atomics.wait(control, 0, bell, waitMs)
}
`

/** Ends this process at a moment, unless it is postponed, even if the event loop is blocked. */
export interface ProcessDeadline extends Disposable {
  /** Postpones the end, because the lease was renewed; null removes the deadline, because no work runs. */
  set(renewal: Stopwatch | null): void
}

/** `control`: a bell to wake the thread, the number of slots in use, and a word that never changes. `table`: the slots. */
let memory: { readonly control: Int32Array; readonly table: BigInt64Array } | null = null
let thread: Worker | null = null
const freeSlots: number[] = []

/**
 * Opens a deadline, which does nothing until the first {@link ProcessDeadline.set}. One thread, started with the first
 * deadline, watches all deadlines of the process. It does not keep the process alive.
 *
 * @param afterMs how long after a renewal was sent the process ends; milliseconds, on whichever clock ran further
 * @throws Error if the thread cannot be started, for example because Node.js was started without the permission for it
 */
export function openProcessDeadline(afterMs: number): ProcessDeadline {
  memory ??= {
    control: new Int32Array(new SharedArrayBuffer(12)),
    table: new BigInt64Array(new SharedArrayBuffer(MOST_DEADLINES * 16)),
  }
  const { control, table } = memory
  startThread()
  const slot = freeSlots.pop() ?? Atomics.add(control, 1, 1)
  if (slot >= MOST_DEADLINES) throw new Error(`at most ${MOST_DEADLINES} electors can run with onOverrun: 'exit'`)
  let isSet = false
  const set = (renewal: Stopwatch | null): void => {
    if (renewal) {
      startThread()
      Atomics.store(table, 2 * slot + 1, nanoseconds(renewal.leastLeadMs))
      Atomics.store(table, 2 * slot, nanoseconds(renewal.startedAtMs + afterMs))
    } else {
      Atomics.store(table, 2 * slot, 0n)
    }
    if (isSet || !renewal) return void (isSet = renewal !== null)
    isSet = true
    Atomics.add(control, 0, 1)
    Atomics.notify(control, 0)
  }
  return {
    set,
    [Symbol.dispose]() {
      set(null)
      freeSlots.push(slot)
    },
  }
}

function startThread(): void {
  if (thread) return
  const { Worker } = process.getBuiltinModule('node:worker_threads')
  // The thread needs none of the process's options and environment.
  const started = new Worker(THREAD, { eval: true, execArgv: [], env: {}, name: 'deadline', workerData: memory })
  started.unref()
  // If the thread ends for any reason, the next renewal starts another.
  started.on('error', () => undefined)
  started.on('exit', () => {
    if (thread === started) thread = null
  })
  thread = started
}

function nanoseconds(ms: number): bigint {
  return BigInt(Math.round(ms * 1e6))
}
