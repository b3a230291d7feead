import type { ElectionRecord } from '../lease/index.ts'

/** An election record as one read or one write found it. */
export interface LockedRecord {
  readonly record: ElectionRecord
  /**
   * A decimal number that grows with every write to where the record is kept, also when it was deleted in between. It
   * is what an update is compared against, and, of an acquiring write, the fencing token.
   */
  readonly version: string
  /**
   * Whether somebody who held the lock gave it to the holder that it names: a failover's mark stands beside the record
   * and belongs to it. A candidate adopts a record that names it only with this mark, or when it wrote it. An update
   * removes the mark.
   */
  readonly handedOver: boolean
  /**
   * What a leader that a failover displaced has said beside the record: see {@link Lock.acknowledge}. Absent or null
   * where it has said nothing. An update removes it.
   */
  readonly acknowledgement?: Acknowledgement | null
  /** The lock's own: what it needs so that an update keeps labels, annotations and fields it does not know. */
  readonly handle?: unknown
}

/** That a leader has seen a failover's placeholder, and its work has ended. */
export interface Acknowledgement {
  /** The placeholder's, without a space. */
  readonly nonce: string
  /** The leader's own identity. */
  readonly identity: string
}

/** Why no candidate may write what is under a lock's name. */
export interface LockRefusal {
  /** `category`: it is not a leader election. That alone can be overridden. Any other kind makes leading unsafe. */
  readonly kind: string
  /** A sentence or two for a person. */
  readonly message: string
}

/** What a watch tells: that the record, or something around it, was written, or that it was deleted. */
export type LockEvent =
  { readonly type: 'written'; readonly locked: LockedRecord } | { readonly type: 'deleted'; readonly version: string }

/**
 * Where one election's record is kept: the counterpart of client-go's `resourcelock.Interface`, narrower (it knows
 * neither identities nor events) and stricter (the version is in the open).
 *
 * A record that was written is read back unchanged, to the last digit of its times: a candidate recognises its own by
 * the version in the answer, and where that was lost, by the record. Every method rejects with a {@link LockError}. The
 * caller bounds each call by `signal` and goes on without an answer once it is aborted. The elector checks each answer
 * and each event: what is not of the shape described here is taken for no answer, and told to `onError`.
 */
export interface Lock {
  /** For messages: `lease default/my-election`. */
  readonly description: string
  /** Reads the newest state, never a cached one; null where there is no record. */
  read(signal: AbortSignal): Promise<LockedRecord | null>
  /** Creates the record, only where there is none. */
  create(record: ElectionRecord, signal: AbortSignal): Promise<LockedRecord>
  /** Replaces `previous`, only where nothing has been written since (compare-and-swap on its version). */
  update(previous: LockedRecord, record: ElectionRecord, signal: AbortSignal): Promise<LockedRecord>
  /**
   * Says something beside the record, and leaves the record itself as it is, to the last byte: only where nothing has
   * been written since `previous`. A failover of a lock that can't waits until the leader must have stopped.
   */
  acknowledge?(previous: LockedRecord, acknowledgement: Acknowledgement, signal: AbortSignal): Promise<LockedRecord>
  /**
   * Why no candidate may write over what was found (null: there is no record); null where one may. The elector asks
   * before it takes in what was read, and what the watch tells. A lock without this method never refuses.
   */
  refusal?(found: LockedRecord | null): LockRefusal | null
  /** The same, by what has to be asked for. The elector asks once, when it first reads that another candidate leads. */
  examine?(found: LockedRecord, signal: AbortSignal): Promise<LockRefusal | null>
  /**
   * Tells of changes until the signal is aborted (resolves) or the watch ends (resolves or rejects). Events may be
   * late, repeated, out of order or missing: watching makes an elector faster and cheaper, and never less safe. Where
   * a record exists, telling of it first lets the elector know that the watch works. It is called again after a pause
   * when it has ended.
   */
  watch?(listener: (event: LockEvent) => void, signal: AbortSignal): Promise<void>
}
