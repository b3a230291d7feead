import { isPlaceholder, isSameRecord, leaseDurationMs, type ElectionRecord, type Moment } from '../../lease/index.ts'
import type { LockedRecord } from '../../locks/lock.ts'
import { compareVersions } from '../../locks/version.ts'
import { isMadeBy } from './alteration.ts'
import { isRelease } from './candidate-record.ts'
import type { Write } from './protocol.ts'
import type { Stopwatch } from './stopwatch.ts'

/** A write with the time since it was sent. */
export interface SentWrite {
  readonly write: Write
  readonly sent: Stopwatch
}

/**
 * What a record is to this candidate: `ours` if it wrote it (also where an undone failover has written it back) or was
 * given it; a `stranger` bears its identity without that; `free` has no holder; `absent` does not exist.
 */
export type Standing = 'ours' | 'stranger' | 'other' | 'placeholder' | 'free' | 'absent'

/** The newest state of the record that a candidate knows of. */
export interface View {
  /** Null where there is no record. */
  readonly locked: LockedRecord | null
  /** The newest version heard of: of that state, of its deletion, or of what came before an absence. */
  readonly version: string | null
  readonly standing: Standing
  /**
   * From when on anybody may take it, as far as this candidate knows; monotonic milliseconds. It is a whole lease
   * duration after the candidate first saw the record as it is, and at once where its holder released it.
   */
  readonly claimableAtMs: number
}

/** How a new state compares with what was known. */
export interface News {
  readonly view: View
  readonly previous: View | null
  /** Whether the record itself has changed, and not only something around it. */
  readonly recordChanged: boolean
  /** The write of this candidate that made the record what it is, where that was not yet known. */
  readonly explainedBy: SentWrite | null
}

/** What one candidate knows of the record, and which of its own writes may yet turn up in it. */
export class Knowledge {
  readonly #candidate: { readonly identity: string; readonly leaseDurationMs: number }
  #view: View | null = null
  #unanswered: readonly SentWrite[] = []
  /** What a failover's placeholder replaced, while it stands: what was ours, or may have been. */
  #displaced: readonly ElectionRecord[] = []

  constructor(candidate: { readonly identity: string; readonly leaseDurationMs: number }) {
    this.#candidate = candidate
  }

  /** Null before the first answer. */
  get view(): View | null {
    return this.#view
  }

  /** Whether a write of this candidate may have been applied, or may still be, without its knowing. */
  get isUncertain(): boolean {
    return this.#unanswered.length > 0
  }

  /** Takes note of the clocks, for writes that may turn up yet. */
  sample(now: Moment): void {
    for (const { sent } of this.#unanswered) sent.sample(now)
  }

  /** How a version compares with the newest one heard of: positive where it is news, 0 where it is the same. */
  compare(version: string): number {
    return compareWith(this.#view, version)
  }

  /**
   * Remembers a write that was not answered for certain, and returns whether its fate is open: it can only turn up
   * while the record is as it was compared against, and any newer version rules it out, or was made by it.
   */
  remember(write: SentWrite): boolean {
    const isOpen = (this.#view?.locked?.version ?? null) === (write.write.base?.version ?? null)
    if (isOpen) this.#unanswered = [...this.#unanswered, write]
    return isOpen
  }

  /** The write of this candidate, among those that were not answered, that a record shows to have been applied. */
  explanation({ record }: LockedRecord, pending: SentWrite | null): SentWrite | null {
    const candidates = pending ? [...this.#unanswered, pending] : this.#unanswered
    return candidates.find(({ write }) => isMadeBy(write.record, record)) ?? null
  }

  /** A write of which {@link remember} was told, and whose fate is still open. */
  unanswered(write: Write): SentWrite | null {
    return this.#unanswered.find((sent) => sent.write === write) ?? null
  }

  /**
   * Takes in a state of the record: `locked`, or its absence.
   * @param version of the state, or of the deletion; null where it was read to be absent
   * @param pending the write under way, which may be what made it
   * @param ownWrite the write that made it, where the storage itself said so
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
    // A failover that is undone writes back what it replaced, to the last digit of its times; see `#displaced`.
    const isPutBack = locked !== null && this.#displaced.some((record) => isMadeBy(record, locked.record))
    const isOurs =
      explainedBy !== null || isPutBack || (!recordChanged && previous?.standing === 'ours') || (locked?.handedOver ?? false)
    const standing = standingOf(locked, this.#candidate.identity, isOurs)
    const claimableAtMs =
      recordChanged || !previous ? this.#claimableAtMs(now, locked?.record ?? null) : previous.claimableAtMs
    const view: View = { locked, version: version ?? previous?.version ?? null, standing, claimableAtMs }
    this.#view = view
    if (standing !== 'placeholder') this.#displaced = []
    else if (previous?.standing === 'ours') {
      const sent = pending ? [...this.#unanswered, pending] : this.#unanswered
      this.#displaced = [previous.locked!.record, ...sent.map(({ write }) => write.record)]
    }
    const current = locked?.version ?? null
    this.#unanswered = this.#unanswered.filter(({ write }) => (write.base?.version ?? null) === current)
    return { view, previous, recordChanged, explainedBy }
  }

  /** See {@link View.claimableAtMs}. */
  #claimableAtMs(now: Moment, record: ElectionRecord | null): number {
    // A deletion is no release: whoever held it may act on, and a client-go leader creates it again.
    if (!record) return this.#view?.claimableAtMs ?? now.monotonicMs
    if (isRelease(record, this.#view?.locked?.record)) return now.monotonicMs
    // A longer duration than ours is a failover's, which keeps everybody out; a shorter one would break our promise.
    return now.monotonicMs + Math.max(this.#candidate.leaseDurationMs, leaseDurationMs(record) ?? 0)
  }
}

/** How a version compares with the newest one that a view has heard of: positive where it is news to it. */
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
