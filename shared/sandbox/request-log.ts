/** A request that came in. */
export interface LoggedRequest {
  readonly method: string
  /** The path with its query. */
  readonly path: string
  /** Who sent it, after impersonation; empty where the server could not tell. */
  readonly user: string
  readonly verb: string
  /** The HTTP status, once it was answered; stays null where the connection broke, and for an open watch. */
  readonly code: number | null
}

/** How many requests are remembered at least. */
const KEPT = 10_000

/** What was asked, oldest first, for tests that assert what was sent. */
export class RequestLog implements Iterable<LoggedRequest> {
  #entries: { -readonly [K in keyof LoggedRequest]: LoggedRequest[K] }[] = []
  #total = 0

  /** How many there were since the start. */
  get total(): number {
    return this.#total
  }

  [Symbol.iterator](): Iterator<LoggedRequest> {
    return this.#entries[Symbol.iterator]()
  }

  /** Those that `predicate` picks, or all. */
  list(predicate: (request: LoggedRequest) => boolean = () => true): LoggedRequest[] {
    return this.#entries.filter(predicate)
  }

  clear(): void {
    this.#entries = []
  }

  add(request: LoggedRequest): LoggedRequest {
    const entry = { ...request }
    this.#total++
    this.#entries.push(entry)
    if (this.#entries.length > 2 * KEPT) this.#entries = this.#entries.slice(-KEPT)
    return entry
  }

  answered(request: LoggedRequest, code: number): void {
    ;(request as { code: number | null }).code = code
  }
}
