import type { Clock } from '../../time/clock.ts'
import type { ApiClient, ApiRequest, ApiStream } from '../client.ts'
import { metadataOnly, type Collection } from './collection.ts'
import { ClusterError } from '../errors.ts'
import { JsonListDecoder, type ListEnvelope } from './json-list.ts'
import { compareVersions } from './resource-version.ts'
import { field } from '../unchecked.ts'
import { phrase } from '../../phrase.ts'

/**
 * How recent a list has to be:
 *
 * - `cache`: whatever the API server has at hand (`resourceVersion=0`), in one request, without a word to etcd. It is
 *   what informers start from; it can be behind by as long as that server's own watch is, commonly milliseconds.
 * - `notOlderThan`: from the cache too, but the server waits until it has come to that version.
 * - `latest`: what etcd has now, in pages of {@link PAGE_SIZE}, as kubectl reads.
 */
export type Freshness = 'cache' | { readonly notOlderThan: string } | 'latest'

export interface ListOptions {
  readonly freshness: Freshness
  /** How many objects a page has; default {@link PAGE_SIZE}. */
  readonly pageSize?: number
  /** Milliseconds until a lack of an answer is an error; default: the connection's request timeout. */
  readonly timeoutMs?: number
  /** What to do if the connection breaks before an answer; see {@link ApiRequest}. */
  readonly onCut?: ApiRequest['onCut']
  readonly signal?: AbortSignal
  /** Called with the version of each object that was read, also of those that the collection does not want. */
  readonly onVersion?: (resourceVersion: string) => void
}

export interface Listed<T> {
  readonly objects: readonly T[]
  readonly resourceVersion: string
}

export const PAGE_SIZE = 500
/** Reading page by page starts over if the continue token expires in between, but only so often. */
const MOST_RESTARTS = 3
/** A body of which nothing more comes for so long is given up. */
const STALLED_AFTER_MS = 30_000
/** The reason for ending that wait. Not an Error: creating its stack is slow at startup. */
const RECEIVED = 'the body is there, or has failed'

/**
 * Lists a collection in the cheapest way that is fresh enough. Where the API server can't answer from its cache (504:
 * it did not come to the version asked for, or it was too slow), or something in front of it answers with an older
 * list, the latest state is read page by page instead. Rejects with a ClusterError.
 */
export async function listCollection<T>(
  client: ApiClient,
  clock: Clock,
  collection: Collection<T>,
  options: ListOptions,
): Promise<Listed<T>> {
  const lister = new Lister(client, clock, collection, options)
  if (options.freshness === 'latest') return lister.pages()
  try {
    const listed = await lister.cached(options.freshness)
    if (!isOlder(listed.resourceVersion, options.freshness)) return listed
  } catch (error) {
    if (!(error instanceof ClusterError && error.status === 504)) throw error
  }
  return lister.pages()
}

function isOlder(version: string, freshness: Exclude<Freshness, 'latest'>): boolean {
  return freshness !== 'cache' && (compareVersions(version, freshness.notOlderThan) ?? 0) < 0
}

/** Whether it is a page that others follow. */
function hasMore(envelope: ListEnvelope): envelope is { readonly metadata: { readonly continue: string } } {
  const token = envelope.metadata?.continue
  return typeof token === 'string' && token !== ''
}

class Lister<T> {
  readonly #client: ApiClient
  readonly #clock: Clock
  readonly #collection: Collection<T>
  readonly #options: ListOptions

  constructor(client: ApiClient, clock: Clock, collection: Collection<T>, options: ListOptions) {
    this.#client = client
    this.#clock = clock
    this.#collection = collection
    this.#options = options
  }

  get #pageSize(): number {
    return this.#options.pageSize ?? PAGE_SIZE
  }

  /** A limit would be ignored with version 0 and would lead past the cache otherwise, so there is none. */
  async cached(freshness: Exclude<Freshness, 'latest'>): Promise<Listed<T>> {
    const version =
      freshness === 'cache'
        ? { resourceVersion: '0' }
        : { resourceVersion: freshness.notOlderThan, resourceVersionMatch: 'NotOlderThan' }
    return this.#allFrom(version)
  }

  async pages(): Promise<Listed<T>> {
    for (let restarts = 0; ; restarts++) {
      try {
        return await this.#allFrom({ limit: this.#pageSize })
      } catch (error) {
        const isExpired = error instanceof ClusterError && error.kind === 'expired'
        if (!isExpired || restarts === MOST_RESTARTS) throw error
      }
    }
  }

  /** Reads what a query begins, and the pages that follow: something in front of the API server may send them unasked. */
  async #allFrom(query: Record<string, string | number>): Promise<Listed<T>> {
    const objects: T[] = []
    let envelope = await this.#read(query, objects)
    while (hasMore(envelope)) {
      envelope = await this.#read({ limit: this.#pageSize, continue: envelope.metadata.continue }, objects)
    }
    return { objects, resourceVersion: this.#versionOf(envelope) }
  }

  async #read(query: Record<string, string | number>, into: T[]): Promise<ListEnvelope> {
    const { path, labelSelector, fieldSelector, isMetadataEnough } = this.#collection
    const { timeoutMs, onCut, signal } = this.#options
    const stream = await this.#client.stream({
      method: 'GET',
      path,
      query: { labelSelector, fieldSelector, ...query },
      subject: { verb: 'list', ...this.#collection.subject },
      ...(isMetadataEnough && { accept: metadataOnly('list') }),
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(onCut && { onCut }),
      ...(signal && { signal }),
    })
    const { onVersion } = this.#options
    const decoder = new JsonListDecoder((item) => {
      const version = onVersion && field(field(item, 'metadata'), 'resourceVersion')
      if (typeof version === 'string') onVersion!(version)
      const object = this.#collection.decode(item)
      if (object !== null) into.push(object)
    })
    try {
      await this.#receive(stream, decoder)
      const envelope = decoder.end()
      if (!Array.isArray(envelope.items) && envelope.items !== null) throw new SyntaxError('There are no items')
      return envelope
    } catch (error) {
      if (error instanceof SyntaxError) throw this.#notAList(error)
      throw error
    } finally {
      stream.close()
    }
  }

  /** Reads the body, and gives up when it stalls: the request's own timeout covers the headers alone. */
  async #receive(stream: ApiStream, decoder: JsonListDecoder): Promise<void> {
    const done = new AbortController()
    let lastByteAtMs = this.#clock.monotonicMs()
    const reading = (async () => {
      for await (const chunk of stream.chunks) {
        lastByteAtMs = this.#clock.monotonicMs()
        decoder.push(chunk)
      }
    })()
    const watching = (async () => {
      for (;;) {
        const leftMs = lastByteAtMs + STALLED_AFTER_MS - this.#clock.monotonicMs()
        if (leftMs <= 0) throw this.#stalled()
        await this.#clock.sleep(leftMs, done.signal)
      }
    })()
    try {
      await Promise.race([reading, watching])
    } finally {
      done.abort(RECEIVED)
      reading.catch(() => {})
      watching.catch(() => {})
    }
  }

  #versionOf(envelope: ListEnvelope): string {
    const version = envelope.metadata?.resourceVersion
    if (typeof version !== 'string' || version === '') throw this.#notAList('The list has no resourceVersion.')
    return version
  }

  #notAList(cause: unknown): ClusterError {
    return new ClusterError(phrase`${this.#client.server} returned an invalid list response. It may not be a Kubernetes API server.`, {
      kind: 'protocol',
      subject: { verb: 'list', ...this.#collection.subject },
      cause,
    })
  }

  #stalled(): ClusterError {
    const seconds = STALLED_AFTER_MS / 1000
    return new ClusterError(phrase`${this.#client.server} stalled for ${seconds}s while sending a list.`, {
      kind: 'timeout',
      subject: { verb: 'list', ...this.#collection.subject },
    })
  }
}
