import type { ApiClient } from '../../cluster/client.ts'
import { gapOf, type Advised } from '../../remedy.ts'
import { electionCollection } from '../../cluster/elections/election-collection.ts'
import { listElections } from '../../cluster/elections/election-list.ts'
import { watchElections, type ElectionFeed } from '../../cluster/elections/election-watch.ts'
import { ClusterError } from '../../cluster/errors.ts'
import type { ElectionScope, Restriction } from '../../cluster/elections/scope.ts'
import { probeServer, type ServerProbe } from '../../cluster/server-probe.ts'
import { electionKey } from '../../lease/election-ref.ts'
import { statusOf, type Status } from '../../lease/status.ts'
import type { Election } from '../../lease/election.ts'
import type { Observation } from '../../lease/observation.ts'
import type { Clock } from '../../time/clock.ts'
import { isSeenEnough } from './enough.ts'
import type { Trail } from './trail.ts'
import { TrailBook } from './trail-book.ts'
import { phrase } from '../../phrase.ts'

/** One observed election. */
export interface ObservedElection {
  readonly election: Election
  readonly observation: Observation
  readonly status: Status
  readonly trail: Trail
}

/** The result of the observation. */
export interface ObservedElections {
  readonly elections: readonly ObservedElection[]
  readonly observedForMs: number
  readonly probes: readonly ServerProbe[]
  /** What could not be observed, and why. */
  readonly gaps: readonly Advised[]
}

/** The progress of the observation. */
export interface ObservationProgress {
  readonly elections: number
  /** How many elections were observed for long enough. */
  readonly seenEnough: number
  readonly elapsedMs: number
  readonly atMostMs: number
}

export interface ObserveOptions {
  /** The maximum time to observe, in milliseconds. */
  readonly observeMs: number
  /** Which elections of the scope to observe. */
  readonly isWanted: (election: Election) => boolean
  readonly onProgress?: (progress: ObservationProgress) => void
  readonly signal: AbortSignal
}

const LOOK_EVERY_MS = 500
const MOST_PROBES = 7
/** How often elections are listed if watching is not allowed. */
const POLL_EVERY_MS = 1_000

/** The source of elections during the observation: a watch, or polling. */
interface View {
  readonly elections: () => readonly Election[]
  readonly statusOf: (election: Election) => Status
  readonly observationOf: (election: Election) => Observation
  readonly gaps: () => readonly Advised[]
}

/**
 * Watches elections, and stops early once each was observed renewing often enough, or expiring. If watching is not allowed,
 * it lists them repeatedly. Rejects with a ClusterError if that is not allowed either.
 */
export async function observeElections(
  client: ApiClient,
  clock: Clock,
  scope: ElectionScope,
  options: ObserveOptions,
): Promise<ObservedElections> {
  const over = new AbortController()
  const signal = AbortSignal.any([options.signal, over.signal])
  const book = new TrailBook(clock)
  const feed = watchElections(client, clock, scope, signal)
  let polling = Promise.resolve()
  try {
    const view = await watchingView(feed, book).catch(async (error: unknown) => {
      if (!(error instanceof ClusterError && error.kind === 'forbidden')) throw error
      const poller = new Poller(client, clock, scope, book)
      await poller.look(signal)
      polling = poller.run(signal)
      return poller.view(error)
    })
    return await observeView(client, clock, scope, options, { view, book, signal })
  } finally {
    over.abort()
    await Promise.all([feed.ended, polling])
  }
}

async function observeView(
  client: ApiClient,
  clock: Clock,
  scope: ElectionScope,
  options: ObserveOptions,
  { view, book, signal }: { readonly view: View; readonly book: TrailBook; readonly signal: AbortSignal },
): Promise<ObservedElections> {
  const startedAtMs = clock.monotonicMs()
  const wanted = (): readonly Election[] => view.elections().filter(options.isWanted)
  const probes: ServerProbe[] = []
  const probing = probeAgain(client, clock, scope, wanted()[0], probes, signal)
  for (;;) {
    const elections = wanted()
    const elapsedMs = clock.monotonicMs() - startedAtMs
    const seenEnough = elections.filter((each) => each.category === 'other' || isSeenEnough(book.trailOf(each), view.observationOf(each), view.statusOf(each))).length
    options.onProgress?.({ elections: elections.length, seenEnough, elapsedMs, atMostMs: options.observeMs })
    if (seenEnough === elections.length || elapsedMs >= options.observeMs) break
    await clock.sleep(Math.min(LOOK_EVERY_MS, options.observeMs - elapsedMs), signal)
  }
  await probing.enough
  return {
    elections: wanted().map((election) => ({
      election,
      observation: view.observationOf(election),
      status: view.statusOf(election),
      trail: book.trailOf(election),
    })),
    observedForMs: clock.monotonicMs() - startedAtMs,
    probes,
    gaps: view.gaps(),
  }
}

async function watchingView(feed: ElectionFeed, book: TrailBook): Promise<View> {
  const { store } = feed
  store.onEvent(({ type, election }) => (type === 'deleted' ? book.remove(election) : book.see(election)))
  store.onViewChange((view) => view.connected || book.markBreak())
  await feed.ready
  const stored = (election: Election) => store.get(electionKey(election))!
  return {
    elections: () => [...store].map(({ election }) => election),
    statusOf: (election) => store.statusOf(stored(election)),
    observationOf: (election) => stored(election).observation,
    gaps: () => [
      ...(feed.restriction ? [feed.restriction] : []),
      ...feed.polling.map((message) => ({ message })),
      ...(store.view.connected
        ? []
        : [{ message: `The connection was lost during the observation: ${store.view.reason ?? 'unknown reason'}`, remedy: store.view.remedy }]),
    ],
  }
}

/** Lists elections repeatedly, if watching is not allowed. */
class Poller {
  readonly #client: ApiClient
  readonly #clock: Clock
  readonly #scope: ElectionScope
  readonly #book: TrailBook
  #restriction: Restriction | null = null
  #lost: Error | null = null

  constructor(client: ApiClient, clock: Clock, scope: ElectionScope, book: TrailBook) {
    this.#client = client
    this.#clock = clock
    this.#scope = scope
    this.#book = book
  }

  async look(signal: AbortSignal): Promise<void> {
    const listing = await listElections(this.#client, this.#scope, { clock: this.#clock, signal })
    this.#restriction = listing.restriction
    this.#lost = null
    const keys = new Set(listing.elections.map(electionKey))
    for (const election of this.#book.elections) if (!keys.has(electionKey(election))) this.#book.remove(election)
    for (const election of listing.elections) this.#book.see(election)
  }

  /** Lists until the signal is aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#clock.sleep(POLL_EVERY_MS, signal)
        await this.look(signal)
      } catch (error) {
        this.#lost = error instanceof Error ? error : new Error(String(error))
        this.#book.markBreak()
      }
    }
  }

  view(refusal: ClusterError): View {
    const observationOf = (election: Election): Observation => this.#book.observationOf(election)!
    return {
      elections: () => this.#book.elections,
      observationOf,
      statusOf: (election) => {
        const now = { monotonicMs: this.#clock.monotonicMs(), wallMs: this.#clock.wallMs() }
        return statusOf(observationOf(election), now, { stale: this.#lost !== null })
      },
      gaps: () => [
        gapOf(phrase`Watching elections is not allowed, so doctor read them every second and may have missed changes`, refusal),
        ...(this.#restriction === null ? [] : [this.#restriction]),
        ...(this.#lost === null ? [] : [gapOf(phrase`The connection was lost during the observation`, this.#lost)]),
      ],
    }
  }
}

/** Measures the API server's response time and clock a few times. `enough` resolves after two measurements, or if they fail. */
function probeAgain(
  client: ApiClient,
  clock: Clock,
  scope: ElectionScope,
  first: Election | undefined,
  probes: ServerProbe[],
  signal: AbortSignal,
): { readonly enough: Promise<void> } {
  const namespace = scope.namespaces === 'all' ? (first?.namespace ?? null) : (scope.namespaces[0] ?? null)
  const collection = electionCollection(scope.locks?.[0] ?? 'lease', namespace, scope)
  const probe = async (): Promise<void> => {
    probes.push(await probeServer(client, clock, collection, signal))
  }
  // Opening a connection for the first one may take longer than a response.
  const enough = probe().then(probe, () => {})
  const more = enough.then(async () => {
    while (probes.length >= 2 && probes.length < MOST_PROBES) {
      await clock.sleep(LOOK_EVERY_MS, signal)
      await probe()
    }
  })
  more.catch(() => {})
  return { enough: enough.catch(() => {}) }
}
