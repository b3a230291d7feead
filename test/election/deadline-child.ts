// A process whose guarded work blocks its event loop in one way or another: see process-deadline.test.ts. It says for
// how many milliseconds it has acted so far.
import { execFileSync } from 'node:child_process'
import { writeSync } from 'node:fs'
import { LeaderElector } from '../../shared/election/elector.ts'
import type { ElectorOptions } from '../../shared/election/elector-options.ts'
import { MemoryLock } from './memory-lock.ts'

/** Timings with a long time between the kill and the expiry, for a busy machine. */
const TIMINGS = { leaseDurationMs: 5_000, renewDeadlineMs: 1_000, retryPeriodMs: 300 }

// How many threads are started.
const threads = process.getBuiltinModule('node:worker_threads')
const { Worker } = threads
let started = 0
threads.Worker = class extends Worker {
  constructor(...given: ConstructorParameters<typeof Worker>) {
    super(...given)
    started += 1
  }
}

const say = (text: string): number => writeSync(1, `${text}\n`)
const blockFor = (durationMs: number): void => {
  const sinceMs = performance.now()
  for (let saidMs = 0, nowMs = 0; nowMs < durationMs; nowMs = performance.now() - sinceMs) {
    // No more than a pipe holds that nobody reads.
    if (nowMs - saidMs < 20) continue
    saidMs = nowMs
    say(`acts ${Math.round(nowMs)}`)
  }
}

async function lead(options: Partial<ElectorOptions>): Promise<void> {
  const stop = new AbortController()
  await new LeaderElector({
    lock: new MemoryLock(),
    identity: 'me',
    ...TIMINGS,
    onOverrun: 'exit',
    onStartedLeading: async () => undefined,
    ...options,
  }).run(stop.signal)
}

const scenarios: Readonly<Record<string, () => Promise<void>>> = {
  async loop() {
    await lead({ onStartedLeading: async () => blockFor(20_000) })
  },
  async command() {
    await lead({ onStartedLeading: async () => void execFileSync(process.execPath, ['-e', 'setTimeout(() => {}, 20000)']) })
  },
  async after() {
    await lead({})
    blockFor(7_000)
  },
  async report() {
    await lead({ onOverrun: 'report', onStartedLeading: async () => blockFor(6_000) })
  },
  async hook() {
    let endWork = (): void => undefined
    const exitProcess = (): void => {
      say('hook')
      setTimeout(() => endWork(), 2_000)
    }
    await lead({ exitProcess, onStartedLeading: () => new Promise((resolve) => (endWork = resolve)), lock: lockThatFails() })
  },
  async several() {
    await Promise.all(Array.from({ length: 20 }, () => lead({})))
    await lead({})
  },
}

/** Its leader renews nothing. */
function lockThatFails(): MemoryLock {
  const lock = new MemoryLock()
  lock.update = () => Promise.reject(new Error('down'))
  return lock
}

await scenarios[process.argv[2]!]!()
say(`ended with ${started} threads`)
