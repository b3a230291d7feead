import type { ApiStream } from './client.ts'
import { ClusterError, type ClusterErrorKind, type RequestSubject } from './errors.ts'
import { LineSplitter } from './line-splitter.ts'

/** One event of a watch, but for errors. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
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

/**
 * Reads a watch to its end. Resolves when the server closes it in the ordinary way, or `signal` is aborted, after
 * which nothing more is told. Rejects with a ClusterError when the connection breaks, when the server reports an error
 * in the watch, and, of kind `protocol`, at a line that is no watch event.
 */
export async function readWatch(
  stream: ApiStream,
  subject: RequestSubject,
  sink: WatchSink,
  signal: AbortSignal,
): Promise<void> {
  const lines = new LineSplitter((line) => sink.onEvent(parseEvent(line, subject)))
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

function parseEvent(line: string, subject: RequestSubject): WatchEvent {
  let raw: RawEvent | null
  try {
    raw = JSON.parse(line) as RawEvent | null
  } catch (cause) {
    throw unreadable(subject, cause)
  }
  if (raw?.type === 'ERROR') throw errorOf(raw.object, subject)
  const metadata = raw?.object?.metadata
  if (!EVENT_TYPES.includes(raw?.type) || typeof metadata?.resourceVersion !== 'string') throw unreadable(subject, line)
  return {
    type: raw!.type as WatchEvent['type'],
    object: raw!.object,
    namespace: typeof metadata.namespace === 'string' ? metadata.namespace : '',
    name: typeof metadata.name === 'string' ? metadata.name : '',
    resourceVersion: metadata.resourceVersion,
  }
}

function unreadable(subject: RequestSubject, cause: unknown): ClusterError {
  return new ClusterError('A watch sent a line that is no watch event.', { kind: 'protocol', subject, cause })
}

/** The error that the Status object in a watch stands for. */
function errorOf(object: unknown, subject: RequestSubject): ClusterError {
  const status = (object ?? {}) as {
    code?: unknown
    message?: unknown
    reason?: unknown
    details?: { retryAfterSeconds?: unknown } | null
  }
  const code = typeof status.code === 'number' ? status.code : 500
  const retryAfterSeconds = status.details?.retryAfterSeconds
  const message = typeof status.message === 'string' ? status.message : 'no message'
  return new ClusterError(`The watch ended with an error from the server: ${message}`, {
    kind: kindOf(code, status.reason),
    subject,
    status: code,
    ...(typeof status.reason === 'string' && { reason: status.reason }),
    ...(typeof retryAfterSeconds === 'number' && { retryAfterMs: retryAfterSeconds * 1000 }),
  })
}

function kindOf(code: number, reason: unknown): ClusterErrorKind {
  if (code === 410 || reason === 'Expired' || reason === 'Gone') return 'expired'
  if (code === 401) return 'unauthorized'
  if (code === 403) return 'forbidden'
  if (code === 404) return 'notFound'
  if (code === 429) return 'tooManyRequests'
  return code >= 500 ? 'server' : 'invalid'
}
