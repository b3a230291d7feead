import type { ApiClient } from '../cluster/client.ts'
import { watchElections } from '../cluster/elections/election-watch.ts'
import { electionOrNull } from '../cluster/elections/refusal.ts'
import { Backoff } from '../cluster/list-watch/backoff.ts'
import { logPieces } from '../cluster/holders/log-pieces.ts'
import { openPodLog } from '../cluster/holders/pod-logs.ts'
import type { ElectionStore } from '../cluster/list-watch/store.ts'
import { electionKey, placePhrase, type ElectionRef } from '../lease/election-ref.ts'
import { leaderOf } from '../lease/placeholder.ts'
import { observe } from '../lease/observation.ts'
import { statusOf } from '../lease/status.ts'
import type { Election } from '../lease/election.ts'
import type { ElectionEvent } from '../lease/event.ts'
import type { Clock } from '../time/clock.ts'
import { ContainerLogFollower, readChosenContainer, type ChosenContainer, type LogStart } from './container-log.ts'
import { findLeaderPod, type LeaderPod } from './leader-pod.ts'
import type { LogListener } from './log-notice.ts'
import { phrase, Phrase, saying } from '../phrase.ts'

/** Which part of the log to read. */
export interface LogOptions {
  /** Default: chosen as by kubectl. */
  readonly container?: string
  /** Number of most recent lines. */
  readonly tailLines?: number
  /** Maximum age of the lines in seconds; a whole number above 0. */
  readonly sinceSeconds?: number
  readonly signal: AbortSignal
}

/** There is no leader's log: the election does not exist, it has no leader, or no Pod was found for the leader. */
export class NoLeaderLogError extends Error {
  override readonly name = 'NoLeaderLogError'
  readonly kind: 'notFound' | 'free' | 'notAPod'

  constructor(kind: NoLeaderLogError['kind'], message: Phrase | string) {
    super(String(message))
    this.kind = kind
    if (message instanceof Phrase) saying(this, message)
  }
}

/** How long to wait before looking again for the Pod of a leader whose Pod was not found. */
const FIND_AGAIN = { initialMs: 1_000, maxMs: 30_000 }

/**
 * Reads the log of an election's leader as it is now.
 *
 * Rejects with a NoLeaderLogError, a NoSuchContainerError, a ClusterError, or the signal's reason.
 */
export async function readLeaderLog(
  client: ApiClient,
  clock: Clock,
  { lock, namespace, name }: ElectionRef,
  listener: LogListener,
  options: LogOptions & { readonly isPrevious?: boolean },
): Promise<void> {
  const { signal, container: wanted = null, tailLines, sinceSeconds, isPrevious = false } = options
  const election = await electionOrNull(client, lock, { lock, namespace, name }, signal)
  if (!election) throw notFound({ lock, namespace, name })
  const identity = leaderOf(election.record)
  if (identity === '') throw noLeader(election)
  const pod = await findLeaderPod(client, clock, election, signal)
  if (pod.name === null) throw notAPod(identity, pod)
  const chosen = await readChosenContainer(client, pod, wanted, signal)
  tellLeader(listener, identity, pod, chosen)
  const now = { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() }
  const { state } = statusOf(observe(undefined, election.record, now.monotonicMs), now)
  if (state === 'expired') listener.onNotice({ type: 'expired', identity, basis: 'recorded' })

  const container = chosen.container.name
  const query = {
    container,
    isPrevious,
    ...(tailLines !== undefined && { tailLines }),
    ...(sinceSeconds !== undefined && { sinceSeconds }),
  }
  const stream = await openPodLog(client, pod, query, signal)
  try {
    const source = { namespace: pod.namespace, pod: pod.name, container }
    for await (const piece of logPieces(stream.chunks)) await listener.onPiece(piece, source)
  } finally {
    stream.close()
  }
}

/**
 * Follows the log of an election's leader, from leader to leader, until the signal is aborted. It reads the first leader's
 * log as the options say, and the log of each later one from a second or two before it took over. While there is no
 * leader, it continues with the last leader's log.
 *
 * Rejects as {@link readLeaderLog} does, but with a NoLeaderLogError only if the first reading finds no election, or no Pod
 * of its leader.
 */
export async function followLeaderLog(
  client: ApiClient,
  clock: Clock,
  target: ElectionRef,
  listener: LogListener,
  { signal, container, ...asked }: LogOptions,
): Promise<never> {
  const over = new AbortController()
  const within = AbortSignal.any([signal, over.signal])
  const { namespace, name, lock } = target
  const scope = { namespaces: [namespace], names: [name], locks: [lock] }
  const { store, ready } = watchElections(client, clock, scope, within)
  const follower = new ContainerLogFollower(client, clock, listener, container ?? null)
  try {
    return await new LeaderLogFollower(client, clock, target, store, listener, follower).run(ready, { from: 'asked', ...asked }, within)
  } finally {
    over.abort()
  }
}

/** Moves a {@link ContainerLogFollower} from leader to leader. */
class LeaderLogFollower {
  readonly #client: ApiClient
  readonly #clock: Clock
  readonly #key: string
  readonly #target: ElectionRef
  readonly #store: ElectionStore
  readonly #listener: LogListener
  readonly #logs: ContainerLogFollower
  /** The leader whose log is read; empty before the first one. */
  #identity = ''
  /** Aborted when another identity becomes the leader. */
  #turn = new AbortController()
  /** The earliest time at which the present leader may have taken over, in monotonic milliseconds. */
  #ledSinceMs = 0
  #unseenTransitions = 0
  #wake = Promise.withResolvers<undefined>()

  constructor(
    client: ApiClient,
    clock: Clock,
    target: ElectionRef,
    store: ElectionStore,
    listener: LogListener,
    logs: ContainerLogFollower,
  ) {
    this.#client = client
    this.#clock = clock
    this.#key = electionKey(target)
    this.#target = target
    this.#store = store
    this.#listener = listener
    this.#logs = logs
  }

  async run(ready: Promise<void>, asked: LogStart, signal: AbortSignal): Promise<never> {
    await ready
    if (!this.#store.get(this.#key)) throw notFound(this.#target)
    this.#store.onEvent((event) => this.#onEvent(event))
    let isConnected = true
    this.#store.onViewChange(({ connected, reason, phrase: said, remedy }) => {
      if (connected === isConnected) return
      isConnected = connected
      this.#listener.onNotice(connected ? { type: 'connected' } : { type: 'disconnected', reason: reason ?? '', phrase: said, remedy })
      if (connected) this.#logs.reopen()
    })
    const stop = (): void => {
      this.#turn.abort(signal.reason)
      this.#wake.resolve(undefined)
    }
    signal.addEventListener('abort', stop, { once: true })
    for (let isFirst = true; ; isFirst = false) {
      signal.throwIfAborted()
      const election = this.#leading()
      if (!election) {
        if (isFirst) this.#listener.onNotice({ type: 'no-leader', why: 'free' })
        await this.#wake.promise
        continue
      }
      this.#turn = new AbortController()
      this.#identity = election.record.holderIdentity
      try {
        await this.#followLeader(election, isFirst ? asked : null, this.#turn.signal)
      } catch (error) {
        signal.throwIfAborted()
        if (!this.#turn.signal.aborted) throw error
      }
    }
  }

  /** @param asked what to read of the first leader's log; null for later leaders */
  async #followLeader(election: Election, asked: LogStart | null, signal: AbortSignal): Promise<never> {
    const identity = this.#identity
    const unseenTransitions = this.#unseenTransitions
    const pod = await this.#findPod(election, asked !== null, signal)
    const start = asked ?? ({ from: 'moment', atMs: this.#ledSinceMs } as const)
    return this.#logs.follow(pod, start, (chosen) => tellLeader(this.#listener, identity, pod, chosen, unseenTransitions), signal)
  }

  async #findPod(election: Election, isFirst: boolean, signal: AbortSignal): Promise<Extract<LeaderPod, { name: string }>> {
    const backoff = new Backoff(FIND_AGAIN)
    for (let isTold = false; ; isTold = true) {
      const pod = await findLeaderPod(this.#client, this.#clock, election, signal)
      if (pod.name !== null) return pod
      if (isFirst) throw notAPod(this.#identity, pod)
      if (!isTold) this.#listener.onNotice({ type: 'notAPod', identity: this.#identity, because: pod.because })
      await this.#clock.sleep(backoff.next(), signal)
    }
  }

  #leading(): Election | null {
    this.#wake = Promise.withResolvers<undefined>()
    const election = this.#store.get(this.#key)?.election
    return election && leaderOf(election.record) !== '' ? election : null
  }

  #onEvent({ type, election, unseenTransitions = 0 }: ElectionEvent): void {
    const leader = type === 'deleted' ? '' : leaderOf(election.record)
    const isNext = leader !== '' && leader !== this.#identity
    if (isNext) {
      // An unobserved transition happened at the earliest when the view became stale.
      this.#ledSinceMs = this.#store.view.staleSinceMs ?? this.#clock.monotonicMs()
      this.#unseenTransitions = unseenTransitions
      this.#turn.abort()
    } else if (type === 'released' || type === 'deleted') {
      this.#listener.onNotice({ type: 'no-leader', why: type })
    } else if (type === 'expired') {
      this.#listener.onNotice({ type: 'expired', identity: this.#identity, basis: 'observed' })
    } else if (type === 'acquired' || type === 'recovered' || type === 'added') {
      this.#listener.onNotice({ type: 'leadsAgain', identity: this.#identity })
    }
    this.#wake.resolve(undefined)
  }
}

function tellLeader(
  listener: LogListener,
  identity: string,
  pod: Extract<LeaderPod, { name: string }>,
  chosen: ChosenContainer | null,
  unseenTransitions = 0,
): void {
  const container = chosen?.container.name ?? null
  listener.onNotice({ type: 'leader', identity, pod, container, defaultedFrom: chosen?.defaultedFrom ?? null, unseenTransitions })
}

function notFound(place: ElectionRef): NoLeaderLogError {
  return new NoLeaderLogError('notFound', phrase`There is no ${placePhrase(place)}.`)
}

function noLeader({ name, record }: Election): NoLeaderLogError {
  const message =
    record.holderIdentity === ''
      ? `"${name}" has no leader, so there is no log. -f waits for the next leader.`
      : `"${name}" has no leader, because the lease is blocked. -f waits for the next leader.`
  return new NoLeaderLogError('free', message)
}

function notAPod(identity: string, { because }: LeaderPod): NoLeaderLogError {
  return new NoLeaderLogError('notAPod', phrase`Cannot show a log: no Pod was found for the leader "${identity}": ${because}.`)
}
