import * as vscode from 'vscode'
import { Candidacy, type CandidacyEvent, type CandidacySettings } from '../../shared/actions/candidacy.ts'
import { readDriven } from '../../shared/actions/driven-election.ts'
import { EventRecorder } from '../../shared/cluster/elections/event-recorder.ts'
import { candidateIdentity } from '../../shared/election/identity.ts'
import type { TakingCandidate } from '../../shared/actions/take.ts'
import type { Timings } from '../../shared/election/timings.ts'
import { isHeldWithoutDuration } from '../../shared/lease/index.ts'
import { clusterLock } from '../../shared/locks/index.ts'
import { aborted } from '../../shared/time/aborted.ts'
import type { Clock } from '../../shared/time/index.ts'
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
    const { timings, maxHoldMs, identity = candidateIdentity() } = options
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
    const running: Running = new Running(handle, () => this.leave(handle), {
      ...timings,
      lock: clusterLock(client, handle),
      identity,
      maxHoldMs,
      rejoin: true,
      clock: this.#clock,
      recorder: new EventRecorder(client, handle, { clock: this.#clock, component: 'kubectl-leader' }),
      work: ({ signal }) => aborted(signal),
      onEvent: (event) => this.#told(running, event),
    })
    this.#running.set(handle.id, running)
    this.#changes.tell(undefined)
    running.ended = running.candidacy
      .run()
      .then(
        () => undefined,
        (error: unknown) => this.#news.tell({ joined: running, type: 'failed', reason: errorText(error) }),
      )
      .finally(() => {
        this.#running.delete(handle.id)
        this.#changes.tell(undefined)
      })
    return running
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

  #told(running: Running, event: CandidacyEvent): void {
    switch (event.type) {
      case 'started-leading':
        running.releasesAtWallMs = running.maxHoldMs === 0 ? null : this.#clock.wallMs() + running.maxHoldMs
        running.isLeading = true
        this.#news.tell({ joined: running, type: 'started-leading' })
        break
      case 'stopped-leading':
        running.releasesAtWallMs = null
        running.isLeading = false
        this.#news.tell({ joined: running, type: 'stopped-leading', reason: event.reason })
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

class Running implements Joined, TakingCandidate {
  readonly by = 'window'
  readonly handle: ElectionHandle
  readonly candidacy: Candidacy
  readonly maxHoldMs: number
  readonly joined: Promise<unknown>
  readonly leave: () => Promise<void>
  readonly extend: Joined['extend'] = null
  ended: Promise<void> = Promise.resolve()
  isLeading = false
  releasesAtWallMs: number | null = null
  problem: string | null = null

  constructor(handle: ElectionHandle, leave: () => Promise<void>, options: CandidacySettings & { readonly maxHoldMs: number }) {
    this.handle = handle
    this.leave = leave
    this.maxHoldMs = options.maxHoldMs
    this.candidacy = new Candidacy(options)
    this.joined = this.candidacy.joined.catch(() => {
      throw new Error(vscode.l10n.t('This window has left the election.'))
    })
    // Usually no caller awaits it, and a rejection must not count as unhandled.
    this.joined.catch(() => undefined)
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
