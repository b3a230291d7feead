import * as vscode from 'vscode'
import { readDriven } from '../../shared/actions/driven-election.ts'
import { Announcement } from '../../shared/cluster/elections/announcement.ts'
import { EventRecorder } from '../../shared/cluster/elections/event-recorder.ts'
import { becameLeader, LEADER_ELECTION, stoppedLeading } from '../../shared/cluster/elections/leadership-events.ts'
import { candidateIdentity } from '../../shared/election/identity.ts'
import { LeaderElector } from '../../shared/election/index.ts'
import type { TakingCandidate } from '../../shared/actions/take.ts'
import type { Timings } from '../../shared/election/timings.ts'
import { isHeldWithoutDuration } from '../../shared/lease/index.ts'
import { clusterLock, isLostRace, LockError, observedLock } from '../../shared/locks/index.ts'
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
    const recorder = new EventRecorder(client, handle, { clock: this.#clock, component: 'kubectl-leader' })
    const announcement = new Announcement(recorder, this.#clock, identity)
    const running: Running = new Running(handle, identity, () => this.leave(handle))
    const changed = (): void => this.#changes.tell(undefined)
    const setProblem = (problem: string | null): void => {
      // The first request of a candidate reads the record.
      if (problem === null) running.reading.resolve(undefined)
      if (running.problem === problem) return
      running.problem = problem
      changed()
    }
    const elector = new LeaderElector({
      ...timings,
      lock: observedLock(clusterLock(client, handle), {
        onAnswer: (request) => request !== 'watch' && setProblem(null),
        onFailure: (request, error, requestSignal) => {
          // Without a watch, the elector polls.
          if (request === 'watch') return
          // A request that was given up for want of an answer has failed; one that is no longer needed has not.
          const failure: unknown = requestSignal.aborted ? requestSignal.reason : error
          if (isLostRace(failure)) setProblem(null)
          else if (failure instanceof LockError) setProblem(errorText(failure))
        },
      }),
      identity,
      maxHoldMs,
      rejoin: true,
      clock: this.#clock,
      onNewLeader: (leader) => announcement.leaderIs(leader),
      onStartedLeading: async ({ signal }) => {
        running.leadingSinceWallMs = this.#clock.wallMs()
        running.hasLed = true
        running.releasesAtWallMs = maxHoldMs === 0 ? null : running.leadingSinceWallMs + maxHoldMs
        recorder.record(LEADER_ELECTION, becameLeader(identity))
        this.#news.tell({ joined: running, type: 'started-leading' })
        changed()
        await aborted(signal)
      },
      onStoppedLeading: (reason) => {
        running.leadingSinceWallMs = null
        running.releasesAtWallMs = null
        recorder.record(LEADER_ELECTION, stoppedLeading(identity))
        this.#news.tell({ joined: running, type: 'stopped-leading', reason })
        changed()
      },
    })
    this.#running.set(handle.id, running)
    changed()
    running.ended = elector
      .run(running.stop.signal)
      .catch((error: unknown) => {
        this.#news.tell({ joined: running, type: 'failed', reason: errorText(error) })
      })
      .then(() => {
        announcement.leave()
        return recorder.settled()
      })
      .finally(() => {
        // If the candidate has left because of an error, a failover must not move leadership to it any more.
        running.stop.abort()
        this.#running.delete(handle.id)
        running.reading.reject(new Error(vscode.l10n.t('This window has left the election.')))
        changed()
      })
    return running
  }

  /** Leaves an election, and releases the lease if this window is the leader. Resolves once that is done. */
  async leave(handle: ElectionHandle): Promise<void> {
    const running = this.#running.get(handle.id)
    running?.stop.abort()
    await running?.ended
  }

  async leaveAll(): Promise<void> {
    await Promise.all(this.all.map(({ handle }) => this.leave(handle)))
  }
}

class Running implements Joined, TakingCandidate {
  readonly by = 'window'
  readonly handle: ElectionHandle
  readonly identity: string
  readonly stop = new AbortController()
  readonly reading = Promise.withResolvers<undefined>()
  readonly leave: () => Promise<void>
  readonly extend: Joined['extend'] = null
  hasLed = false
  ended: Promise<void> = Promise.resolve()
  leadingSinceWallMs: number | null = null
  releasesAtWallMs: number | null = null
  problem: string | null = null

  constructor(handle: ElectionHandle, identity: string, leave: () => Promise<void>) {
    this.handle = handle
    this.identity = identity
    this.leave = leave
    // Usually no caller awaits it, and a rejection must not count as unhandled.
    this.reading.promise.catch(() => undefined)
  }

  get joined(): Promise<undefined> {
    return this.reading.promise
  }

  get leaving(): AbortSignal {
    return this.stop.signal
  }

  get isLeading(): boolean {
    return this.leadingSinceWallMs !== null
  }
}
