import type { ApiClient } from '../../cluster/client.ts'
import { WatchLoop } from '../../election/watch-loop.ts'
import type { ElectionRecord } from '../../lease/record.ts'
import type { ElectionRef } from '../../lease/election-ref.ts'
import { clusterLock } from '../../locks/lock-address.ts'
import type { Clock } from '../../time/clock.ts'
import { LeaseGuard, type OverwrittenLease } from './overwritten-leases.ts'

const WATCH_PAUSE_MS = 500

/** Watches one lease for the whole time of a rehearsal. If watching is not allowed, it sees nothing. */
export class LeaseWatch {
  /** The successful writes of deposed leaders so far. */
  readonly overwritten: OverwrittenLease[] = []
  readonly #guard = new LeaseGuard()
  readonly #loop: WatchLoop
  #record: ElectionRecord | null = null

  constructor(client: ApiClient, clock: Clock, place: ElectionRef) {
    this.#loop = new WatchLoop({
      lock: clusterLock(client, place),
      clock,
      pauseMs: () => WATCH_PAUSE_MS,
      onEvent: (event) => {
        this.#record = event.type === 'written' ? event.locked.record : null
        const overwritten = this.#guard.see(this.#record, clock.monotonicMs())
        if (overwritten) this.overwritten.push(overwritten)
      },
      onEnd: () => undefined,
      onError: () => undefined,
    })
  }

  /** The newest record; null if there is none, or none was seen. */
  get record(): ElectionRecord | null {
    return this.#record
  }

  run(over: AbortSignal): Promise<void> {
    return this.#loop.run(over)
  }
}
