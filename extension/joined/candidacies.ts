import * as vscode from 'vscode'
import { Candidacy, type CandidacyEvent, type CandidacySettings } from '../../shared/actions/candidacy.ts'
import { readDriven } from '../../shared/actions/driven-election.ts'
import { EventRecorder } from '../../shared/cluster/elections/event-recorder.ts'
import { candidateIdentity } from '../../shared/election/identity.ts'
import type { TakingCandidate } from '../../shared/actions/take.ts'
import type { Leadership } from '../../shared/election/leadership.ts'
import type { Timings } from '../../shared/election/timings.ts'
import { machineClock } from '../../shared/guard/machine-clock.ts'
import { isHeldWithoutDuration } from '../../shared/lease/record.ts'
import { clusterLock } from '../../shared/locks/lock-address.ts'
import { LockError } from '../../shared/locks/errors.ts'
import { observedLock } from '../../shared/locks/observed-lock.ts'
import type { Lock } from '../../shared/locks/lock.ts'
import type { Clock } from '../../shared/time/clock.ts'
import { errorText } from '../advice.ts'
import type { ElectionHandle } from '../clusters/election-handle.ts'
import { Listeners } from '../listeners.ts'
import { electionText } from '../words/election-text.ts'
import { JoinRefused } from '../words/errors.ts'
import type { Joined, JoinedNews, JoinedSource } from './joined.ts'

/** How to run as a candidate. */
export interface CandidacyOptions {
  readonly timings: Timings
  /** Maximum hold time, in milliseconds; 0 means no limit. */
  readonly maxHoldMs: number
  /** Default: a new identity. If given, a candidate that has already joined must have it. */
  readonly identity?: string
  /** What runs while this window leads. The candidate leaves the election after one term of it. Default: nothing. */
  readonly work?: WindowWork
}

/** Work of a window that leads. The window guards it with a process of its own, and shows its state. */
export interface WindowWork extends Pick<CandidacySettings, 'onRenewed'> {
  /** See `ElectorCallbacks.onStartedLeading`. */
  readonly lead: (leadership: Leadership) => Promise<void>
  /** Whether the lease may be released, because the work has certainly ended. Otherwise, it expires. */
  readonly mayRelease: () => boolean
  readonly isPaused: () => boolean
  /** Milliseconds until the work ends itself; null without a limit. */
  readonly leftMs: () => number | null
  readonly extend: (byMs: number) => void
  /** The candidate has left the election, because of an error or, if that is null, in the ordinary way. */
  readonly left: (problem: string | null) => void
}

/** The elections that this window has joined with candidates of its own, until it leaves them or closes. */
export class Candidacies implements JoinedSource {
  readonly #clock: Clock
  readonly #running = new Map<string, Running>()
  readonly #changes = new Listeners<void>()
  readonly #news = new Listeners<JoinedNews>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get all(): readonly Joined[] {
    return [...this.#running.values()]
  }

  of(handle: ElectionHandle): Joined | undefined {
    return this.#running.get(handle.id)
  }

  /** Calls `listener` whenever a candidacy has changed. Returns a function that ends this. */
  onChange(listener: () => void): () => void {
    return this.#changes.add(listener)
  }

  onNews(listener: (news: JoinedNews) => void): () => void {
    return this.#news.add(listener)
  }

  /**
   * Joins an election. If this window has already joined it, nothing changes. Resolves to the candidate, so that the
   * caller can move leadership to it.
   *
   * @throws ClusterError if the election cannot be read, or may not be updated
   * @throws Error if it cannot be joined, or if this window has already joined it with an identity other than the given one
   */
  async join(handle: ElectionHandle, options: CandidacyOptions): Promise<TakingCandidate> {
    const { timings, maxHoldMs, identity = candidateIdentity(), work } = options
    const client = await handle.client()
    const { election, refusal } = await readDriven(client, handle)
    if (refusal) throw new JoinRefused(refusal)
    if (election && isHeldWithoutDuration(election.record)) {
      throw new Error(vscode.l10n.t('The lease of {0} has no lease duration, so it is not known when its holder must have stopped.', electionText(handle)))
    }
    const present = this.#running.get(handle.id)
    if (present && options.identity !== undefined && present.identity !== identity) {
      throw new Error(vscode.l10n.t('This window has already joined {0}, as {1}.', electionText(handle), present.identity))
    }
    if (present) return present
    const lock = clusterLock(client, handle)
    const running: Running = new Running(handle, () => this.leave(handle), () => this.#changes.tell(undefined), work ?? null, {
      ...timings,
      lock: work ? unreleasedLock(lock, work) : lock,
      identity,
      maxHoldMs,
      rejoin: !work,
      // A watchdog process reads the same clocks.
      clock: work ? machineClock : this.#clock,
      ...(work?.onRenewed && { onRenewed: work.onRenewed }),
      recorder: new EventRecorder(client, handle, { clock: this.#clock, component: 'kubectl-leader' }),
      ...(work && { onStartedLeading: work.lead }),
      onEvent: (event) => this.#told(running, event),
    })
    this.#running.set(handle.id, running)
    this.#changes.tell(undefined)
    running.ended = running.candidacy
      .run()
      .then(
        () => work?.left(null),
        (error: unknown) => {
          const reason = errorText(error)
          work?.left(reason)
          this.#tellNews({ joined: running, type: 'failed', reason })
        },
      )
      .finally(() => {
        this.#running.delete(handle.id)
        this.#changes.tell(undefined)
      })
    return running
  }

  /** Tells the listeners that what a joined election shows has changed. */
  touch(): void {
    this.#changes.tell(undefined)
  }

  /** Leaves an election, and releases the lease if this window is the leader. Resolves once that is done. */
  async leave(handle: ElectionHandle): Promise<void> {
    const running = this.#running.get(handle.id)
    running?.candidacy.leave()
    await running?.ended
  }

  async leaveAll(): Promise<void> {
    await Promise.all(this.all.map(({ handle }) => this.leave(handle)))
  }

  /** What concerns work, the work tells itself. */
  #tellNews(news: JoinedNews): void {
    if (news.joined.by === 'window') this.#news.tell(news)
  }

  #told(running: Running, event: CandidacyEvent): void {
    switch (event.type) {
      case 'started-leading':
        running.releasesAtWallMs = running.maxHoldMs === 0 ? null : this.#clock.wallMs() + running.maxHoldMs
        running.isLeading = true
        this.#tellNews({ joined: running, type: 'started-leading' })
        break
      case 'stopped-leading':
        running.releasesAtWallMs = null
        running.isLeading = false
        this.#tellNews({ joined: running, type: 'stopped-leading', reason: event.reason })
        break
      case 'problem':
        // Without a watch, the elector polls.
        if (event.request === 'watch') return
        running.problem = errorText(event.error)
        break
      case 'recovered':
        running.problem = null
        break
      default:
        return
    }
    this.#changes.tell(undefined)
  }
}

/** A lock on which no lease is released, and no end of work is confirmed to a failover, unless the work has certainly ended. */
function unreleasedLock(lock: Lock, { mayRelease }: WindowWork): Lock {
  const check = (): void => {
    if (!mayRelease()) throw new LockError('rejected', vscode.l10n.t('The lease is not released, because it is not certain that its work has ended.'))
  }
  return {
    ...observedLock(lock, { onAnswer: () => undefined, onFailure: () => undefined }),
    async update(previous, record, signal) {
      if (record.holderIdentity === '') check()
      return lock.update(previous, record, signal)
    },
    ...(lock.acknowledge && {
      async acknowledge(previous, acknowledgement, signal) {
        check()
        return lock.acknowledge!(previous, acknowledgement, signal)
      },
    }),
  }
}

class Running implements Joined, TakingCandidate {
  readonly by: Joined['by']
  readonly handle: ElectionHandle
  readonly candidacy: Candidacy
  readonly maxHoldMs: number
  readonly joined: Promise<unknown>
  readonly leave: () => Promise<void>
  readonly extend: Joined['extend']
  ended: Promise<void> = Promise.resolve()
  isLeading = false
  problem: string | null = null
  readonly #work: WindowWork | null
  #releasesAtWallMs: number | null = null

  constructor(
    handle: ElectionHandle,
    leave: () => Promise<void>,
    onExtended: () => void,
    work: WindowWork | null,
    options: CandidacySettings & { readonly maxHoldMs: number },
  ) {
    this.handle = handle
    this.leave = leave
    this.by = work ? 'debugger' : 'window'
    const extend = (byMs: number): void => {
      this.candidacy.elector.extendHold(byMs)
      if (this.#releasesAtWallMs !== null) this.#releasesAtWallMs += byMs
      onExtended()
    }
    this.extend = work ? (byMs) => work.extend(byMs) : options.maxHoldMs === 0 ? null : extend
    this.#work = work
    this.maxHoldMs = options.maxHoldMs
    this.candidacy = new Candidacy(options)
    this.joined = this.candidacy.joined.catch(() => {
      throw new Error(vscode.l10n.t('This window has left the election.'))
    })
    // Usually no caller awaits it, and a rejection must not count as unhandled.
    this.joined.catch(() => undefined)
  }

  get isPaused(): boolean {
    return this.#work?.isPaused() ?? false
  }

  get releasesAtWallMs(): number | null {
    if (!this.#work) return this.#releasesAtWallMs
    const leftMs = this.#work.leftMs()
    return leftMs === null ? null : machineClock.wallMs() + leftMs
  }

  set releasesAtWallMs(wallMs: number | null) {
    this.#releasesAtWallMs = wallMs
  }

  get identity(): string {
    return this.candidacy.identity
  }

  get hasLed(): boolean {
    return this.candidacy.hasLed
  }

  get leaving(): AbortSignal {
    return this.candidacy.leaving
  }
}
