import { beforeEach, describe, expect, it } from 'vitest'
import { ElectionPoller } from '../../shared/cluster/elections/election-poller.ts'
import { ClusterError } from '../../shared/cluster/errors.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { lease } from '../support/cluster-objects.ts'
import { FakeClient, fail, type Reply } from '../support/fake-client.ts'
import { verbatim } from '../../shared/phrase.ts'

const PLACE = { lock: 'lease', namespace: 'team-a', name: 'web' } as const
const MISSING = new ClusterError(verbatim('missing'), { kind: 'notFound', status: 404, reason: 'NotFound' })

let clock: FakeClock
let client: FakeClient
let answer: Reply
let told: string[]
let over: AbortController
let poller: ElectionPoller
let version: number

beforeEach(() => {
  clock = new FakeClock()
  client = new FakeClient(clock, () => answer)
  told = []
  over = new AbortController()
  version = 0
  poller = new ElectionPoller(client, clock, PLACE, (message) => {
    if (message.type === 'snapshot') told.push(`snapshot of ${message.objects.length}`)
    else if (message.type === 'applied') told.push(`applied ${message.object.record.holderIdentity}`)
    else if (message.type === 'disconnected') told.push(`disconnected ${message.error.kind} since ${message.sinceMs}`)
    else told.push(message.type === 'current' ? `current at ${message.atMs}` : message.type)
  })
})

function store(holderIdentity: string): void {
  answer = { body: lease('web', { holderIdentity }, { resourceVersion: String(++version) }) }
}

/** Runs until the clock has moved so far, and returns what was told meanwhile. */
async function after(ms: number): Promise<readonly string[]> {
  await clock.advance(ms)
  return told.splice(0)
}

describe('polling', () => {
  it('tells what there is, what changes, what goes and what comes back, each once', async () => {
    const startMs = clock.monotonicMs()
    store('a')
    const running = poller.run(over.signal)
    expect(await after(0)).toEqual(['snapshot of 1', 'connected'])
    expect(await after(1_000)).toEqual([`current at ${startMs + 1_000}`])
    store('b')
    expect(await after(1_000)).toEqual(['applied b', `current at ${startMs + 2_000}`])
    answer = MISSING
    expect(await after(1_000)).toEqual(['deleted', `current at ${startMs + 3_000}`])
    expect(await after(1_000)).toEqual([`current at ${startMs + 4_000}`])
    store('c')
    expect(await after(1_000)).toEqual(['applied c', `current at ${startMs + 5_000}`])
    over.abort()
    await running
    expect(await after(10_000)).toEqual([])
    expect(clock.sleeping).toBe(0)
  })

  it('begins with nothing where there is nothing', async () => {
    answer = MISSING
    void poller.run(over.signal)
    expect(await after(0)).toEqual(['snapshot of 0', 'connected'])
    over.abort()
  })

  it('says since when it is stale, once, and when it is current again', async () => {
    const startMs = clock.monotonicMs()
    store('a')
    void poller.run(over.signal)
    await after(1_000)
    answer = fail('unreachable')
    expect(await after(10_000)).toEqual([`disconnected unreachable since ${startMs + 1_000}`])
    store('b')
    expect((await after(5_000)).slice(0, 2)).toEqual(['applied b', 'connected'])
    over.abort()
  })

  it('gives up an answer that does not come', async () => {
    store('a')
    void poller.run(over.signal)
    await after(0)
    answer = 'hang'
    await after(1_000)
    expect(await after(5_000)).toEqual([expect.stringContaining('disconnected timeout')])
    over.abort()
  })

  it('reads at once where a proof is asked for', async () => {
    store('a')
    void poller.run(over.signal)
    await after(100)
    poller.prove()
    expect(await after(0)).toEqual([expect.stringContaining('current at')])
    over.abort()
  })

  it.each([
    ['may not be read', fail('forbidden'), 'forbidden'],
    ['is of a kind that the server does not serve', fail('notFound'), 'notFound'],
    ['can not be reached', fail('unreachable'), 'unreachable'],
  ])('does not begin where it %s', async (_, reply, kind) => {
    answer = reply
    await expect(poller.run(over.signal)).rejects.toMatchObject({ kind })
    expect(told).toEqual([])
  })
})
