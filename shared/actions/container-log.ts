import type { ApiClient } from '../cluster/client.ts'
import { ClusterError } from '../cluster/errors.ts'
import { logPieces } from '../cluster/holders/log-pieces.ts'
import { LogPosition } from '../cluster/holders/log-position.ts'
import { apiPath, PODS, subjectOf } from '../cluster/paths.ts'
import { chooseContainer, podContainers, type ContainerFacts, type PodContainers } from '../cluster/holders/pod-containers.ts'
import { openPodLog, type PodLogQuery } from '../cluster/holders/pod-logs.ts'
import { Retry } from '../cluster/list-watch/retry.ts'
import type { Clock } from '../time/clock.ts'
import type { LogListener, LogSource } from './log-notice.ts'

/** A Pod whose log is read. */
export interface LogPlace {
  readonly namespace: string
  readonly name: string
}

/** What is read first. */
export type LogStart =
  /** As the user asked; the whole log if both are left out. */
  | { readonly from: 'asked'; readonly tailLines?: number; readonly sinceSeconds?: number }
  /** Everything since this moment, in monotonic milliseconds of this process. */
  | { readonly from: 'moment'; readonly atMs: number }

/** The Pod has no container with the requested name. */
export class NoSuchContainerError extends Error {
  override readonly name = 'NoSuchContainerError'
}

/** The chosen container, and the names of all containers if none of several was requested. */
export interface ChosenContainer {
  readonly container: ContainerFacts
  readonly defaultedFrom: readonly string[] | null
  readonly uid: string
}

/** How soon to look again whether a container has started. */
const LOOK_AGAIN_MS = 1_000
/** The API takes whole seconds, and a request takes a moment. */
const MARGIN_SECONDS = 1
/** How many positions in logs to remember, in case their Pod becomes the leader again soon. */
const MOST_POSITIONS = 16

/**
 * Reads a Pod and chooses one of its containers.
 *
 * @throws NoSuchContainerError if the Pod has no such container; ClusterError
 */
export async function readChosenContainer(
  client: ApiClient,
  place: LogPlace,
  wanted: string | null,
  signal: AbortSignal,
): Promise<ChosenContainer> {
  const { namespace, name } = place
  const pod = podContainers(
    await client.request({ method: 'GET', path: apiPath(PODS, { namespace, name }), subject: subjectOf('get', PODS, { namespace, name }), signal }),
  )
  const choice = chooseContainer(pod, wanted)
  if (choice.container === null) throw noSuchContainer(place, wanted, pod)
  const names = pod.containers.map((each) => (each.kind === 'main' ? each.name : `${each.name} (${each.kind})`))
  return { container: choice.container, defaultedFrom: choice.isDefaulted ? names : null, uid: pod.uid }
}

function noSuchContainer({ name }: LogPlace, wanted: string | null, { containers }: PodContainers): NoSuchContainerError {
  if (wanted === null) return new NoSuchContainerError(`The Pod "${name}" has no containers.`)
  const there = containers.map((each) => `"${each.name}"`).join(', ')
  return new NoSuchContainerError(`The Pod "${name}" has no container "${wanted}". It has ${there || 'none'}.`)
}

/** Follows the logs of Pods, one after the other, and remembers the position in each. */
export class ContainerLogFollower {
  readonly #client: ApiClient
  readonly #clock: Clock
  readonly #listener: LogListener
  readonly #wanted: string | null
  readonly #positions = new Map<string, LogPosition>()
  #reopen = new AbortController()

  /** @param wanted the container's name; null chooses as kubectl does */
  constructor(client: ApiClient, clock: Clock, listener: LogListener, wanted: string | null) {
    this.#client = client
    this.#clock = clock
    this.#listener = listener
    this.#wanted = wanted
  }

  /** Opens the log again at the same position, because its connection may be dead without an error. */
  reopen(): void {
    this.#reopen.abort()
  }

  /**
   * Follows a container's log across restarts of the container and lost connections, until the signal is aborted.
   *
   * Rejects with the signal's reason; with a ClusterError `forbidden`; with a NoSuchContainerError.
   *
   * @param onChosen called once with the container; null if the Pod cannot be read
   */
  async follow(
    place: LogPlace,
    start: LogStart,
    onChosen: (chosen: ChosenContainer | null) => void,
    signal: AbortSignal,
  ): Promise<never> {
    const retry = new Retry(Math.random)
    const run = new FollowedRun(this.#clock, start)
    let isChosen = false
    let lastMessage = ''
    for (;;) {
      this.#reopen = new AbortController()
      try {
        const chosen = await readChosenContainer(this.#client, place, this.#wanted, signal)
        if (!isChosen) onChosen(chosen)
        isChosen = true
        await this.#read(place, chosen, run, AbortSignal.any([signal, this.#reopen.signal]))
        lastMessage = ''
        retry.reset()
        await this.#clock.sleep(LOOK_AGAIN_MS, signal)
      } catch (error) {
        signal.throwIfAborted()
        if (this.#reopen.signal.aborted) continue
        if (!(error instanceof ClusterError) || error.kind === 'forbidden') throw error
        if (!isChosen) onChosen(null)
        isChosen = true
        if (error.message !== lastMessage) this.#listener.onNotice({ type: 'unreadable', message: error.message, remedy: error.remedy })
        lastMessage = error.message
        await this.#clock.sleep(retry.delayMs(error), signal)
      }
    }
  }

  /** Reads the container's log until its end. */
  async #read(place: LogPlace, { container, uid }: ChosenContainer, run: FollowedRun, signal: AbortSignal): Promise<void> {
    const source = { namespace: place.namespace, pod: place.name, container: container.name }
    const { instance, isRunning, reason } = container
    if (instance === null || (!isRunning && instance === run.instance)) {
      if (run.toldReason !== reason) this.#listener.onNotice({ type: 'notRunning', source, reason })
      run.toldReason = reason
      return
    }
    if (run.instance !== null && instance !== run.instance) {
      await this.#readRest(source, this.#position(`${uid}/${container.name}/${run.instance}`), signal)
      this.#listener.onNotice({ type: 'restarted', source })
    }
    run.begin(instance)
    const position = this.#position(`${uid}/${container.name}/${instance}`)
    const query = run.query(container.name, position)
    await this.#pump(source, query, position, signal)
  }

  /** Reads the rest of the previous run's log, after the connection to it was lost. */
  async #readRest(source: LogSource, position: LogPosition, signal: AbortSignal): Promise<void> {
    const { sinceTime } = position
    if (sinceTime === null) return
    try {
      await this.#pump(source, { container: source.container, isPrevious: true, sinceTime }, position, signal)
    } catch (error) {
      // That log may be gone, or belong to a run in between.
      if (!(error instanceof ClusterError)) throw error
    }
  }

  async #pump(source: LogSource, query: PodLogQuery, position: LogPosition, signal: AbortSignal): Promise<void> {
    position.resume()
    const stream = await openPodLog(this.#client, { namespace: source.namespace, name: source.pod }, query, signal)
    try {
      let isNew = true
      for await (const piece of logPieces(stream.chunks)) {
        signal.throwIfAborted()
        if (piece.isStart) isNew = piece.timestamp === null || position.take(piece.timestamp)
        if (isNew) await this.#listener.onPiece(piece, source)
      }
    } finally {
      stream.close()
    }
  }

  #position(key: string): LogPosition {
    const position = this.#positions.get(key) ?? new LogPosition()
    // Keep the map in the order of last use.
    this.#positions.delete(key)
    this.#positions.set(key, position)
    const [oldest] = this.#positions.keys()
    if (this.#positions.size > MOST_POSITIONS) this.#positions.delete(oldest!)
    return position
  }
}

/** The progress of following one Pod. */
class FollowedRun {
  /** The container's run whose log is read, or was read last; null before the first. */
  instance: string | null = null
  /** The last reported reason why the container is not running; undefined while it is running. */
  toldReason: string | null | undefined = undefined
  readonly #clock: Clock
  #start: LogStart | null

  constructor(clock: Clock, start: LogStart) {
    this.#clock = clock
    this.#start = start
  }

  begin(instance: string): void {
    // If the run started while this process was following, read its log from the beginning.
    if (this.instance !== null && instance !== this.instance) this.#start = null
    this.instance = instance
    this.toldReason = undefined
  }

  query(container: string, position: LogPosition): PodLogQuery {
    const { sinceTime } = position
    const query = { container, isFollowed: true }
    if (sinceTime !== null) return { ...query, sinceTime }
    if (this.#start === null) return query
    const nowMs = this.#clock.monotonicMs()
    if (this.#start.from === 'moment') {
      return { ...query, sinceSeconds: Math.ceil((nowMs - this.#start.atMs) / 1000) + MARGIN_SECONDS }
    }
    const { tailLines, sinceSeconds } = this.#start
    // If the connection breaks before the first line, continue from this moment instead of reading another tail.
    if (tailLines !== undefined || sinceSeconds !== undefined) this.#start = { from: 'moment', atMs: nowMs }
    return { ...query, ...(tailLines !== undefined && { tailLines }), ...(sinceSeconds !== undefined && { sinceSeconds }) }
  }
}
