import { answerError } from '../answer-error.ts'
import type { ApiClient, ApiStream } from '../client.ts'
import { metadataOnly, type Collection } from './collection.ts'
import { ClusterError, type RequestSubject } from '../errors.ts'
import { LineSplitter } from './line-splitter.ts'
import { phrase } from '../../phrase.ts'

/** One event of a watch, but for errors. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  /** May be parsed only now. @throws ClusterError of kind `protocol` where it is not JSON, as {@link readWatch} rejects */
  readonly object: unknown
  readonly namespace: string
  readonly name: string
  readonly resourceVersion: string
}

export interface WatchSink {
  /** Called once for each piece that arrives, after its events. */
  onBytes(): void
  onEvent(event: WatchEvent): void
}

export interface WatchStart {
  /** Events after this version are sent. */
  readonly resourceVersion: string
  /** After how long the server is to end the watch. */
  readonly timeoutSeconds: number
  /** Milliseconds until a lack of an answer, its headers, is an error. */
  readonly openTimeoutMs: number
  readonly signal: AbortSignal
}

/** Opens a watch of a collection, with bookmarks. Rejects with a ClusterError. */
export function openWatch(client: ApiClient, collection: Collection<unknown>, start: WatchStart): Promise<ApiStream> {
  const { path, labelSelector, fieldSelector, subject, isMetadataEnough } = collection
  const { resourceVersion, timeoutSeconds, openTimeoutMs, signal } = start
  return client.stream({
    method: 'GET',
    path,
    query: { watch: true, allowWatchBookmarks: true, resourceVersion, timeoutSeconds, labelSelector, fieldSelector },
    subject: { verb: 'watch', ...subject },
    ...(isMetadataEnough && { accept: metadataOnly('watch') }),
    timeoutMs: openTimeoutMs,
    signal,
  })
}

/** Where a watch comes from, for messages. */
export interface WatchOrigin {
  readonly server: string
  readonly subject: RequestSubject
}

/**
 * Reads a watch to its end. Resolves when the server closes it in the ordinary way, or `signal` is aborted, after
 * which nothing more is told. Rejects with a ClusterError when the connection breaks, when the server reports an error
 * in the watch, and, of kind `protocol`, at a line that is not a watch event. What `sink` throws, it rejects with.
 */
export async function readWatch(
  stream: ApiStream,
  origin: WatchOrigin,
  sink: WatchSink,
  signal: AbortSignal,
): Promise<void> {
  const lines = new LineSplitter((line) => sink.onEvent(parseEvent(line, origin)))
  for await (const chunk of stream.chunks) {
    if (signal.aborted) return
    lines.push(chunk)
    sink.onBytes()
  }
}

const EVENT_TYPES: readonly unknown[] = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'] satisfies WatchEvent['type'][]

interface RawEvent {
  readonly type?: unknown
  readonly object?: {
    readonly metadata?: { readonly namespace?: unknown; readonly name?: unknown; readonly resourceVersion?: unknown }
  } | null
}

/**
 * How an API server begins an event: it writes these fields in this order (apimachinery's `ObjectMeta`). Nothing that
 * a user chose comes before them but names, so that nothing can pass for them.
 */
const HEAD =
  /^\{"type":"(ADDED|MODIFIED|DELETED)","object":\{"kind":"\w+","apiVersion":"[\w./]+","metadata":\{"name":"([^"\\]+)",(?:"generateName":"[^"\\]*",)?"namespace":"([^"\\]+)",(?:"selfLink":"[^"\\]*",)?"uid":"[^"\\]+","resourceVersion":"([^"\\]+)"/

/** An event of which only the head is read. Who leads in a thousand elections is told 500 times a second of what it knows. */
class HeadedEvent implements WatchEvent {
  readonly type: WatchEvent['type']
  readonly namespace: string
  readonly name: string
  readonly resourceVersion: string
  readonly #line: string
  readonly #origin: WatchOrigin

  constructor([, type, name, namespace, resourceVersion]: RegExpExecArray, line: string, origin: WatchOrigin) {
    this.type = type as WatchEvent['type']
    this.namespace = namespace!
    this.name = name!
    this.resourceVersion = resourceVersion!
    this.#line = line
    this.#origin = origin
  }

  get object(): unknown {
    return parseLine(this.#line, this.#origin)?.object
  }
}

function parseEvent(line: string, origin: WatchOrigin): WatchEvent {
  const head = HEAD.exec(line)
  if (head) return new HeadedEvent(head, line, origin)
  const raw = parseLine(line, origin)
  if (raw?.type === 'ERROR') throw errorOf(raw.object, origin)
  const metadata = raw?.object?.metadata
  if (!EVENT_TYPES.includes(raw?.type) || typeof metadata?.resourceVersion !== 'string') throw unreadable(origin, line)
  return {
    type: raw!.type as WatchEvent['type'],
    object: raw!.object,
    namespace: typeof metadata.namespace === 'string' ? metadata.namespace : '',
    name: typeof metadata.name === 'string' ? metadata.name : '',
    resourceVersion: metadata.resourceVersion,
  }
}

function parseLine(line: string, origin: WatchOrigin): RawEvent | null {
  try {
    return JSON.parse(line) as RawEvent | null
  } catch (cause) {
    throw unreadable(origin, cause)
  }
}

function unreadable({ server, subject }: WatchOrigin, cause: unknown): ClusterError {
  const message = phrase`${server} sent a line in a watch that is not a watch event.`
  return new ClusterError(message, { kind: 'protocol', subject, cause })
}

/** The error for a Status object in a watch: the same as if it had been the response. */
function errorOf(object: unknown, origin: WatchOrigin): ClusterError {
  const code = (object as { code?: unknown } | null | undefined)?.code
  const status = typeof code === 'number' ? code : 500
  return answerError({ ...origin, status, headers: {}, body: JSON.stringify(object ?? null), wallMs: 0 })
}
