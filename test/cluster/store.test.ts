import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ClusterError } from '../../shared/cluster/errors.ts'
import { type ElectionSource, ElectionStore, type ViewState } from '../../shared/cluster/list-watch/store.ts'
import { electionFromLease, type Election } from '../../shared/lease/election.ts'
import { electionKey } from '../../shared/lease/election-ref.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { verbatim } from '../../shared/phrase.ts'

const START_MS = 1_000

let clock: FakeClock
let store: ElectionStore
let source: ElectionSource
/** What happened, as `2.5 s acquired a by y after x`. */
let events: string[]
let views: ViewState[]
let proofsAsked: number
let writes: number

beforeEach(() => {
  clock = new FakeClock({ monotonicMs: START_MS })
  store = new ElectionStore(clock)
  events = []
  views = []
  proofsAsked = 0
  writes = 0
  listen()
  store.onViewChange((view) => views.push(view))
  source = store.addSource('lease', () => proofsAsked++)
})

function listen(): void {
  store.onEvent(({ type, election, previousHolderIdentity, unseenTransitions }) => {
    const by = election.record.holderIdentity && ` by ${election.record.holderIdentity}`
    const after = previousHolderIdentity ? ` after ${previousHolderIdentity}` : ''
    const unseen = unseenTransitions === undefined ? '' : ` and ${unseenTransitions} unseen`
    events.push(`${(clock.monotonicMs() - START_MS) / 1000} s ${type} ${election.name}${by}${after}${unseen}`)
  })
}

/** An election as its holder has just written it, with a duration of 15 s. */
function election(name: string, holderIdentity = 'x', leaseTransitions = 0, uid = `uid-${name}`): Election {
  const renewTime = `2026-01-01T00:00:00.${String(++writes).padStart(6, '0')}Z`
  return electionFromLease({
    metadata: { namespace: 'ns', name, uid, resourceVersion: String(writes) },
    spec: { holderIdentity, leaseDurationSeconds: 15, leaseTransitions, renewTime },
  })
}

const keyOf = (name: string): string => electionKey({ lock: 'lease', namespace: 'ns', name })
const snapshot = (...objects: Election[]): void => source.take({ type: 'snapshot', objects, resourceVersion: '1' })
const applied = (object: Election): void => source.take({ type: 'applied', object })
const current = (): void => source.take({ type: 'current', atMs: clock.monotonicMs() })
const disconnected = (message = 'gone'): void => {
  const error = new ClusterError(verbatim(message), { kind: 'unreachable' })
  source.take({ type: 'disconnected', error, sinceMs: clock.monotonicMs() })
}
const connected = (): void => {
  source.take({ type: 'connected' })
  store.complete()
}
const news = (): string[] => events.splice(0)
const state = (name: string): string => store.statusOf(store.get(keyOf(name))!).state

/** Lets time pass, in which the server proves ten times a second that the view is current. */
async function pass(durationMs: number): Promise<void> {
  for (let leftMs = durationMs; leftMs > 0; leftMs -= 100) {
    await clock.advance(100)
    current()
  }
}

describe('readings', () => {
  it('are told where the record says something new, events or not', () => {
    const holders: string[] = []
    store.onReading((stored) => holders.push(stored.election.record.holderIdentity))
    const first = election('a')
    snapshot(first)
    connected()
    applied({ ...first, resourceVersion: 'another', labels: { some: 'label' } })
    applied(election('a', 'kubectl-leader-failover_1'))
    applied(election('a', ''))
    expect(holders).toEqual(['x', 'kubectl-leader-failover_1', ''])
  })
})

describe('what happens', () => {
  it('is told of the first list, of changes, and of deletions', () => {
    snapshot(election('a'), election('b', ''))
    connected()
    applied(election('a'))
    applied(election('b', 'y', 1))
    applied(election('b', '', 1))
    source.take({ type: 'deleted', namespace: 'ns', name: 'a' })
    source.take({ type: 'deleted', namespace: 'ns', name: 'unknown' })
    expect(news().map((told) => told.slice(4))).toEqual([
      'added a by x',
      'added b',
      'renewed a by x',
      'acquired b by y',
      'released b after y',
      'deleted a by x',
    ])
    expect([...store].map(({ election: { name } }) => name)).toEqual(['b'])
  })

  it('while away is told as the difference between the lists', () => {
    snapshot(election('gone'), election('same'), election('moved'), election('anew'))
    news()
    const same = store.get(keyOf('same'))!.election
    snapshot(same, election('moved', 'y', 3), election('anew', 'z', 0, 'another uid'), election('new'))
    expect(news().map((told) => told.slice(4))).toEqual([
      'acquired moved by y after x and 2 unseen',
      'deleted anew by x',
      'added anew by z',
      'added new by x',
      'deleted gone by x',
    ])
  })

  it('is told with the status and the time of this process', () => {
    let told: unknown
    store.onEvent((event) => (told = event))
    snapshot(election('a'))
    applied(election('a'))
    expect(told).toMatchObject({ wallMs: clock.wallMs(), status: { state: 'held', basis: 'observed' } })
  })

  it('is not told where only the object around the record has changed', () => {
    const before = election('a')
    snapshot(before)
    news()
    applied({ ...before, resourceVersion: '99', labels: { new: 'label' } })
    expect(news()).toEqual([])
    expect(store.get(keyOf('a'))!.election.labels).toEqual({ new: 'label' })
  })

  it('is not told to a listener that was removed', () => {
    let count = 0
    const stop = store.onEvent(() => count++)
    snapshot(election('a'))
    stop()
    applied(election('a'))
    expect(count).toBe(1)
  })
})

describe('a store that replaces another one', () => {
  /** Listens to a new store, whose source `source` then is. */
  function replace(): void {
    const before = store
    store = new ElectionStore(clock, before)
    listen()
    source = store.addSource('lease', () => proofsAsked++)
  }

  it('tells what has happened since, and nothing of another election of the same name', () => {
    snapshot(election('gone'), election('same'), election('moved'), election('anew'))
    connected()
    const same = store.get(keyOf('same'))!.election
    replace()
    news()
    snapshot(same, election('moved', 'y', 3), election('anew', 'z', 0, 'another uid'), election('new'))
    connected()
    expect(news().map((told) => told.slice(4))).toEqual(['acquired moved by y after x and 2 unseen', 'added anew by z', 'added new by x'])
    expect([...store].map(({ election: { name } }) => name)).toEqual(['same', 'moved', 'anew', 'new'])
  })

  it('goes on observing a lease that has not changed', async () => {
    snapshot(election('a'))
    connected()
    await pass(8_000)
    const { election: same } = store.get(keyOf('a'))!
    replace()
    snapshot(same)
    connected()
    news()
    await pass(8_000)
    expect(news()).toEqual(['15.05 s expired a by x'])
  })

  it('has all readings to tell', () => {
    snapshot(election('a'))
    connected()
    const { election: same } = store.get(keyOf('a'))!
    replace()
    const readings: string[] = []
    store.onReading(({ key }) => readings.push(key))
    snapshot(same)
    expect(readings).toEqual([keyOf('a')])
  })

  it('knows nothing of the other one once it is complete', () => {
    snapshot(election('a'))
    connected()
    replace()
    connected()
    news()
    applied(election('a', 'y', 1))
    expect(news().map((told) => told.slice(4))).toEqual(['added a by y'])
  })
})

describe('late and expired', () => {
  beforeEach(() => {
    snapshot(election('a'))
    connected()
    applied(election('a'))
    news()
  })

  it('are told once each, when two thirds of the duration and the whole have passed', async () => {
    await pass(60_000)
    expect(news()).toEqual(['10.05 s late a by x', '15.05 s expired a by x'])
  })

  it('are over when the holder renews', async () => {
    await pass(12_000)
    applied(election('a'))
    await pass(9_000)
    expect(news()).toEqual(['10.05 s late a by x', '12 s renewed a by x', '12 s recovered a by x'])
  })

  it('are not told while renewals come', async () => {
    for (let renewal = 0; renewal < 30; renewal++) {
      await pass(2_000)
      applied(election('a'))
    }
    expect(new Set(news().map((told) => told.split(' ')[2]))).toEqual(new Set(['renewed']))
  })

  it('are not told where the server is silent, and a proof is asked for, once a second', async () => {
    await clock.advance(13_000)
    expect(news()).toEqual([])
    expect(proofsAsked).toBe(3)
    expect(state('a')).toBe('held')
  })

  it('are told as soon as the proof is there', async () => {
    await clock.advance(10_100)
    current()
    await clock.advance(250)
    expect(news()).toEqual(['10.3 s late a by x'])
  })

  it('are told only as far as the proof goes', async () => {
    await clock.advance(12_000)
    current()
    await clock.advance(4_000)
    expect(news()).toEqual(['12 s late a by x'])
    expect(state('a')).toBe('late')
  })

  it('are not told of a view that is stale', async () => {
    await pass(5_000)
    disconnected()
    await clock.advance(60_000)
    expect(news()).toEqual([])
    expect(state('a')).toBe('unknown')
  })

  it('are told a second after a reconnect, of what has not changed meanwhile', async () => {
    await pass(5_000)
    disconnected()
    await clock.advance(60_000)
    snapshot(store.get(keyOf('a'))!.election)
    connected()
    expect(state('a')).toBe('unknown')
    await pass(900)
    expect(news()).toEqual([])
    await pass(600)
    expect(news()).toEqual(['66 s expired a by x'])
    expect(state('a')).toBe('expired')
  })

  it('are not shown within a second of a reconnect, even if they were told before the break', async () => {
    await pass(16_000)
    expect(state('a')).toBe('expired')
    disconnected()
    connected()
    await pass(900)
    expect(state('a')).toBe('unknown')
    await pass(200)
    expect(state('a')).toBe('expired')
  })

  it('are not told after a reconnect of what was missed and arrives within a second', async () => {
    await pass(5_000)
    disconnected()
    await clock.advance(60_000)
    connected()
    await pass(900)
    applied(election('a'))
    await pass(5_000)
    expect(news()).toEqual(['65.9 s renewed a by x'])
  })

  it('are told of an election that was never seen to change only after its whole duration', async () => {
    applied(election('old'))
    await pass(12_000)
    expect(news()).not.toContainEqual(expect.stringContaining('late old'))
    await pass(4_000)
    expect(news()).toContainEqual('15.05 s expired old by x')
  })

  it('are told of a shorter duration that comes in between in time', async () => {
    await pass(1_000)
    const short = election('a')
    applied({ ...short, record: { ...short.record, leaseDurationSeconds: 3 } })
    await pass(3_200)
    expect(news().slice(1)).toEqual(['3.05 s late a by x', '4.05 s expired a by x'])
  })

  it('wake no listener more than four times a second', async () => {
    const sleep = vi.spyOn(clock, 'sleep')
    for (let n = 0; n < 1_000; n++) applied(election(`e${n}`, `holder ${n}`))
    for (let n = 0; n < 1_000; n++) {
      applied(election(`e${n}`, `holder ${n}`))
      await clock.advance(10)
    }
    await pass(20_000)
    expect(sleep.mock.calls.length).toBeLessThan(30 * 4 + 20)
    expect(news().filter((told) => told.includes('expired e'))).toHaveLength(1_000)
  })

  it('are not told once the store is disposed of', async () => {
    store[Symbol.dispose]()
    await pass(60_000)
    expect(news()).toEqual([])
    expect(clock.sleeping).toBe(0)
  })
})

describe('the view', () => {
  it('is connected when all sources are', () => {
    const other = store.addSource('configmap', () => {})
    source.take({ type: 'connected' })
    expect(store.view.connected).toBe(false)
    other.take({ type: 'connected' })
    expect(store.view.connected).toBe(false)
    store.complete()
    expect(views).toEqual([{ connected: true, staleSinceMs: null, reason: null }])
  })

  it('is stale since the first source was lost, with its reason, until all are back', async () => {
    const other = store.addSource('configmap', () => {})
    source.take({ type: 'connected' })
    other.take({ type: 'connected' })
    store.complete()
    views = []
    await clock.advance(1_000)
    disconnected('first')
    await clock.advance(1_000)
    const error = new ClusterError(verbatim('second'), { kind: 'server' })
    other.take({ type: 'disconnected', error, sinceMs: clock.monotonicMs() })
    source.take({ type: 'connected' })
    other.take({ type: 'connected' })
    expect(views).toMatchObject([
      { connected: false, staleSinceMs: START_MS + 1_000, reason: 'first' },
      { connected: false, staleSinceMs: START_MS + 2_000, reason: 'second' },
      { connected: true, staleSinceMs: null, reason: null },
    ])
  })

  it('leaves the state of what other sources hold as it is', async () => {
    const other = store.addSource('configmap', () => {})
    snapshot(election('a'))
    connected()
    other.take({ type: 'disconnected', error: new ClusterError(verbatim('gone'), { kind: 'server' }), sinceMs: 0 })
    applied(election('a'))
    expect(state('a')).toBe('held')
  })

  it('loses the elections of a source that is taken out', () => {
    snapshot(election('a'))
    source.remove()
    expect(store.size).toBe(0)
  })
})
