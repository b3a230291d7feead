import type { Lock, LockEvent } from '../locks/lock.ts'
import { systemClock } from '../time/clock.ts'

/** Longer than any event takes on a busy machine; milliseconds. */
export const PATIENCE_MS = 20_000

/** A watch and its events, without repeated ones, which a lock may send. */
export class Watching implements Disposable {
  readonly ended: Promise<void>
  readonly events: LockEvent[] = []
  readonly #abort = new AbortController()
  #read = 0

  constructor(lock: Lock) {
    this.ended = lock.watch!((event) => {
      const last = this.events.at(-1)
      if (!last || versionOf(last) !== versionOf(event)) this.events.push(event)
    }, this.#abort.signal)
    // A failure is reported to those who await `ended`, or by `next`.
    this.ended.catch(() => undefined)
  }

  /** The next unread event. Rejects if the watch ends first, or has no event for 20 seconds. */
  async next(): Promise<LockEvent> {
    const over = this.ended.then(() => {
      throw new Error('the watch has ended')
    })
    over.catch(() => undefined)
    const untilMs = systemClock.monotonicMs() + PATIENCE_MS
    while (this.events.length <= this.#read) {
      if (systemClock.monotonicMs() > untilMs) throw new Error('the watch has reported nothing')
      await Promise.race([systemClock.sleep(5), over])
    }
    return this.events[this.#read++]!
  }

  stop(): void {
    this.#abort.abort()
  }

  [Symbol.dispose](): void {
    this.stop()
  }
}

function versionOf(event: LockEvent): string {
  return event.type === 'written' ? event.locked.version : event.version
}
