import { describe, expect, it } from 'vitest'
import { LeaderElector } from '../../shared/election/elector.ts'
import { LeaseLock } from '../../shared/locks/lease-lock.ts'
import { isGroupAlive, eventually, type Joined } from '../support/join-scene.ts'
import { JoinSuite } from '../support/join-suite.ts'
import { connectTo } from '../support/sandbox-client.ts'

/** `join` as it ships, and the library, on a server that changes what is written, as its admission may have it. */
const suite = new JoinSuite()

/** Whoever writes the lease of this test. */
const change = (patch: object): void => {
  suite.sandbox.faults.change({ path: new RegExp(`/leases(/${suite.name})?(\\?|$)`), patch })
}
const candidate = (identity: string): Joined => suite.joinJson('--id', identity, '--', 'sleep', '1000')

async function renewed(times: number): Promise<void> {
  const seen = new Set<string>()
  await eventually(`${times} renewals`, () => seen.add(suite.stored()!.renewTime).size > times)
}

const alteredText = (field: string, written: unknown, found: unknown): string =>
  `The server changed ${field} of lease default/${suite.name} from ${JSON.stringify(written)} to ${JSON.stringify(found)} while it applied a write. ` +
  'Leading with the changed record is not safe, so this candidate has left the election. Check the admission policies and webhooks that apply to this object.'

describe('a change that does no harm', () => {
  it.each([
    ['a longer duration', { spec: { leaseDurationSeconds: 60 } }, { spec: { leaseDurationSeconds: 60 } }],
    ['a label', { metadata: { labels: { 'owned-by': 'platform' } } }, { metadata: { labels: { 'owned-by': 'platform' } } }],
    ['both', { metadata: { labels: { a: 'b' } }, spec: { leaseDurationSeconds: 60 } }, { metadata: { labels: { a: 'b' } }, spec: { leaseDurationSeconds: 60 } }],
  ])('%s: one leads, renews and releases, and the next one leads at once', async (_what, patch, stored) => {
    change(patch)
    const first = candidate('a')
    await first.told('command-started')
    await renewed(3)
    const object = suite.sandbox.peek('leases.coordination.k8s.io', 'default', suite.name)
    expect(object).toMatchObject({ ...stored, spec: { ...('spec' in stored && stored.spec), holderIdentity: 'a' } })
    const second = candidate('b')
    await second.told('new-leader')
    first.kill('SIGTERM')
    expect(await first.finished).toBe(143)
    expect(first.types()).toContain('released')
    expect(first.types()).not.toContain('error')
    await second.told('command-started')
    second.kill('SIGTERM')
    expect(await second.finished).toBe(143)
    expect(suite.stored()).toMatchObject({ holderIdentity: '' })
  })

  it('a longer duration: the library leads, releases, and is followed at once', async () => {
    change({ spec: { leaseDurationSeconds: 60 } })
    const client = await connectTo(suite.sandbox)
    const stops = [new AbortController(), new AbortController()]
    const led: number[] = []
    const ended = stops.map((stop, index) =>
      new LeaderElector({
        lock: new LeaseLock(client, { namespace: 'default', name: suite.name }),
        identity: `library-${index}`,
        onStartedLeading: ({ signal }) => {
          led.push(index)
          return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
        },
      }).run(stop.signal),
    )
    await eventually('one leads', () => led.length === 1)
    const [first] = led as [number]
    stops[first]!.abort()
    expect(await ended[first]).toBe('stopped')
    await eventually('the other leads', () => led.length === 2)
    stops[1 - first]!.abort()
    expect(await ended[1 - first]).toBe('stopped')
    client.close()
  })
})

describe('a change by which nobody can lead', () => {
  it.each([
    ['beside a command', ['--', 'sleep', '1000'], 125],
    ['without a command', [], 3],
  ])('a shorter duration, %s: it leaves, says why, and gives the lease back', async (_how, command, code) => {
    change({ spec: { leaseDurationSeconds: 2 } })
    const joined = suite.joinJson('--id', 'a', ...command)
    expect(await joined.finished).toBe(code)
    expect(joined.stderr).toBe(`Error: ${alteredText('leaseDurationSeconds', 4, 2)}\n`)
    expect(joined.types()).not.toContain('started-leading')
    expect(suite.stored()).toMatchObject({ holderIdentity: '' })
  })

  it('a shorter duration while it leads: the command ends first, and then it gives the lease back', async () => {
    const joined = candidate('a')
    const { pid } = await joined.told('command-started')
    await renewed(1)
    change({ spec: { leaseDurationSeconds: 2 } })
    expect(await joined.told('stopped-leading')).toMatchObject({ reason: 'failed' })
    expect(await joined.finished).toBe(125)
    expect(isGroupAlive(Number(pid))).toBe(false)
    expect(joined.stderr).toBe(`Error: ${alteredText('leaseDurationSeconds', 4, 2)}\n`)
    expect(suite.stored()).toMatchObject({ holderIdentity: '' })
  })

  it('another holder: it leaves, says why, and leaves the lease alone', async () => {
    change({ spec: { holderIdentity: 'platform' } })
    const joined = candidate('a')
    expect(await joined.finished).toBe(125)
    expect(joined.stderr).toBe(`Error: ${alteredText('holderIdentity', 'a', 'platform')}\n`)
    expect(joined.types()).not.toContain('started-leading')
    expect(suite.stored()).toMatchObject({ holderIdentity: 'platform', leaseDurationSeconds: 4 })
  })
})
