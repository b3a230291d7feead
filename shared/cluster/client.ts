import type { RequestSubject } from './errors.ts'

/** One request to an API server. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** The path, already encoded; see `paths.ts`. */
  readonly path: string
  /** Query parameters; undefined ones are left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** Default `application/json`; a patch names its own. */
  readonly contentType?: string
  /** Default `application/json`. */
  readonly accept?: string
  /** What the request is about, for error messages. */
  readonly subject: RequestSubject
  /**
   * Milliseconds, from when there are credentials, until a lack of an answer is an error; default: the connection's
   * request timeout, 0 is none.
   */
  readonly timeoutMs?: number
  /**
   * What to do if the connection breaks before an answer to a GET. Default `retry`: see {@link ApiClient.request}.
   * `fail` is for a caller that tries again itself and reports the failure at once, and for one that measures.
   */
  readonly onCut?: 'retry' | 'fail'
  readonly signal?: AbortSignal
}

/** The body of a streamed answer, chunk by chunk. */
export interface ApiStream {
  readonly status: number
  /** When the server sent it, by its own clock and as it says so (RFC 9110 `Date`: whole seconds, rounded down). */
  readonly date?: string
  /** Ends when the server closes in the ordinary way; throws a ClusterError when the connection breaks. */
  readonly chunks: AsyncIterable<Buffer>
  /** Closes the connection. */
  close(): void
}

/**
 * A connection to one API server, with credentials that renew themselves. Every failure is a `ClusterError`, but for
 * an aborted signal, whose reason is thrown as it is.
 */
export interface ApiClient {
  /** The server's URL, for people. */
  readonly server: string
  /** The kubeconfig context in use; null if there is none (in-cluster, or `--server` alone). */
  readonly contextName: string | null
  /** The namespace that a command without `-n` means. */
  readonly namespace: string
  /** Namespaces that the kubeconfig names in contexts of the same cluster and user; the fallback where listing is forbidden. */
  readonly knownNamespaces: readonly string[]
  /**
   * Sends a request and returns the parsed JSON body. With either way to send, new credentials are got once after a
   * 401, a GET follows redirects within the same server, and a request other than a watch is sent again, up to 10 times:
   * if the server says when to come back (after 429 always, after 5xx only a GET), and 1 s after the connection broke
   * before an answer to a GET. These are the rules of client-go's `Request.request`.
   */
  request<T = unknown>(request: ApiRequest): Promise<T>
  /**
   * Sends a request whose answer is read as it comes (a watch, a log, a long list). Its timeout covers the headers alone.
   * The connection's request timeout covers the body too, if the body ends on its own.
   */
  stream(request: ApiRequest): Promise<ApiStream>
  /** Closes idle connections, and ends a credential plugin that is still running. */
  close(): void
}
