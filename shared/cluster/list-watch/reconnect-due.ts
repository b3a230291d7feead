import type { Clock } from '../../time/clock.ts'
import type { ElectionStore } from './store.ts'

/** A watch reconnects on its own. After this long without success, it is replaced by a new connection with new credentials. */
const GIVE_UP_STALE_MS = 10_000

/**
 * Resolves once what a store shows has been stale for so long that it is to be connected anew (10 s). Rejects with the
 * signal's reason.
 */
export async function untilReconnectDue(store: ElectionStore, clock: Clock, signal: AbortSignal): Promise<void> {
  for (;;) {
    const { staleSinceMs } = store.view
    const staleForMs = staleSinceMs === null ? 0 : clock.monotonicMs() - staleSinceMs
    if (staleForMs >= GIVE_UP_STALE_MS) return
    await clock.sleep(GIVE_UP_STALE_MS - staleForMs, signal)
  }
}
