import type { StopReason } from './machine/protocol.ts'

/** Passed to the guarded work. */
export interface Leadership {
  /**
   * Aborted when the work must end. Its reason is a {@link LeadershipEnded}. If the lease is not lost, it is kept until the
   * work has ended.
   */
  readonly signal: AbortSignal
  /**
   * The fencing token: a decimal number that grows with every term of the election. The resource that the work changes
   * should reject any token lower than the highest it has seen. Nothing else can stop a leader that was paused and does
   * not know that it lost leadership. It is the version of the write that acquired the lease, and does not survive a
   * restore of the storage.
   */
  readonly fencingToken: string
  readonly identity: string
}

/** The reason of an aborted {@link Leadership.signal}. It is named as any abort, for code that checks the name. */
export class LeadershipEnded extends Error {
  override readonly name = 'AbortError'
  readonly reason: StopReason

  constructor(reason: StopReason) {
    super(`no longer the leader (${reason})`)
    this.reason = reason
  }
}

/** Whether the work failed only because its signal was aborted. */
export function isAbort(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted && (error === signal.reason || (error as { name?: unknown } | null)?.name === 'AbortError')
}
