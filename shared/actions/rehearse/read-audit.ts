import type { ApiClient } from '../../cluster/client.ts'
import type { ElectionRef } from '../../lease/election-ref.ts'
import { clusterLock } from '../../locks/lock-address.ts'
import type { Clock } from '../../time/clock.ts'
import type { AuditReading, AuditTrail } from './audit-trail.ts'

/** In batch mode, the API server writes the log every 30 seconds (`--audit-log-batch-max-wait`). */
const PATIENCE_MS = 40_000
const POLL_MS = 500

/**
 * Reads an audit log until it shows the present version of a lease, which the leader's next renewal replaces. Null if it does
 * not in time.
 *
 * @throws LockError if the lease cannot be read; the signal's reason
 */
export async function readAuditUpTo(client: ApiClient, clock: Clock, place: ElectionRef, audit: AuditTrail, signal: AbortSignal): Promise<AuditReading | null> {
  const now = await clusterLock(client, place).read(signal)
  const version = Number(now?.version ?? 0)
  const untilMs = clock.monotonicMs() + PATIENCE_MS
  for (;;) {
    const reading = await audit.read()
    if (reading.newestVersion >= version) return reading
    if (clock.monotonicMs() >= untilMs) return null
    await clock.sleep(POLL_MS, signal)
  }
}
