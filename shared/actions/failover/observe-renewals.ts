import type { ApiClient } from '../../cluster/client.ts'
import { isSameRecord, leaseDurationMs, type ElectionRecord } from '../../lease/index.ts'
import { clusterLock } from '../../locks/index.ts'
import type { Clock } from '../../time/index.ts'
import type { DrivenPlace } from '../driven-election.ts'
import { LockView, readRecord } from './lock-view.ts'

/** What was seen of a holder. */
export interface Renewals {
  /** As it was seen last; null where it is gone. */
  readonly record: ElectionRecord | null
  /** As it was seen before that; the same where it was seen once. */
  readonly previous: ElectionRecord | null
  /** Whether its holder was seen to renew it. */
  readonly isRenewed: boolean
  /** From one renewal that was seen to the next; milliseconds. */
  readonly intervalMs: number
}

/** Where watching is not allowed, this is how exact an interval is known. */
const POLL_MS = 200
const REQUEST_TIMEOUT_MS = 10_000

/**
 * Watches a holder until it has renewed twice, or has not for its whole lease duration, or is another. By this process's
 * own clock: what the record says of times is not acted on. Rejects with a ClusterError, or the signal's reason.
 */
export async function observeRenewals(
  client: ApiClient,
  clock: Clock,
  place: DrivenPlace,
  signal?: AbortSignal,
): Promise<Renewals> {
  const view = new LockView(clusterLock(client, place.namespace, place), clock, { requestTimeoutMs: REQUEST_TIMEOUT_MS })
  const over = new AbortController()
  try {
    void view.run(over.signal)
    const first = await readRecord(view)
    let record = first
    let changedAtMs = clock.monotonicMs()
    let isRenewed = false
    for (;;) {
      signal?.throwIfAborted()
      const { locked, atMs } = view.sight!
      const seen = locked?.record ?? null
      if (!seen || !record || seen.holderIdentity !== record.holderIdentity || seen.holderIdentity === '') {
        return { record: seen, previous: record, isRenewed, intervalMs: 0 }
      }
      if (!isSameRecord(seen, record)) {
        if (isRenewed) return { record: seen, previous: record, isRenewed, intervalMs: atMs - changedAtMs }
        isRenewed = true
        record = seen
        changedAtMs = atMs
      }
      const untilMs = changedAtMs + (leaseDurationMs(seen) ?? 0)
      // Silence is no proof before one has looked.
      if (clock.monotonicMs() >= untilMs && isSameRecord((await readRecord(view)) ?? seen, record)) {
        return { record: seen, previous: record, isRenewed: false, intervalMs: 0 }
      }
      await view.changed(untilMs, POLL_MS, signal)
    }
  } finally {
    over.abort()
  }
}
