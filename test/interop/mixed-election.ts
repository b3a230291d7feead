import { LeaseLock } from '../../shared/locks/lease-lock.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { pause } from '../bench/election-candidate.ts'
import type { RealCluster } from '../support/real-cluster.ts'
import type { Random } from '../simulation/random.ts'
import { FencedResource } from './fenced-resource.ts'
import { overlapsOf, type Exclusion, type Overlap } from './leadership.ts'
import { Member, type MemberKind } from './member.ts'

export const FAULTS = ['stop', 'kill', 'pause', 'partition'] as const
export type Fault = (typeof FAULTS)[number]

const LEASE_DURATION_MS = 6_000
const RENEW_DEADLINE_MS = 4_000
const RETRY_PERIOD_MS = 1_000
const TIMINGS = ['--lease-duration=6s', '--renew-deadline=4s', '--retry-period=1s']

/** client-go begins a round of tries after a retry period, and gives it up after the renew deadline. */
const CLIENT_GO_GOES_ON_MS = RETRY_PERIOD_MS + RENEW_DEADLINE_MS
/** Its candidate's request timeout, within which a release is given up: half of the renew deadline. */
const CLIENT_GO_RELEASE_MS = RENEW_DEADLINE_MS / 2
/** What a busy machine takes to run what is due. */
const NOISE_MS = 3_000
const PATIENCE_MS = 120_000

/** What a paused leader of ours did once it went on. */
export interface Resumed {
  /** Until its last act; 0 where there was none. */
  readonly actedForMs: number
  readonly accepted: number
  readonly refused: number
}

/** One election with two candidates of each kind, one of client-go's releasing it when cancelled and one not. */
export class MixedElection implements AsyncDisposable {
  readonly resumed: Resumed[] = []
  readonly takeovers: { readonly fault: Fault; readonly from: string; readonly to: string; readonly afterMs: number }[] = []
  readonly #exclusions: Exclusion[] = []
  readonly #members: readonly Member[]
  readonly #resource: FencedResource
  readonly #random: Random
  readonly #lock: LeaseLock
  readonly #ended = new AbortController()

  private constructor(members: readonly Member[], resource: FencedResource, lock: LeaseLock, random: Random) {
    this.#members = members
    this.#resource = resource
    this.#lock = lock
    this.#random = random
    void this.#showTokens()
  }

  static async create(cluster: RealCluster, client: ApiClient, election: string, random: Random): Promise<MixedElection> {
    const resource = await FencedResource.open()
    const create = (kind: MemberKind, identity: string, releases: boolean): Promise<Member> =>
      Member.create(cluster, { kind, identity, election, releases, timings: TIMINGS, resourcePort: resource.port })
    const members = await Promise.all([
      create('ours', 'ours-1', true),
      create('ours', 'ours-2', true),
      create('client-go', 'client-go-1', true),
      create('client-go', 'client-go-2', false),
    ])
    const lock = new LeaseLock(client, { namespace: 'default', name: election })
    const mixed = new MixedElection(members, resource, lock, random)
    for (const member of members) member.start()
    await mixed.settle()
    return mixed
  }

  get overlaps(): Overlap[] {
    return overlapsOf(this.#members.flatMap(({ actings }) => actings), this.#exclusions)
  }

  /** How many terms there were of each kind. */
  terms(kind: MemberKind): number {
    return this.#members.filter((member) => member.options.kind === kind).reduce((sum, { terms }) => sum + terms.length, 0)
  }

  /** Resolves when all stand and one of them leads. */
  async settle(): Promise<void> {
    await this.#until('all stand and one leads', () => this.#members.every(({ isStanding }) => isStanding) && this.#leader !== null)
  }

  /** Has one of these lead, by stopping the others in good order until it does. */
  async lead(kind: MemberKind): Promise<void> {
    if (this.#leader?.options.kind === kind) return
    const others = this.#members.filter((member) => member.options.kind !== kind)
    await Promise.all(others.map((member) => member.end('SIGTERM')))
    await this.#until(`${kind} leads`, () => this.#leader?.options.kind === kind)
    for (const member of others) member.start()
    await this.settle()
  }

  /** Does this to the leader, waits for the next one, and sets right what was done. */
  async suffer(fault: Fault): Promise<void> {
    const leader = this.#leader!
    const term = leader.term!
    const terms = this.#members.map((member) => member.terms.length)
    const atMs = Date.now()
    const nextLeads = (): Promise<void> =>
      this.#until(`another leads after ${fault} of ${leader.identity}`, () =>
        this.#members.some((member, index) => member !== leader && member.term && member.terms.length > terms[index]!),
      )
    switch (fault) {
      case 'stop':
      case 'kill':
        await leader.end(fault === 'stop' ? 'SIGTERM' : 'SIGKILL')
        await nextLeads()
        leader.start()
        break
      case 'pause':
        await leader.pause()
        await nextLeads()
        await this.#linger()
        await this.#resume(leader, term)
        break
      case 'partition':
        leader.cut()
        this.#exclude(leader, 'client-go: partitioned, with ReleaseOnCancel', atMs)
        await nextLeads()
        await this.#linger()
        leader.heal()
        await this.#until(`${leader.identity} has stopped`, () => term.stoppedAtMs !== Infinity)
    }
    const next = this.#members.find((member, index) => member !== leader && member.terms.length > terms[index]!)!
    const afterMs = next.terms.at(-1)!.startedAtMs - atMs
    this.takeovers.push({ fault, from: leader.identity, to: next.identity, afterMs })
    await this.settle()
  }

  /** The API server goes away; to be called before it does. */
  apiServerEnds(): void {
    const atMs = Date.now()
    for (const member of this.#members) this.#exclude(member, 'client-go: no API server, with ReleaseOnCancel', atMs)
  }

  /** Resolves when the record has been renewed since, by whoever then leads. */
  async renewedSince(sinceMs: number): Promise<void> {
    const untilMs = Date.now() + PATIENCE_MS
    for (;;) {
      const found = await this.#lock.read(AbortSignal.timeout(5_000)).catch(() => null)
      if (found?.record.holderIdentity && Date.parse(found.record.renewTime!) > sinceMs) break
      if (Date.now() > untilMs) throw new Error('nobody has renewed')
      await pause(100)
    }
    await this.settle()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort()
    await Promise.all(this.#members.map((member) => member[Symbol.asyncDispose]()))
    await this.#resource[Symbol.asyncDispose]()
  }

  /** Who began last of those that lead: a paused one does not know that it no longer does. */
  get #leader(): Member | null {
    const leading = this.#members.filter(({ term }) => term !== null)
    return leading.sort((a, b) => b.term!.startedAtMs - a.term!.startedAtMs)[0] ?? null
  }

  async #resume(leader: Member, term: { readonly fencingToken: string | undefined; readonly stoppedAtMs: number }): Promise<void> {
    const { kind } = leader.options
    // What it then does must meet the token of its successor.
    if (kind === 'ours') await this.#until('the next token is shown', () => this.#resource.token > BigInt(term.fencingToken!))
    const resumedAtMs = leader.resume()
    await this.#until(`${leader.identity} has stopped`, () => term.stoppedAtMs !== Infinity)
    const why = kind === 'ours' ? 'ours: one turn of the event loop after SIGCONT' : 'client-go: paused'
    // How often ours acts in that turn is in `resumed`; how long the turn takes is up to the machine.
    const untilMs = kind === 'ours' ? term.stoppedAtMs : resumedAtMs + CLIENT_GO_GOES_ON_MS + CLIENT_GO_RELEASE_MS + NOISE_MS
    this.#exclusions.push({ of: leader.identity, why, fromMs: resumedAtMs, untilMs })
    if (kind === 'client-go') return
    const isLate = (act: { fencingToken: string; atMs: number }): boolean =>
      act.fencingToken === term.fencingToken && act.atMs >= resumedAtMs
    const accepted = this.#resource.accepted.filter(isLate)
    const refused = this.#resource.refused.filter(isLate)
    const lastMs = Math.max(term.stoppedAtMs, ...[...accepted, ...refused].map(({ atMs }) => atMs))
    this.resumed.push({ actedForMs: lastMs - resumedAtMs, accepted: accepted.length, refused: refused.length })
  }

  #exclude(member: Member, why: string, atMs: number): void {
    if (member.options.kind === 'ours' || !member.options.releases) return
    const untilMs = atMs + RETRY_PERIOD_MS + CLIENT_GO_GOES_ON_MS + CLIENT_GO_RELEASE_MS + NOISE_MS
    this.#exclusions.push({ of: member.identity, why, fromMs: atMs + LEASE_DURATION_MS - RETRY_PERIOD_MS, untilMs })
  }

  /** client-go's leaders have no token to show: any version of the record while they hold it does as well. */
  async #showTokens(): Promise<void> {
    const { signal } = this.#ended
    while (!signal.aborted) {
      const watch = this.#lock.watch((event) => {
        if (event.type === 'written' && event.locked.record.holderIdentity.startsWith('client-go')) {
          this.#resource.show(event.locked.version)
        }
      }, signal)
      await watch.catch(() => undefined)
      await pause(100)
    }
  }

  #linger(): Promise<void> {
    return pause(this.#random.between(0, 1_500))
  }

  async #until(what: string, isSo: () => boolean | null): Promise<void> {
    const untilMs = Date.now() + PATIENCE_MS
    while (!isSo()) {
      if (Date.now() > untilMs) throw new Error(`not within ${PATIENCE_MS} ms: ${what}\n${this.#members.map(describe).join('\n')}`)
      await pause(10)
    }
  }
}

function describe(member: Member): string {
  return `${member.identity}: ${member.facts.slice(-4).map((fact) => JSON.stringify(fact)).join(' ')}\n${member.errors.slice(-600)}`
}
