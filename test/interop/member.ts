import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { clientGoCandidate, type RealCluster } from '../support/real-cluster.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { withoutPauses, type Acting } from './leadership.ts'

const OUR_CANDIDATE = fileURLToPath(new URL('our-candidate.ts', import.meta.url))

export type MemberKind = 'ours' | 'client-go'

export interface MemberOptions {
  readonly kind: MemberKind
  readonly identity: string
  readonly election: string
  readonly releases: boolean
  /** Both kinds of candidate take the same. */
  readonly timings: readonly string[]
  /** The port of the resource that our work acts on. */
  readonly resourcePort: number
}

/** A line that a candidate prints. */
interface Fact {
  readonly time: string
  readonly type: string
  readonly fencingToken?: string
}

interface Term {
  readonly startedAtMs: number
  readonly fencingToken: string | undefined
  stoppedAtMs: number
}

/** One candidate as a process of its own, behind a proxy of its own, and what is known of when it acted. */
export class Member implements AsyncDisposable {
  readonly options: MemberOptions
  readonly facts: Fact[] = []
  readonly terms: Term[] = []
  readonly #pauses: { fromMs: number; untilMs: number }[] = []
  readonly #proxy: TcpProxy
  readonly #kubeconfig: string
  #process: ChildProcess | null = null
  #exited: Promise<unknown> = Promise.resolve()
  #startedAtFact = 0
  errors = ''

  private constructor(options: MemberOptions, proxy: TcpProxy, kubeconfig: string) {
    this.options = options
    this.#proxy = proxy
    this.#kubeconfig = kubeconfig
  }

  static async create(cluster: RealCluster, options: MemberOptions): Promise<Member> {
    const port = new URL(cluster.url).port
    const proxy = await TcpProxy.open(Number(port))
    const kubeconfig = join(cluster.directory, `${options.election}-${options.identity}.kubeconfig`)
    writeFileSync(kubeconfig, readFileSync(cluster.kubeconfig, 'utf8').replaceAll(`127.0.0.1:${port}`, `127.0.0.1:${proxy.port}`))
    return new Member(options, proxy, kubeconfig)
  }

  get identity(): string {
    return this.options.identity
  }

  get isRunning(): boolean {
    return this.#process !== null
  }

  /** The term that goes on; null where it does not lead. */
  get term(): Term | null {
    const last = this.terms.at(-1)
    return last && last.stoppedAtMs === Infinity ? last : null
  }

  /** Whether it has told of anything since it was started: it has read the record. */
  get isStanding(): boolean {
    return this.isRunning && this.facts.length > this.#startedAtFact
  }

  /** When it acted. */
  get actings(): Acting[] {
    return this.terms.flatMap(({ startedAtMs, stoppedAtMs }) =>
      withoutPauses({ by: this.identity, fromMs: startedAtMs, untilMs: stoppedAtMs }, this.#pauses),
    )
  }

  start(): void {
    const { kind, identity, election, releases, timings, resourcePort } = this.options
    const flags = [`--kubeconfig=${this.#kubeconfig}`, `--name=${election}`, `--id=${identity}`, '--rejoin', ...timings]
    if (releases) flags.push('--release-on-cancel')
    const child =
      kind === 'ours'
        ? spawn(process.execPath, [OUR_CANDIDATE, ...flags, `--resource=${resourcePort}`], { stdio: ['ignore', 'pipe', 'pipe'] })
        : spawn(clientGoCandidate()!, flags, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#process = child
    this.#startedAtFact = this.facts.length
    this.#exited = once(child, 'close').then(() => {
      if (this.term) this.term.stoppedAtMs = Date.now()
      this.#process = null
    })
    createInterface(child.stdout).on('line', (line) => this.#take(JSON.parse(line) as Fact))
    child.stderr.on('data', (text) => (this.errors += String(text)))
  }

  /** Resolves when it is gone. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#process?.kill(signal)
    await this.#exited
  }

  /** SIGSTOP; resolves when it has stopped. */
  async pause(): Promise<void> {
    const pid = this.#process!.pid!
    this.#process!.kill('SIGSTOP')
    while (!/^.*\) T/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) await new Promise((resolve) => setImmediate(resolve))
    this.#pauses.push({ fromMs: Date.now(), untilMs: Infinity })
  }

  /** SIGCONT; returns when. */
  resume(): number {
    const pause = this.#pauses.at(-1)!
    pause.untilMs = Date.now()
    this.#process!.kill('SIGCONT')
    return pause.untilMs
  }

  cut(): void {
    this.#proxy.cut()
  }

  heal(): void {
    this.#proxy.heal()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL')
    await this.#proxy[Symbol.asyncDispose]()
  }

  #take(fact: Fact): void {
    this.facts.push(fact)
    const atMs = Date.parse(fact.time)
    if (fact.type === 'started-leading') {
      this.terms.push({ startedAtMs: atMs, fencingToken: fact.fencingToken, stoppedAtMs: Infinity })
    }
    if (fact.type === 'stopped-leading') this.term!.stoppedAtMs = atMs
  }
}
