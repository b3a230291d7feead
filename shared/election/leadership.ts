import type { StopReason } from './machine/protocol.ts'

/** What guarded work is given. */
export interface Leadership {
  /**
   * Aborted when the work must end. Its reason is a {@link LeadershipEnded}. The lease is kept, where that is still
   * possible, until the work has ended.
   */
  readonly signal: AbortSignal
  /**
   * A decimal number that grows with every term of the election, for the resource that the work changes to check: it
   * refuses whoever comes with a lower one than it has seen. Only that keeps out a leader that was stopped and does
   * not know it yet. It is the version of the write that won the term, and does not survive a restore of the storage.
   */
  readonly fencingToken: string
  readonly identity: string
}

/** The reason of an aborted {@link Leadership.signal}. Its name is that of any abort, for code that checks for it. */
export class LeadershipEnded extends Error {
  override readonly name = 'AbortError'
  readonly reason: StopReason

  constructor(reason: StopReason) {
    super(`no longer the leader (${reason})`)
    this.reason = reason
  }
}

/** Whether work that failed like this only did what its signal told it. */
export function isAbort(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted && (error === signal.reason || (error as { name?: unknown } | null)?.name === 'AbortError')
}
