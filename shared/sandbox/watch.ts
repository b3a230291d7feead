import type { ServerResponse } from 'node:http'
import type { Clock } from '../time/clock.ts'
import { prefixOf, selectNow, type CollectionQuery } from './list.ts'
import type { RequestInfo } from './request-info.ts'
import { resourceId, type Resource } from './resources.ts'
import { eventLine, type EventWriter, type Representation } from './representation.ts'
import type { Selector } from './selectors.ts'
import { failure, type Status } from './status.ts'
import { Version, type Change, type Storage } from './storage.ts'

/** What a watcher that does not read may leave unread before it is let go. */
const LARGEST_BACKLOG_BYTES = 64 * 1024 * 1024

/** How long before its end a watch gets its last bookmark (apiserver's cacher). */
const LAST_BOOKMARK_MS = 2_000

/** A watch that is open, or a log that is read: an answer that is written line by line. */
export class WatchStream {
  readonly info: RequestInfo
  readonly user: string
  readonly #response: ServerResponse
  readonly #ended = new AbortController()
  #freezes = 0
  #held: Buffer[] = []
  #endsWhenThawed = false

  constructor(info: RequestInfo, user: string, response: ServerResponse, contentType = 'application/json') {
    this.info = info
    this.user = user
    this.#response = response
    response.writeHead(200, { 'Content-Type': contentType, 'Cache-Control': 'no-cache, private' })
    response.flushHeaders()
    response.on('close', () => this.#ended.abort())
  }

  /** Aborted once the watch has ended, by either side. */
  get signal(): AbortSignal {
    return this.#ended.signal
  }

  send(line: Buffer): void {
    if (this.signal.aborted) return
    if (this.#freezes > 0) {
      this.#held.push(line)
      return
    }
    this.#response.write(line)
    if (this.#response.writableLength > LARGEST_BACKLOG_BYTES) this.destroy()
  }

  /** Says why the watch can't go on, and ends it. */
  fail(status: Status): void {
    this.send(eventLine('ERROR', JSON.stringify(status)))
    this.end()
  }

  /** Ends it in the ordinary way. */
  end(): void {
    if (this.#freezes > 0) {
      this.#endsWhenThawed = true
      return
    }
    this.#ended.abort()
    this.#response.end()
  }

  /** Breaks the connection. */
  destroy(): void {
    this.#ended.abort()
    this.#response.destroy()
  }

  /** Goes silent until the returned function is called, which sends what was held back. */
  freeze(): () => void {
    this.#freezes++
    let thawed = false
    return () => {
      if (thawed) return
      thawed = true
      if (--this.#freezes > 0) return
      for (const line of this.#held.splice(0)) this.send(line)
      if (this.#endsWhenThawed) this.end()
    }
  }
}

export interface WatchContext {
  readonly storage: Storage
  readonly clock: Clock
  readonly writer: EventWriter
  readonly resource: Resource
  readonly namespace: string
  readonly query: CollectionQuery
  readonly representation: Representation
  readonly wantsBookmarks: boolean
  /** Milliseconds until the server ends the watch. */
  readonly timeoutMs: number
  readonly bookmarkIntervalMs: number
}

/** Writes the events of a watch to `stream` until it ends. */
export function serveWatch(stream: WatchStream, context: WatchContext): void {
  const { storage, resource, namespace, query, representation, writer } = context
  const collection = storage.collection(resourceId(resource))
  const prefix = prefixOf(resource, namespace)
  const { resourceVersion, select } = query
  const tell = (change: Change): void => {
    if (change.revision <= (resourceVersion ?? 0) || !change.version.key.startsWith(prefix)) return
    const seen = select ? seenThrough(select, change) : change
    if (seen) stream.send(writer.line(change, seen.type, seen.version, representation))
  }
  if (resourceVersion === null || resourceVersion === 0) {
    for (const version of selectNow(collection, prefix, select)) {
      stream.send(eventLine('ADDED', representation.event(version)))
    }
  } else {
    const missed = collection.changesSince(resourceVersion)
    if (!missed) {
      // Not an HTTP status: apiserver's cacher answers 200 and says it in the stream.
      const message = `too old resource version: ${resourceVersion} (${collection.compactedRevision})`
      stream.fail(failure(410, 'Expired', message))
      return
    }
    missed.forEach(tell)
  }
  const unsubscribe = collection.subscribe(tell)
  stream.signal.addEventListener('abort', unsubscribe, { once: true })
  void keepTime(stream, context)
}

/** What a change means to someone who sees only a selection; null where nothing. */
function seenThrough(select: Selector, change: Change): { type: Change['type']; version: Version } | null {
  const was = change.previous !== null && select(change.previous.object)
  const is = change.type !== 'DELETED' && select(change.version.object)
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', version: change.version }
  if (!was) return null
  if (change.type === 'DELETED') return { type: 'DELETED', version: change.version }
  // It left the selection: deleted for this watcher, as it was, at the revision at which it left.
  const { key, object } = change.previous
  const metadata = { ...object.metadata, resourceVersion: String(change.revision) }
  return { type: 'DELETED', version: new Version(key, { ...object, metadata }, change.revision) }
}

/** Sends bookmarks, and ends the watch at its time. */
async function keepTime(stream: WatchStream, context: WatchContext): Promise<void> {
  const { clock, wantsBookmarks, bookmarkIntervalMs, timeoutMs } = context
  const startMs = clock.monotonicMs()
  const lastBookmarkMs = timeoutMs - LAST_BOOKMARK_MS
  const bookmarkTimesMs = function* (): Generator<number> {
    if (!wantsBookmarks) return
    for (let atMs = bookmarkIntervalMs; atMs < lastBookmarkMs; atMs += bookmarkIntervalMs) yield atMs
    if (lastBookmarkMs > 0) yield lastBookmarkMs
  }
  try {
    for (const atMs of bookmarkTimesMs()) {
      await clock.sleep(startMs + atMs - clock.monotonicMs(), stream.signal)
      stream.send(bookmark(context))
    }
    await clock.sleep(startMs + timeoutMs - clock.monotonicMs(), stream.signal)
    stream.end()
  } catch {
    // The watch ended first.
  }
}

function bookmark(context: WatchContext): Buffer {
  const { storage, representation } = context
  const metadata = { resourceVersion: String(storage.revision), creationTimestamp: null }
  return eventLine('BOOKMARK', representation.bookmark(metadata))
}
