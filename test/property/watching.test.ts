import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { electionCollection } from '../../shared/cluster/elections/election-collection.ts'
import { ElectionStore } from '../../shared/cluster/list-watch/store.ts'
import { Watcher } from '../../shared/cluster/list-watch/watcher.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import './arbitrary.ts'
import { Gateway, Truth, type Trouble } from './gateway.ts'

/** What happens; each step takes a second or more. */
type Step =
  | { readonly do: 'wait'; readonly seconds: number }
  | { readonly do: 'lead'; readonly name: string; readonly holder: string }
  | { readonly do: 'die' | 'delete'; readonly name: string }
  | { readonly do: 'trouble' | 'mend'; readonly trouble: Trouble }
  | { readonly do: 'cut'; readonly how: 'broken' | 'ended' | 'silent' }
  | { readonly do: 'flush'; readonly most: number }
  | { readonly do: 'compact' | 'restore' | 'elsewhere' }

const NAMES = ['a', 'b', 'c'] as const
const TROUBLES: readonly Trouble[] = ['held', 'down', 'hung', 'web page', 'overloaded', 'bad gateway', 'errors in watches', 'old lists']
const name = fc.constantFrom(...NAMES)
const trouble = fc.constantFrom(...TROUBLES)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait'), seconds: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('lead'), name, holder: fc.constantFrom('x', 'y', 'z', '') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('die', 'delete'), name }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('trouble', 'mend'), trouble }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cut'), how: fc.constantFrom('broken', 'ended', 'silent') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('flush'), most: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('compact', 'restore', 'elsewhere') }) },
)

/** A watcher and a store behind the gateway, and leaders that renew every two seconds until they die. */
class World {
  readonly clock = new FakeClock()
  readonly truth = new Truth(this.clock)
  readonly store = new ElectionStore(this.clock)
  readonly gateway: Gateway
  readonly #dead = new Set<string>()
  readonly #abort = new AbortController()
  readonly #watching: Promise<void>
  /** The holder that was last told of each lease; null where it was told to be gone. */
  readonly told = new Map<string, string | null>()
  readonly turns = new Map<string, string>()
  /** How far in the truth's states each lease was told. */
  readonly #toldUpTo = new Map<string, number>()
  isBusyElsewhere = false
  /** What was told and was not so. */
  readonly faults: string[] = []

  constructor(delays: readonly number[]) {
    let requests = 0
    this.gateway = new Gateway(this.truth, this.clock, () => delays[requests++ % delays.length]!)
    for (const each of NAMES) this.truth.write(each, 'x')
    this.store.onEvent((event) => this.#judge(event))
    const source = this.store.addSource('lease', () => watcher.prove())
    const watcher = new Watcher(this.gateway, this.clock, electionCollection('lease', 'ns', {}), (message) => source.take(message), { random: () => 0.5 })
    this.store.complete()
    this.#watching = watcher.run(this.#abort.signal)
  }

  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      if (this.isBusyElsewhere) this.truth.version++
      for (const [lease, { holder }] of this.truth.leases) {
        const isTime = (Math.floor(this.clock.monotonicMs() / 1000) + lease.charCodeAt(0)) % 2 === 0
        if (holder && isTime && !this.#dead.has(lease)) this.truth.write(lease, holder)
      }
      await this.clock.advance(1_000)
    }
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case 'wait':
        this.truth.backUp()
        return this.pass(step.seconds)
      case 'lead':
        this.#dead.delete(step.name)
        this.truth.write(step.name, step.holder)
        break
      case 'die':
        this.#dead.add(step.name)
        break
      case 'delete':
        this.truth.delete(step.name)
        break
      case 'trouble':
        this.gateway.troubles.add(step.trouble)
        break
      case 'mend':
        this.gateway.troubles.delete(step.trouble)
        break
      case 'cut':
        this.gateway.cut(step.how)
        break
      case 'flush':
        this.gateway.flush(step.most)
        break
      case 'compact':
        this.truth.compactedUpTo = this.truth.version
        break
      case 'restore':
        // The API servers are stopped meanwhile, and find their etcd behind what they had told.
        this.gateway.cut('broken')
        this.gateway.troubles.add('down')
        await this.pass(5)
        this.truth.restore()
        this.gateway.troubles.delete('down')
        break
      case 'elsewhere':
        this.isBusyElsewhere = !this.isBusyElsewhere
        break
    }
    await this.pass(1)
  }

  async end(): Promise<void> {
    this.#abort.abort()
    await this.#watching
    this.store[Symbol.dispose]()
  }

  /** Whatever is told must have been so: holders in the order in which they were, and pauses as long as they are said to be. */
  #judge({ type, election }: { readonly type: string; readonly election: { readonly name: string; readonly record: { readonly holderIdentity: string; readonly renewTime: string | null } } }): void {
    const { name: lease, record } = election
    if (type === 'late' || type === 'expired') {
      const { fromMs, untilMs } = this.truth.stood.get(record.renewTime!)!
      const stoodForMs = Math.min(untilMs, this.clock.monotonicMs()) - fromMs
      if (stoodForMs < (type === 'late' ? 10_000 : 15_000)) this.faults.push(`${type} ${lease} after ${stoodForMs} ms`)
      this.turns.set(lease, type)
      return
    }
    this.turns.delete(lease)
    if (type === 'renewed' || type === 'recovered') return
    const holder = type === 'deleted' ? null : record.holderIdentity
    const states = this.truth.states.get(lease)!
    const at = states.findIndex((state, index) => index >= (this.#toldUpTo.get(lease) ?? 0) && state.holder === holder)
    if (at < 0) this.faults.push(`${type} ${lease} by ${holder}`)
    else this.#toldUpTo.set(lease, at)
    this.told.set(lease, holder)
  }
}

const delays = fc.array(fc.constantFrom(0, 1, 20, 150, 400), { minLength: 1, maxLength: 5 })

describe('what is shown of elections, whatever stands in between', () => {
  it('did happen, and in the end is what is', { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), delays, async (steps, delaysMs) => {
        const world = new World(delaysMs)
        for (const each of steps) await world.take(each)
        world.gateway.troubles.clear()
        world.gateway.flush()
        await world.pass(150)

        const { truth, store } = world
        expect(world.faults).toEqual([])
        expect(store.view).toMatchObject({ connected: true })
        const shown = [...store].map(({ election }) => [election.name, election.record.holderIdentity, election.record.leaseTransitions])
        expect(shown.sort()).toEqual([...truth.leases.values()].map(({ name: lease, holder, transitions }) => [lease, holder, transitions]).sort())
        for (const { name: lease, holder, renewTime } of truth.leases.values()) {
          expect([lease, world.told.get(lease)]).toEqual([lease, holder])
          const hasStoodForMs = world.clock.monotonicMs() - truth.stood.get(renewTime)!.fromMs
          if (holder !== '' && hasStoodForMs > 120_000) expect([lease, world.turns.get(lease)]).toEqual([lease, 'expired'])
        }
        await world.end()
      }),
    )
  })

  it('is said to be stale where bodies are held back', { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.integer({ min: 0, max: 40 }), delays, async (isBusyElsewhere, seconds, delaysMs) => {
        const world = new World(delaysMs)
        world.isBusyElsewhere = isBusyElsewhere
        await world.pass(seconds)
        world.gateway.troubles.add('held')
        await world.pass(60)
        expect(world.store.view.connected).toBe(false)
        expect([...world.turns, ...world.faults]).toEqual([])
        await world.end()
      }),
    )
  })
})
