import * as vscode from 'vscode'
import { readDriven } from '../../shared/actions/driven-election.ts'
import { EventRecorder } from '../../shared/cluster/elections/event-recorder.ts'
import { becameLeader, LEADER_ELECTION, stoppedLeading } from '../../shared/cluster/elections/leadership-events.ts'
import { candidateIdentity } from '../../shared/election/identity.ts'
import { LeaderElector, type StopReason } from '../../shared/election/index.ts'
import type { TakingCandidate } from '../../shared/actions/take.ts'
import type { Timings } from '../../shared/election/timings.ts'
import { isHeldWithoutDuration } from '../../shared/lease/index.ts'
import { clusterLock } from '../../shared/locks/index.ts'
import { AdvisedError } from '../../shared/remedy.ts'
import { aborted } from '../../shared/time/aborted.ts'
import type { Clock } from '../../shared/time/index.ts'
import { errorText } from '../advice.ts'
import type { ElectionHandle } from '../clusters/election-handle.ts'
import { Listeners } from '../listeners.ts'
import { electionText } from '../words/election-text.ts'
import { tellingLock } from './telling-lock.ts'

/** How to stand in an election. */
export interface CandidacyOptions {
  readonly timings: Timings
  /** How long a term may last; 0 is without limit. Milliseconds. */
  readonly maxHoldMs: number
  /** Default: one of its own. Given, it is to be that of the candidate, also where one stands already. */
  readonly identity?: string
}

/** An election in which this window stands. */
export interface Candidacy {
  readonly handle: ElectionHandle
  readonly identity: string
  readonly isLeading: boolean
  /** When leadership is given back, if it is; wall clock milliseconds. */
  readonly givesBackAtWallMs: number | null
  /** The last failure, for a person; null where all is well. */
  readonly problem: string | null
}

/** What happened to a candidacy that somebody should hear of. */
export type CandidacyNews = { readonly handle: ElectionHandle } & (
  | { readonly type: 'started-leading' }
  /** It stands by again, unless it was told to leave. */
  | { readonly type: 'stopped-leading'; readonly reason: StopReason }
  /** It ended by itself; the reason is for a person. */
  | { readonly type: 'failed'; readonly reason: string }
)

/** The elections in which this window stands, until it leaves them or ends. */
export class Candidacies {
  readonly #clock: Clock
  readonly #running = new Map<string, Running>()
  readonly #changes = new Listeners<void>()
  readonly #news = new Listeners<CandidacyNews>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get all(): readonly Candidacy[] {
    return [...this.#running.values()]
  }

  of(handle: ElectionHandle): Candidacy | undefined {
    return this.#running.get(handle.id)
  }

  /** Calls `listener` whenever anything about them has changed; returns what ends that. */
  onChange(listener: () => void): () => void {
    return this.#changes.add(listener)
  }

  onNews(listener: (news: CandidacyNews) => void): () => void {
    return this.#news.add(listener)
  }

  /**
   * Stands in an election from now on; where it does so already, nothing changes. Resolves to the candidate, for who
   * wants leadership moved to it.
   * @throws ClusterError where it can't be reached, or is not allowed; Error where it is none to take part in, or where
   * this window stands in it already under another identity than the one given
   */
  async join(handle: ElectionHandle, options: CandidacyOptions): Promise<TakingCandidate> {
    const { timings, maxHoldMs, identity = candidateIdentity() } = options
    const client = await handle.client()
    const { election, refusal } = await readDriven(client, handle)
    if (refusal) throw new AdvisedError(refusal)
    if (election && isHeldWithoutDuration(election.record)) {
      throw new Error(vscode.l10n.t('The lease of {0} has no lease duration, so it is not known when its holder must have stopped.', electionText(handle)))
    }
    const standing = this.#running.get(handle.id)
    if (standing && options.identity !== undefined && standing.identity !== identity) {
      throw new Error(vscode.l10n.t('This window has already joined {0}, as {1}.', electionText(handle), standing.identity))
    }
    if (standing) return standing
    const recorder = new EventRecorder(client, handle, { clock: this.#clock, component: 'kubectl-leader' })
    const running: Running = new Running(handle, identity)
    const changed = (): void => this.#changes.tell(undefined)
    const setProblem = (problem: string | null): void => {
      // The first thing that it asks for is the record.
      if (problem === null) running.reading.resolve(undefined)
      if (running.problem === problem) return
      running.problem = problem
      changed()
    }
    const elector = new LeaderElector({
      ...timings,
      lock: tellingLock(clusterLock(client, handle.namespace, handle), setProblem),
      identity,
      maxHoldMs,
      rejoin: true,
      clock: this.#clock,
      onStartedLeading: async ({ signal }) => {
        running.leadingSinceWallMs = this.#clock.wallMs()
        running.hasLed = true
        running.givesBackAtWallMs = maxHoldMs === 0 ? null : running.leadingSinceWallMs + maxHoldMs
        recorder.record(LEADER_ELECTION, becameLeader(identity))
        this.#news.tell({ handle, type: 'started-leading' })
        changed()
        await aborted(signal)
      },
      onStoppedLeading: (reason) => {
        running.leadingSinceWallMs = null
        running.givesBackAtWallMs = null
        recorder.record(LEADER_ELECTION, stoppedLeading(identity))
        this.#news.tell({ handle, type: 'stopped-leading', reason })
        changed()
      },
    })
    this.#running.set(handle.id, running)
    changed()
    running.ended = elector
      .run(running.stop.signal)
      .catch((error: unknown) => {
        this.#news.tell({ handle, type: 'failed', reason: errorText(error) })
      })
      .then(() => recorder.settled())
      .finally(() => {
        // It may have ended by itself: whoever moves leadership to it is not to do that any more.
        running.stop.abort()
        this.#running.delete(handle.id)
        running.reading.reject(new Error(vscode.l10n.t('This window has left the election.')))
        changed()
      })
    return running
  }

  /** Leaves, and releases the lease where it is held. Resolves once that is done. */
  async leave(handle: ElectionHandle): Promise<void> {
    const running = this.#running.get(handle.id)
    running?.stop.abort()
    await running?.ended
  }

  async leaveAll(isToLeave: (handle: ElectionHandle) => boolean = () => true): Promise<void> {
    await Promise.all(this.all.filter(({ handle }) => isToLeave(handle)).map(({ handle }) => this.leave(handle)))
  }
}

class Running implements Candidacy, TakingCandidate {
  readonly handle: ElectionHandle
  readonly identity: string
  readonly stop = new AbortController()
  readonly reading = Promise.withResolvers<undefined>()
  hasLed = false
  ended: Promise<void> = Promise.resolve()
  leadingSinceWallMs: number | null = null
  givesBackAtWallMs: number | null = null
  problem: string | null = null

  constructor(handle: ElectionHandle, identity: string) {
    this.handle = handle
    this.identity = identity
    // Most of the time nobody waits for it.
    this.reading.promise.catch(() => undefined)
  }

  get standing(): Promise<undefined> {
    return this.reading.promise
  }

  get leaving(): AbortSignal {
    return this.stop.signal
  }

  get isLeading(): boolean {
    return this.leadingSinceWallMs !== null
  }
}
