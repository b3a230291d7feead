import * as vscode from 'vscode'
import type { Moment } from '../../shared/lease/status.ts'
import type { Clock } from '../../shared/time/clock.ts'
import type { ElectionHandle } from '../clusters/election-handle.ts'
import { Listeners } from '../listeners.ts'
import { spokenDuration } from '../words/durations.ts'

/** A pause of a debugged program at a breakpoint, in which this window held its lease, or kept it for the program. */
export interface LeasePause {
  readonly mode: 'held' | 'kept'
  readonly from: Moment
  /** Null while it goes on. */
  readonly to: Moment | null
  /** Milliseconds until this window holds or keeps the lease no longer; null without a limit. */
  readonly leftMs: () => number | null
}

/** How many pauses of one election are remembered. */
const REMEMBERED = 200

/** The pauses of debugged programs, by election. */
export class LeasePauses {
  readonly #clock: Clock
  readonly #pauses = new Map<string, LeasePause[]>()
  readonly #changes = new Listeners<void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  onChange(listener: () => void): () => void {
    return this.#changes.add(listener)
  }

  /** Those of one election, oldest first. */
  of({ id }: Pick<ElectionHandle, 'id'>): readonly LeasePause[] {
    return this.#pauses.get(id) ?? []
  }

  /** The one of an election that goes on; undefined if there is none. */
  presentOf(handle: Pick<ElectionHandle, 'id'>): LeasePause | undefined {
    const last = this.of(handle).at(-1)
    return last?.to === null ? last : undefined
  }

  /** A pause has begun. If one goes on already, this changes nothing. */
  begin(handle: Pick<ElectionHandle, 'id'>, pause: Pick<LeasePause, 'mode' | 'leftMs'>): void {
    if (this.presentOf(handle)) return
    this.#set(handle, [...this.of(handle), { ...pause, from: this.#now(), to: null }])
  }

  /** The pause is over, or the lease is neither held nor kept any more. */
  end(handle: Pick<ElectionHandle, 'id'>): void {
    const present = this.presentOf(handle)
    if (present) this.#set(handle, [...this.of(handle).slice(0, -1), { ...present, to: this.#now() }])
  }

  #set({ id }: Pick<ElectionHandle, 'id'>, pauses: LeasePause[]): void {
    this.#pauses.set(id, pauses.slice(-REMEMBERED))
    this.#changes.tell(undefined)
  }

  #now(): Moment {
    return { monotonicMs: this.#clock.monotonicMs(), wallMs: this.#clock.wallMs() }
  }
}

/** A pause that goes on, in words: `paused at a breakpoint, lease held, 4m left`. The last minute counts as one. */
export function pauseText({ mode, leftMs }: LeasePause): string {
  const left = leftMs()
  const held = mode === 'held'
  if (left === null) return held ? vscode.l10n.t('paused at a breakpoint, lease held') : vscode.l10n.t('paused at a breakpoint, lease kept')
  const text = spokenDuration(Math.ceil(left / 60_000) * 60_000)
  return held ? vscode.l10n.t('paused at a breakpoint, lease held, {0} left', text) : vscode.l10n.t('paused at a breakpoint, lease kept, {0} left', text)
}
