import type { Clock } from '../../time/clock.ts'
import type { ClientCertificate } from './tls.ts'

/** What authenticates the client to the server. */
export interface Credential {
  /** The Authorization header. */
  readonly authorization?: string
  readonly certificate?: ClientCertificate
}

/** Where credentials come from. They may change while a connection lives. */
export interface CredentialSource {
  /** The credential to use now. @throws ClusterError of kind `config`, `unauthorized` or `unreachable` */
  current(signal: AbortSignal): Promise<Credential>
  /** Tells that the server answered 401, and whether there is now another credential to try. */
  renew(refused: Credential, signal: AbortSignal): Promise<boolean>
  /** Ends what is under way to get a credential. */
  close(): void
}

/** Credentials that stay as they are. */
export function fixedCredential(credential: Credential): CredentialSource {
  return { current: () => Promise.resolve(credential), renew: () => Promise.resolve(false), close: () => {} }
}

/** Credentials that are read from files, which others renew. `read(true)` looks at the files again at once. */
export function fileCredential(read: (again: boolean) => Credential): CredentialSource {
  return {
    current: async () => read(false),
    renew: async (refused) => !isSame(read(true), refused),
    close: () => {},
  }
}

/** A credential and when it ends, in milliseconds since the epoch; undefined is never. */
export interface IssuedCredential {
  readonly credential: Credential
  readonly expiresAtMs: number | undefined
}

/** Pause after a failure before the next try, doubled after each further failure. */
const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 30_000

/**
 * Credentials that are costly to get, from a program or another server. They are used until they end or are refused.
 * A way there is shared by all requests that wait for it, and goes on when they give up: a person who logs in in a
 * browser takes longer than a request. After a failure, requests fail with the same error for a while.
 */
export class IssuedCredentials implements CredentialSource {
  readonly #clock: Clock
  readonly #issue: (signal: AbortSignal) => Promise<IssuedCredential>
  #issued: IssuedCredential | undefined
  #running: { readonly result: Promise<IssuedCredential>; readonly abort: AbortController } | undefined
  #failure: { readonly error: unknown; readonly atMs: number; readonly retryMs: number } | undefined

  constructor(clock: Clock, issue: (signal: AbortSignal) => Promise<IssuedCredential>) {
    this.#clock = clock
    this.#issue = issue
  }

  async current(signal: AbortSignal): Promise<Credential> {
    const issued = this.#issued
    if (issued && !(issued.expiresAtMs !== undefined && issued.expiresAtMs <= this.#clock.wallMs())) {
      return issued.credential
    }
    signal.throwIfAborted()
    const failure = this.#failure
    if (failure && this.#clock.monotonicMs() < failure.atMs + failure.retryMs) throw failure.error
    this.#running ??= this.#start()
    return (await orAborted(this.#running.result, signal)).credential
  }

  async renew(refused: Credential, signal: AbortSignal): Promise<boolean> {
    if (this.#issued?.credential === refused) this.#issued = undefined
    return !isSame(await this.current(signal), refused)
  }

  close(): void {
    this.#running?.abort.abort(new Error('The connection was closed.'))
    this.#running = undefined
  }

  #start(): { result: Promise<IssuedCredential>; abort: AbortController } {
    const abort = new AbortController()
    const result = this.#issue(abort.signal)
    result.then(
      (issued) => {
        if (abort.signal.aborted) return
        this.#running = this.#failure = undefined
        this.#issued = issued
      },
      (error: unknown) => {
        if (abort.signal.aborted) return
        this.#running = undefined
        const retryMs = this.#failure ? Math.min(this.#failure.retryMs * 2, LONGEST_RETRY_MS) : FIRST_RETRY_MS
        this.#failure = { error, atMs: this.#clock.monotonicMs(), retryMs }
      },
    )
    return { result, abort }
  }
}

/** Waits for a result, and no longer than until the signal is aborted. */
async function orAborted<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort: (() => void) | undefined
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error)
    signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([result, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort!)
  }
}

function isSame(one: Credential, other: Credential): boolean {
  const isSameCertificate =
    one.certificate === other.certificate ||
    (one.certificate !== undefined &&
      other.certificate !== undefined &&
      one.certificate.cert.equals(other.certificate.cert))
  return one.authorization === other.authorization && isSameCertificate
}
