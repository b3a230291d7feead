import type { ApiClient } from '../../cluster/client.ts'
import { isSameRecord, leaseDurationMs, type ElectionRecord } from '../../lease/record.ts'
import type { ElectionRef } from '../../lease/election-ref.ts'
import { clusterLock } from '../../locks/lock-address.ts'
import type { Clock } from '../../time/clock.ts'
import { LockView, readRecord } from './lock-view.ts'

/** What was observed of a holder. */
export interface Renewals {
  /** The last observed record; null if it is gone. */
  readonly record: ElectionRecord | null
  /** The record before that; the same one if only one was observed. */
  readonly previous: ElectionRecord | null
  /** Whether the holder was observed renewing it. */
  readonly isRenewed: boolean
  /** The time between the two observed renewals; milliseconds. */
  readonly intervalMs: number
}

/** If watching is not allowed, intervals are known with this precision. */
const POLL_MS = 200
const REQUEST_TIMEOUT_MS = 10_000

/**
 * Watches a holder until it has renewed twice, has not renewed for a full lease duration, or has changed. It uses only this
 * process's clock, not the times in the record. Rejects with a ClusterError, or the signal's reason.
 */
export async function observeRenewals(
  client: ApiClient,
  clock: Clock,
  place: ElectionRef,
  signal?: AbortSignal,
): Promise<Renewals> {
  const view = new LockView(clusterLock(client, place), clock, { requestTimeoutMs: REQUEST_TIMEOUT_MS, signal })
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
      // A quiet watch does not prove that nothing was written. Read the record once before giving up.
      if (clock.monotonicMs() >= untilMs && isSameRecord((await readRecord(view)) ?? seen, record)) {
        return { record: seen, previous: record, isRenewed: false, intervalMs: 0 }
      }
      await view.changed(untilMs, POLL_MS, signal)
    }
  } catch (error) {
    // An interrupted read fails in words of its own.
    signal?.throwIfAborted()
    throw error
  } finally {
    over.abort()
  }
}
