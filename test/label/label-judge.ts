import type { ApiClient } from '../../shared/cluster/client.ts'

/** A Pod, as far as these tests look at it. */
export interface Pod {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly resourceVersion: string
    readonly labels?: Record<string, string>
    readonly annotations?: Record<string, string>
  }
}

/** Of the namespace that most tests use. */
export const PODS = '/api/v1/namespaces/default/pods'
const ALL_PODS = '/api/v1/pods'

/**
 * Sees every change of every Pod, from one revision on, in the order of etcd, by one watch. A gap in the watch, or its end, is a
 * violation, too.
 */
export class LabelJudge {
  readonly violations: string[] = []
  events = 0
  readonly #client: ApiClient
  readonly #key: string
  /** By namespace: the Pods that bear the label. */
  readonly #labeled = new Map<string, Set<string>>()
  readonly #waiting = new Set<() => void>()
  readonly #over = new AbortController()
  #seen: Promise<void> = Promise.resolve()

  constructor(client: ApiClient, key: string) {
    this.#client = client
    this.#key = key
  }

  async start(): Promise<void> {
    const list = await this.#client.request<{ metadata: { resourceVersion: string }; items: Pod[] }>({ method: 'GET', path: ALL_PODS, subject: { verb: 'list' } })
    for (const pod of list.items) this.#see('ADDED', pod)
    const query = { watch: 1, resourceVersion: list.metadata.resourceVersion, timeoutSeconds: 14_400 }
    const stream = await this.#client.stream({ method: 'GET', path: ALL_PODS, query, subject: { verb: 'watch' }, signal: this.#over.signal })
    this.#seen = this.#read(stream.chunks)
  }

  labeled(namespace = 'default'): string[] {
    return [...(this.#labeled.get(namespace) ?? [])].sort()
  }

  /**
   * Resolves when exactly these Pods of a namespace bear the label, to the time on the monotonic clock.
   * @throws Error after a time that no run should take
   */
  async until(what: string, namespace: string, names: readonly string[], timeoutMs = 180_000): Promise<number> {
    const untilMs = performance.now() + timeoutMs
    while (this.labeled(namespace).join() !== names.join()) {
      if (performance.now() > untilMs) throw new Error(`${what}: not within ${timeoutMs} ms; labeled: ${this.labeled(namespace).join()}`)
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake)
          clearTimeout(timer)
          resolve()
        }
        const timer = setTimeout(wake, 1_000)
        this.#waiting.add(wake)
      })
    }
    return performance.now()
  }

  async end(): Promise<void> {
    this.#over.abort()
    await this.#seen
  }

  async #read(chunks: AsyncIterable<Buffer>): Promise<void> {
    let rest = ''
    try {
      for await (const chunk of chunks) {
        const lines = (rest + chunk.toString()).split('\n')
        rest = lines.pop()!
        for (const line of lines) {
          const { type, object } = JSON.parse(line) as { type: string; object: Pod }
          if (type === 'ERROR') this.violations.push('the watch has a gap')
          else this.#see(type, object)
        }
      }
      this.violations.push('the watch has ended')
    } catch (error) {
      if (!this.#over.signal.aborted) throw error
    }
  }

  #see(type: string, { metadata: { name, namespace, labels, resourceVersion } }: Pod): void {
    this.events++
    const labeled = this.#labeled.get(namespace) ?? new Set()
    this.#labeled.set(namespace, labeled)
    if (type !== 'DELETED' && labels?.[this.#key] !== undefined) labeled.add(name)
    else labeled.delete(name)
    if (labeled.size > 1) this.violations.push(`${namespace}: ${[...labeled].join(' and ')} at revision ${resourceVersion}`)
    for (const wake of this.#waiting) wake()
  }
}
