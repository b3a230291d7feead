import type { ElectionRecord } from '../lease/record.ts'

/** An election record, as one read or one write returned it. */
export interface LockedRecord {
  readonly record: ElectionRecord
  /**
   * A decimal number that grows with every write to the stored object, even if the object was deleted in between. An update
   * is compared with it, and the version of an acquiring write is the fencing token.
   */
  readonly version: string
  /**
   * Whether a failover handed the lock over to the holder: its mark is next to the record, and belongs to it. A candidate
   * adopts a record that names it only if the record has this mark, or if the candidate wrote it. An update removes the
   * mark.
   */
  readonly handedOver: boolean
  /**
   * The acknowledgement of the old leader during a failover, next to the record: see {@link Lock.acknowledge}. Absent or
   * null if there is none. An update removes it.
   */
  readonly acknowledgement?: Acknowledgement | null
  /** Private to the lock: what it needs so that an update keeps labels, annotations and unknown fields. */
  readonly handle?: unknown
}

/** A leader's confirmation to a failover that it has seen the placeholder, and that its work has ended. */
export interface Acknowledgement {
  /** The nonce of the placeholder; without a space. */
  readonly nonce: string
  /** The leader's identity. */
  readonly identity: string
}

/** Why no candidate may write the object that a lock names. */
export interface LockRefusal {
  /** `category`: the object is not a leader election. Only this kind can be overridden. Every other kind makes leading unsafe. */
  readonly kind: string
  /** A sentence or two for a person. */
  readonly message: string
}

/** An event of a watch: the object was written, perhaps without a change of the record, or it was deleted. */
export type LockEvent =
  { readonly type: 'written'; readonly locked: LockedRecord } | { readonly type: 'deleted'; readonly version: string }

/**
 * Stores the record of one election. The counterpart of client-go's `resourcelock.Interface`, but narrower (without
 * identities and Events) and stricter (with the version in the open).
 *
 * A record must be read back exactly as it was written, to the last digit of its times. A candidate recognizes its own
 * write by the version in the answer, or, if the answer was lost, by the record. Every method rejects with a
 * {@link LockError}. The caller limits each call by `signal`, and does not wait for an answer once the signal is aborted.
 * The elector checks the shape of each answer and event. It treats an invalid one as missing, and reports it to `onError`.
 */
export interface Lock {
  /** For messages: `lease default/my-election`. */
  readonly description: string
  /** Reads the newest state, never a cached one; null if there is no record. */
  read(signal: AbortSignal): Promise<LockedRecord | null>
  /** Creates the record. Fails with `exists` if there is one. */
  create(record: ElectionRecord, signal: AbortSignal): Promise<LockedRecord>
  /** Replaces `previous`, only if the object was not written since (compare-and-swap on its version). */
  update(previous: LockedRecord, record: ElectionRecord, signal: AbortSignal): Promise<LockedRecord>
  /**
   * Writes an acknowledgement next to the record, and leaves the record itself unchanged, to the last byte. Succeeds only if
   * the object was not written since `previous`. If a lock lacks this method, a failover waits for the whole block time.
   */
  acknowledge?(previous: LockedRecord, acknowledgement: Acknowledgement, signal: AbortSignal): Promise<LockedRecord>
  /**
   * Why no candidate may overwrite what was found (null: there is no record); null if candidates may. The elector calls it
   * for every state that a read or the watch returned, before it uses the state. A lock without this method never refuses.
   */
  refusal?(found: LockedRecord | null): LockRefusal | null
  /** As `refusal`, if the reason takes requests to find. The elector calls it once, when it first reads that another candidate is the holder. */
  examine?(found: LockedRecord, signal: AbortSignal): Promise<LockRefusal | null>
  /**
   * Reports changes until the signal is aborted (resolves) or the watch ends (resolves or rejects). Events may be late,
   * repeated, out of order or missing: a watch makes an elector faster and cheaper, and never less safe. If a record
   * exists, it should be the first event, so that the elector knows that the watch works. After the watch has ended, the
   * elector calls this method again after a pause.
   */
  watch?(listener: (event: LockEvent) => void, signal: AbortSignal): Promise<void>
}
