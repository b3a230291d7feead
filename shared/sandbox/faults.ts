import type { Clock } from '../time/clock.ts'
import { failure } from './status.ts'
import type { WatchStream } from './watch.ts'

/** Which requests a fault is for; what is left out is any. */
export interface FaultMatch {
  /** HTTP methods. */
  readonly method?: string | readonly string[]
  /** Tested against the path with its query. */
  readonly path?: RegExp
  /** The name of the user whose token it carries. */
  readonly user?: string
  /** Watches alone, or everything but watches. */
  readonly watch?: boolean
  /** How many requests it strikes; without end when left out. */
  readonly times?: number
}

/** What of a request a fault can match. */
export interface RequestFacts {
  readonly method: string
  readonly path: string
  readonly user: string
  readonly watch: boolean
}

/** What befalls a request. */
export type Effect =
  | { readonly kind: 'latency'; readonly delayMs: number }
  | { readonly kind: 'error'; readonly code: number; readonly headers: Record<string, string>; readonly body: string }
  /** The connection breaks before the request is looked at, or once it was carried out: the reply is lost. */
  | { readonly kind: 'drop'; readonly applied: boolean }
  /** Nothing happens until `thawed` settles. */
  | { readonly kind: 'freeze'; readonly thawed: Promise<unknown> }
  /** A watch is told at once that its resourceVersion is too old. */
  | { readonly kind: 'expire'; readonly asHttpStatus: boolean }
  /** A watch that begins with what there is and wants bookmarks is told at once that this can't be done. */
  | { readonly kind: 'noProgress' }
  /** The body ends in its middle. */
  | { readonly kind: 'truncate' }
  /** What is written is changed by a JSON merge patch before it is stored. */
  | { readonly kind: 'change'; readonly patch: object }

interface Fault {
  readonly match: FaultMatch
  readonly effect: Effect
  left: number
}

/** Removes a fault. Further calls have no effect. */
export type Disposer = () => void

/** What an answer with an error says. */
export interface ErrorFault extends FaultMatch {
  readonly code: number
  /** The Status reason; by default the one that belongs to the code. */
  readonly reason?: string
  readonly message?: string
  /** Sent as Retry-After. */
  readonly retryAfterSeconds?: number
  /** The body instead of a Status: what a proxy in between might say. */
  readonly body?: string
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
}

/** Faults on demand. Each is in force until it is disposed of, or has struck as often as it should. */
export class Faults {
  readonly #faults = new Set<Fault>()
  readonly #streams: ReadonlySet<WatchStream>
  readonly #clock: Clock

  constructor(streams: ReadonlySet<WatchStream>, clock: Clock) {
    this.#streams = streams
    this.#clock = clock
  }

  /** Makes requests wait for `delayMs` milliseconds before they are looked at. */
  latency(delayMs: number, match: FaultMatch = {}): Disposer {
    return this.#add(match, { kind: 'latency', delayMs })
  }

  /** Answers with an error instead. */
  error(fault: ErrorFault): Disposer {
    const { code, retryAfterSeconds } = fault
    const reason = fault.reason ?? REASONS[code] ?? ''
    const details = retryAfterSeconds === undefined ? undefined : { retryAfterSeconds }
    const body = fault.body ?? JSON.stringify(failure(code, reason, fault.message ?? `sandbox fault: ${code}`, details))
    const headers: Record<string, string> = {
      'Content-Type': fault.body === undefined ? 'application/json' : 'text/plain',
      ...(retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) }),
    }
    return this.#add(fault, { kind: 'error', code, headers, body })
  }

  /** Breaks the connection; nothing is carried out. */
  drop(match: FaultMatch = {}): Disposer {
    return this.#add(match, { kind: 'drop', applied: false })
  }

  /** Carries the request out and breaks the connection instead of answering. */
  loseReply(match: FaultMatch = {}): Disposer {
    return this.#add(match, { kind: 'drop', applied: true })
  }

  /**
   * Accepts and never answers, and open watches go silent, as with a stopped process. Once disposed of, what was held
   * back goes on.
   */
  freeze(match: FaultMatch = {}): Disposer {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const remove = this.#add(match, { kind: 'freeze', thawed: promise })
    const thaws = this.openWatches(match).map((stream) => stream.freeze())
    return () => {
      remove()
      resolve(undefined)
      for (const thaw of thaws) thaw()
    }
  }

  /** Cuts users off: connections break, or hang when asked; open watches as well. */
  partition(match: FaultMatch & { readonly mode?: 'break' | 'hang' } = {}): Disposer {
    if (match.mode === 'hang') return this.freeze(match)
    this.breakWatches(match)
    return this.drop(match)
  }

  /** Tells watches as they open that their resourceVersion is too old: in the stream, or as HTTP status 410. */
  expireWatches(match: FaultMatch & { readonly asHttpStatus?: boolean } = {}): Disposer {
    const effect: Effect = { kind: 'expire', asHttpStatus: match.asHttpStatus ?? false }
    return this.#add({ ...match, watch: true }, effect)
  }

  /**
   * Fails watches that begin with what there is (version 0 or none) and want bookmarks, as a kube-apiserver since 1.31
   * does on an etcd without progress notifications.
   */
  withoutProgress(match: FaultMatch = {}): Disposer {
    return this.#add({ ...match, watch: true }, { kind: 'noProgress' })
  }

  /** Cuts answers off in the middle of their JSON. */
  truncate(match: FaultMatch = {}): Disposer {
    return this.#add({ watch: false, ...match }, { kind: 'truncate' })
  }

  /**
   * Changes objects as they are created, updated or patched, before they are checked and stored, by a JSON merge patch
   * (RFC 7386): as a mutating admission policy or webhook does. The answer to the write has the changed object.
   */
  change(fault: FaultMatch & { readonly patch: object }): Disposer {
    return this.#add({ method: ['POST', 'PUT', 'PATCH'], ...fault }, { kind: 'change', patch: fault.patch })
  }

  /** The watches that are open now, and the logs that are followed. */
  openWatches(match: FaultMatch = {}): WatchStream[] {
    return [...this.#streams].filter((stream) => {
      const { path, query } = stream.info
      const asked = query.size > 0 ? `${path}?${query.toString()}` : path
      return matches(match, { method: 'GET', path: asked, user: stream.user, watch: stream.info.verb === 'watch' })
    })
  }

  /** Ends open watches in the ordinary way; returns how many. */
  endWatches(match: FaultMatch = {}): number {
    return this.#each(match, (stream) => stream.end())
  }

  /** Breaks the connections of open watches; returns how many. */
  breakWatches(match: FaultMatch = {}): number {
    return this.#each(match, (stream) => stream.destroy())
  }

  /** Tells open watches that their resourceVersion is too old, and ends them; returns how many. */
  expireOpenWatches(match: FaultMatch = {}): number {
    return this.#each(match, (stream) => stream.fail(failure(410, 'Expired', 'too old resource version: 1 (2)')))
  }

  /** Writes `text` into open watches as it is; returns how many. By default a line that is not JSON. */
  garbage(match: FaultMatch & { readonly text?: string } = {}): number {
    const text = match.text ?? '{"type":"MODIFIED","object":{"metadata":\n'
    return this.#each(match, (stream) => stream.send(Buffer.from(text)))
  }

  /** Disposes of all faults. What is frozen stays so until its own disposer is called. */
  clear(): void {
    this.#faults.clear()
  }

  /** What befalls a request, in the order in which the faults were added. Counts as struck. */
  take(facts: RequestFacts): Effect[] {
    const effects: Effect[] = []
    for (const fault of this.#faults) {
      if (!matches(fault.match, facts)) continue
      effects.push(fault.effect)
      if (--fault.left <= 0) this.#faults.delete(fault)
    }
    return effects
  }

  /** Waits as a latency says; rejects when the client goes away first. */
  wait(delayMs: number, signal: AbortSignal): Promise<void> {
    return this.#clock.sleep(delayMs, signal)
  }

  #add(match: FaultMatch, effect: Effect): Disposer {
    const fault: Fault = { match, effect, left: match.times ?? Number.POSITIVE_INFINITY }
    this.#faults.add(fault)
    return () => this.#faults.delete(fault)
  }

  #each(match: FaultMatch, act: (stream: WatchStream) => void): number {
    const streams = this.openWatches(match)
    streams.forEach(act)
    return streams.length
  }
}

function matches(match: FaultMatch, facts: RequestFacts): boolean {
  const methods = match.method === undefined ? null : [match.method].flat()
  return (
    (methods === null || methods.includes(facts.method)) &&
    (match.path === undefined || match.path.test(facts.path)) &&
    (match.user === undefined || match.user === facts.user) &&
    (match.watch === undefined || match.watch === facts.watch)
  )
}
