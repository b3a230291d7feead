/** Who sent a request, as the API server authenticated it. The user agent is left out, because a client chooses it. */
export interface Writer {
  readonly user: string
  /** The user that the request impersonated; null if it did not impersonate anyone. */
  readonly impersonated: string | null
  /** From a Pod-bound token (`authentication.kubernetes.io/pod-name` and so on); null for any other credential. */
  readonly podName: string | null
  readonly podUid: string | null
  readonly credentialId: string | null
}

/** Identifies the process behind a writer as far as the log does: a token that was renewed is the same process. */
export function writerKey({ user, impersonated, podUid }: Writer): string {
  return [user, impersonated ?? '', podUid ?? ''].join('\n')
}

/** Whether both are the same account, whatever their Pods. */
export function isSameAccount(a: Writer, b: Writer): boolean {
  return a.user === b.user && a.impersonated === b.impersonated
}

/** Keeps what a log repeats on every line only once: its writers, and names. */
export class WriterBook {
  readonly #writers = new Map<string, Writer>()
  readonly #names = new Map<string, string>()

  /** The same text, as one string for all equal ones. */
  once<T extends string | null>(text: T): T {
    if (text === null) return text
    const known = this.#names.get(text)
    if (known !== undefined) return known as T
    this.#names.set(text, text)
    return text
  }

  read(event: Readonly<Record<string, unknown>>): Writer {
    const user = fields(event['user'])
    const extra = fields(user['extra'])
    const writer: Writer = {
      user: text(user['username']) ?? '',
      impersonated: text(fields(event['impersonatedUser'])['username']),
      podName: first(extra['authentication.kubernetes.io/pod-name']),
      podUid: first(extra['authentication.kubernetes.io/pod-uid']),
      credentialId: first(extra['authentication.kubernetes.io/credential-id']),
    }
    const key = Object.values(writer).join('\n')
    const known = this.#writers.get(key)
    if (known) return known
    this.#writers.set(key, writer)
    return writer
  }
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function first(value: unknown): string | null {
  return Array.isArray(value) ? text(value[0]) : null
}
