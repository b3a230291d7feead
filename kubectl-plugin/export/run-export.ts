import type { ApiClient } from '../../shared/cluster/client.ts'
import { watchElections, type ElectionFeed } from '../../shared/cluster/elections/election-watch.ts'
import type { ElectionScope } from '../../shared/cluster/elections/scope.ts'
import { ClusterError } from '../../shared/cluster/errors.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { aborted } from '../../shared/time/aborted.ts'
import { textPage, type Page } from '../../shared/http-handler.ts'
import type { ExitCode } from '../exit-code.ts'
import { serveHttp, type HttpServer, type ListenAddress } from '../http-server.ts'
import { interruptedCode } from '../interruption.ts'
import { reasonText } from '../output/advice.ts'
import { printText } from '../output/wrap.ts'
import type { Session } from '../session.ts'
import { noticesOf } from '../watch/watch-request.ts'
import { ElectionBook } from './election-book.ts'
import { Exposition } from './exposition.ts'
import { PodBook } from './pod-book.ts'

export interface ExportRequest {
  readonly http: ListenAddress
  readonly scope: ElectionScope
}

/** Between two attempts to reach an API server that has not answered yet. */
const RETRY_MS = 5_000

/**
 * Serves metrics of elections until the session is interrupted. An API server that cannot be reached is not an error: the
 * exporter says that it is blind, and tries again.
 *
 * @throws CommandError if it cannot listen on the address
 * @throws ClusterError if the first request is refused
 */
export async function runExport(session: Session, client: ApiClient, request: ExportRequest): Promise<ExitCode> {
  const exporter = new Exporter(session, client, request.scope)
  const server = await exporter.serve(request.http)
  const { host = '0.0.0.0' } = request.http
  session.stdout.write(`Serving metrics on http://${host.includes(':') ? `[${host}]` : host}:${server.port}/metrics\n`)
  try {
    await exporter.run()
  } finally {
    await server.close()
  }
  return interruptedCode(session.signal)
}

class Exporter {
  readonly #session: Session
  readonly #client: ApiClient
  readonly #scope: ElectionScope
  readonly #book: ElectionBook
  readonly #startedAtMs: number
  #exposition: Exposition | null = null
  #pods: PodBook | null = null
  #feed: ElectionFeed | null = null
  #isReady = false
  /** Why the elections could not be read, as it was printed last. */
  #problem: string | null = null

  constructor(session: Session, client: ApiClient, scope: ElectionScope) {
    this.#session = session
    this.#client = client
    this.#scope = scope
    this.#book = new ElectionBook(session.clock)
    this.#startedAtMs = session.clock.monotonicMs()
  }

  async serve(address: ListenAddress): Promise<HttpServer> {
    this.#exposition = await Exposition.create()
    return serveHttp(address, (path) => this.#page(path))
  }

  async run(): Promise<void> {
    const { signal, clock } = this.#session
    try {
      for (;;) {
        await this.#watch(signal)
        await clock.sleep(RETRY_MS, signal)
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  /** Watches until the signal is aborted. Returns earlier if the API server cannot be reached at the start. */
  async #watch(signal: AbortSignal): Promise<void> {
    const { clock } = this.#session
    const feed = watchElections(this.#client, clock, this.#scope, signal)
    this.#feed = feed
    this.#book.follow(feed.store)
    try {
      await feed.ready
    } catch (error) {
      if (!(error instanceof ClusterError) || error.kind === 'forbidden' || error.kind === 'unauthorized') throw error
      if (error.message !== this.#problem) this.#tell(`Cannot read elections, retrying: ${error.message}`)
      this.#problem = error.message
      return
    }
    this.#isReady = true
    if (this.#problem !== null) this.#tell('Connected: the metrics are current.')
    for (const notice of noticesOf(feed)) this.#tell(notice)
    feed.store.onViewChange((view) => {
      this.#tell(view.connected ? 'Connected: the metrics are current again.' : `Connection lost, no elections are exported: ${reasonText(view) ?? 'unknown'}`)
    })
    this.#pods = new PodBook(this.#client, clock, feed.store, (problem) => this.#tell(`Cannot read Pods, so some leaders' Pods are unknown: ${problem}`))
    await Promise.all([this.#pods.run(signal), aborted(signal)])
    await feed.ended
  }

  #page(path: string): Page | null | Promise<Page> {
    switch (path) {
      case '/':
        return textPage(200, 'kubectl leader export: see /metrics, /healthz and /readyz')
      case '/metrics':
        return this.#metrics()
      case '/healthz':
        return textPage(200, 'ok')
      case '/readyz':
        return this.#isReady ? textPage(200, 'ok') : textPage(503, 'the elections have not been read yet')
      default:
        return null
    }
  }

  async #metrics(): Promise<Page> {
    const exposition = this.#exposition!
    const body = await exposition.text({
      readings: this.#book.readings(),
      podsOf: (key) => this.#pods?.get(key) ?? { holderPod: '', holderNode: '', candidates: null, readyForMs: null },
      blindMs: this.#blindMs(),
    })
    return { status: 200, type: exposition.contentType, body }
  }

  #blindMs(): number {
    const view = this.#feed?.store.view
    if (view?.connected) return 0
    return this.#session.clock.monotonicMs() - (view?.staleSinceMs ?? this.#startedAtMs)
  }

  #tell(text: string): void {
    printText(this.#session.stderr, harmless(text))
  }
}
