import { isPlaceholder } from '../../lease/placeholder.ts'
import { isSameRecord, leaseDurationMs, type ElectionRecord } from '../../lease/record.ts'
import type { Moment } from '../../lease/status.ts'
import type { LockedRecord } from '../../locks/lock.ts'
import { compareVersions } from '../../locks/version.ts'
import { isMadeBy } from './alteration.ts'
import { isRelease } from '../../lease/candidate-record.ts'
import type { Write } from './protocol.ts'
import type { Stopwatch } from './stopwatch.ts'

/** A write, and a stopwatch that was started when it was sent. */
export interface SentWrite {
  readonly write: Write
  readonly sent: Stopwatch
}

/**
 * What the record means for this candidate:
 *
 * - `ours`: this candidate wrote it (an undone failover may have written it back), or a failover handed it over.
 * - `stranger`: it names this candidate's identity, but another process wrote it.
 * - `other`: another candidate holds it. `placeholder`: a failover blocks it.
 * - `free`: it has no holder. `absent`: it does not exist.
 */
export type Standing = 'ours' | 'stranger' | 'other' | 'placeholder' | 'free' | 'absent'

/** The newest state of the record that a candidate knows of. */
export interface View {
  /** Null if there is no record. */
  readonly locked: LockedRecord | null
  /** The newest known version: of this state, of its deletion, or of the last state before it was found missing. */
  readonly version: string | null
  readonly standing: Standing
  /**
   * When any candidate may acquire the lease, as far as this candidate knows; monotonic milliseconds. That is a whole
   * lease duration after this candidate first observed the present record, or immediately if its holder released it.
   */
  readonly claimableAtMs: number
}

/** How a new state compares with what was known. */
export interface News {
  readonly view: View
  readonly previous: View | null
  /** Whether the record itself has changed, and not only its object's metadata. */
  readonly recordChanged: boolean
  /** The write of this candidate that produced the record, if that was not known before. */
  readonly explainedBy: SentWrite | null
}

/** What one candidate knows of the record, and which of its own writes may still appear in it. */
export class Knowledge {
  readonly #candidate: { readonly identity: string; readonly leaseDurationMs: number }
  #view: View | null = null
  #unanswered: readonly SentWrite[] = []
  /** While a failover's placeholder is in the record: the records of this candidate that it replaced, or may have replaced. */
  #displaced: readonly ElectionRecord[] = []

  constructor(candidate: { readonly identity: string; readonly leaseDurationMs: number }) {
    this.#candidate = candidate
  }

  /** Null before the first answer. */
  get view(): View | null {
    return this.#view
  }

  /** Whether an unanswered write of this candidate may have been applied, or may still be. */
  get isUncertain(): boolean {
    return this.#unanswered.length > 0
  }

  /** Samples the clocks, for the writes that may still appear. */
  sample(now: Moment): void {
    for (const { sent } of this.#unanswered) sent.sample(now)
  }

  /** Compares a version with the newest known one: positive if it is newer, 0 if it is the same. */
  compare(version: string): number {
    return compareWith(this.#view, version)
  }

  /**
   * Remembers a write without a certain answer, and returns whether its fate is open. It can be applied only as long as
   * the record has the version that the write was compared with. A newer version rules it out, or is its result.
   */
  remember(write: SentWrite): boolean {
    const isOpen = (this.#view?.locked?.version ?? null) === (write.write.base?.version ?? null)
    if (isOpen) this.#unanswered = [...this.#unanswered, write]
    return isOpen
  }

  /** The unanswered write of this candidate that produced the record; null if none did. */
  explanation({ record }: LockedRecord, pending: SentWrite | null): SentWrite | null {
    const candidates = pending ? [...this.#unanswered, pending] : this.#unanswered
    return candidates.find(({ write }) => isMadeBy(write.record, record)) ?? null
  }

  /** A write that was passed to {@link remember}, if its fate is still open. */
  unanswered(write: Write): SentWrite | null {
    return this.#unanswered.find((sent) => sent.write === write) ?? null
  }

  /**
   * Takes in a state of the record: `locked`, or its absence.
   * @param version of the state, or of the deletion; null if a read found no record
   * @param pending the write under way, which may have produced the state
   * @param ownWrite the write that produced the state, if the storage confirmed it
   */
  learn(
    now: Moment,
    locked: LockedRecord | null,
    version: string | null,
    pending: SentWrite | null,
    ownWrite: SentWrite | null = null,
  ): News {
    const previous = this.#view
    const recordChanged =
      !locked || !previous?.locked
        ? locked !== null || previous?.locked !== null
        : !isSameRecord(locked.record, previous.locked.record)
    const explainedBy = ownWrite ?? (locked && recordChanged ? this.explanation(locked, pending) : null)
    // An undone failover writes back the record that it replaced, with exactly the same times; see `#displaced`.
    const isPutBack = locked !== null && this.#displaced.some((record) => isMadeBy(record, locked.record))
    const isOurs =
      explainedBy !== null || isPutBack || (!recordChanged && previous?.standing === 'ours') || (locked?.handedOver ?? false)
    const standing = standingOf(locked, this.#candidate.identity, isOurs)
    const claimableAtMs =
      recordChanged || !previous ? this.#claimableAtMs(now, locked?.record ?? null) : previous.claimableAtMs
    const view: View = { locked, version: version ?? previous?.version ?? null, standing, claimableAtMs }
    this.#view = view
    if (standing !== 'placeholder') this.#displaced = []
    else if (previous && previous.standing !== 'placeholder') {
      const sent = pending ? [...this.#unanswered, pending] : this.#unanswered
      const own = previous.standing === 'ours' ? [previous.locked!.record] : []
      this.#displaced = [...own, ...sent.map(({ write }) => write.record)]
    }
    const current = locked?.version ?? null
    this.#unanswered = this.#unanswered.filter(({ write }) => (write.base?.version ?? null) === current)
    return { view, previous, recordChanged, explainedBy }
  }

  /** See {@link View.claimableAtMs}. */
  #claimableAtMs(now: Moment, record: ElectionRecord | null): number {
    // A deletion is not a release: the holder may keep leading, and a client-go leader creates the lease again.
    if (!record) return this.#view?.claimableAtMs ?? now.monotonicMs
    if (isRelease(record, this.#view?.locked?.record)) return now.monotonicMs
    // A failover's placeholder has a longer duration than this candidate's, to block the lease for longer. Ignore a
    // shorter one: an old leader with this candidate's own duration may still be leading.
    return now.monotonicMs + Math.max(this.#candidate.leaseDurationMs, leaseDurationMs(record) ?? 0)
  }
}

/** Compares a version with the newest one that a view knows: positive if it is newer. */
export function compareWith(view: View | null, version: string): number {
  return view === null || view.version === null ? 1 : compareVersions(version, view.version)
}

function standingOf(locked: LockedRecord | null, identity: string, isOurs: boolean): Standing {
  if (!locked) return 'absent'
  const { holderIdentity } = locked.record
  if (holderIdentity === '') return 'free'
  if (holderIdentity === identity) return isOurs ? 'ours' : 'stranger'
  return isPlaceholder(holderIdentity) ? 'placeholder' : 'other'
}
