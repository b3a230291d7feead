import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { eventLine } from '../../kubectl-plugin/watch/event-line.ts'
import { LineWriter } from '../../kubectl-plugin/watch/line-writer.ts'
import { printEvents } from '../../kubectl-plugin/watch/print-events.ts'
import { electionFromLease } from '../../shared/lease/election.ts'
import type { ElectionEvent } from '../../shared/lease/event.ts'
import type { Status } from '../../shared/lease/status.ts'
import { fakeSession } from '../support/fake-session.ts'
import { StoreScene } from '../support/store-scene.ts'

const TIME = Date.UTC(2026, 0, 1, 12, 0, 1, 234)
const OBSERVED: Status = { state: 'held', basis: 'observed', expiresInMs: 4_000, unchangedForMs: 11_000, isChangeSeen: true }

function event(fields: Partial<ElectionEvent> & Pick<ElectionEvent, 'type'>, holderIdentity = 'b'): ElectionEvent {
  const election = electionFromLease({
    metadata: { namespace: 'default', name: 'x' },
    spec: { holderIdentity, leaseDurationSeconds: 15, leaseTransitions: 3 },
  })
  return { wallMs: TIME, election, status: OBSERVED, ...fields }
}

describe('a line for people', () => {
  it.each<[ElectionEvent, string]>([
    [event({ type: 'added' }), 'added         default/x  held by b, renewed 11s ago'],
    [event({ type: 'added', status: { ...OBSERVED, basis: 'recorded' } }), 'added         default/x  ~held by b, renewed ~11s ago'],
    [event({ type: 'added', status: { ...OBSERVED, state: 'released' } }, ''), 'added         default/x  no holder'],
    [event({ type: 'added', status: { ...OBSERVED, state: 'unknown', unchangedForMs: null } }), 'added         default/x  unknown, holder b'],
    [event({ type: 'acquired', previousHolderIdentity: 'a' }), 'acquired      default/x  b after a, transition 3'],
    [event({ type: 'acquired', previousHolderIdentity: '' }), 'acquired      default/x  b, transition 3'],
    [
      event({ type: 'acquired', previousHolderIdentity: 'a', unseenTransitions: 2 }),
      'acquired      default/x  b after a, transition 3 (2 more transitions were not observed)',
    ],
    [event({ type: 'renewed' }), 'renewed       default/x  b'],
    [event({ type: 'recovered' }), 'recovered     default/x  b is renewing again'],
    [event({ type: 'late' }), 'late          default/x  b has not renewed for 11s (lease duration 15s)'],
    [
      event({ type: 'expired', status: { ...OBSERVED, state: 'expired', unchangedForMs: 15_000 } }),
      'expired       default/x  b has not renewed for 15s (lease duration 15s)',
    ],
    [event({ type: 'released', previousHolderIdentity: 'a' }, ''), 'released      default/x  by a'],
    [event({ type: 'deleted' }), 'deleted       default/x  last holder b'],
  ])('%#', (of, expected) => {
    expect(eventLine(of)).toBe(`2026-01-01T12:00:01.234Z  ${expected}`)
  })

  it('is one line of harmless text, whatever is in it', () => {
    const line = eventLine(event({ type: 'acquired', previousHolderIdentity: '\u001b]0;x\u0007\n\u202e' }, `\u001b[2J${'x'.repeat(10_000)}`))
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(line).toContain('\\x1b[2Jxxx')
    expect(line.length).toBeLessThan(500)
  })
})

interface Line {
  readonly type: string
  readonly election: object
}

describe('printing', () => {
  function print(choices: Partial<Parameters<typeof printEvents>[2]> = {}) {
    const scene = new StoreScene()
    const { session, stdout } = fakeSession({ clock: scene.clock })
    printEvents(session, scene.store, { output: 'text', category: 'election', withRenewals: false, color: 'auto', ...choices })
    return { scene, lines: () => stdout().split('\n').slice(0, -1), types: () => stdout().match(/(?<=Z {2})\w+|(?<="type":")\w+/g) ?? [] }
  }

  async function live(scene: StoreScene): Promise<void> {
    const worker = scene.election('default', 'worker')
    scene.start([worker, scene.election('kube-node-lease', 'node-1')])
    await scene.clock.advance(2_000)
    scene.renew(worker)
    await scene.clock.advance(16_000)
    scene.renew(worker)
    scene.apply(scene.election('default', 'worker', { spec: { holderIdentity: '', leaseTransitions: 1 } }))
    scene.apply(scene.election('default', 'worker', { spec: { holderIdentity: 'pod-b', leaseTransitions: 2 } }))
    scene.disconnect('connection refused')
    await scene.clock.advance(3_000)
    scene.reconnect()
    scene.remove(worker)
  }

  const TYPES = 'added connected late expired recovered released acquired disconnected connected deleted'

  it.each(['text', 'json'] as const)('reports events in order, as %s', async (output) => {
    const { scene, types } = print({ output })
    await live(scene)
    expect(types().join(' ')).toBe(TYPES)
  })

  it('reports renewals only on request', async () => {
    const { scene, types } = print({ withRenewals: true })
    await live(scene)
    expect(types().join(' ')).toBe(TYPES.replace('late', 'renewed late').replace('recovered', 'renewed recovered'))
  })

  it('reports other leases only on request', () => {
    const { scene, lines } = print({ category: 'all' })
    scene.start([scene.election('default', 'worker'), scene.election('kube-node-lease', 'node-1')])
    expect(lines().filter((line) => line.includes('added')).length).toBe(2)
  })

  it('says in text since when it is stale, and why', async () => {
    const { scene, lines } = print()
    await live(scene)
    expect(lines().find((line) => line.includes('disconnected'))).toMatch(/ disconnected {2}connection lost \d+s ago, data is stale, retrying: connection refused$/)
  })

  it('prints one JSON object a line, with what the API promises', async () => {
    const { scene, lines } = print({ output: 'json' })
    await live(scene)
    const objects = lines().map((line) => JSON.parse(line) as Line)
    expect(objects[0]).toEqual({
      time: '2026-01-01T00:00:00.000Z',
      type: 'added',
      election: {
        namespace: 'default',
        name: 'worker',
        lock: 'lease',
        category: 'election',
        holderIdentity: 'pod-a',
        holder: null,
        state: 'held',
        basis: 'recorded',
        leaseDurationSeconds: 15,
        leaseTransitions: 1,
        acquireTime: '2026-01-01T00:00:00.000Z',
        renewTime: '2026-01-01T00:00:00.000Z',
        expiresInSeconds: 15,
        resourceVersion: '2',
        creationTimestamp: null,
        warnings: [],
      },
    })
    const first = (type: string) => objects.find((object) => object.type === type)!
    expect(first('connected')).toEqual({ time: '2026-01-01T00:00:00.000Z', type: 'connected' })
    expect(first('late').election).toMatchObject({ state: 'late', basis: 'observed' })
    expect(first('released')).toMatchObject({ previousHolderIdentity: 'pod-a', election: { holderIdentity: '', state: 'released' } })
    expect(first('acquired')).toMatchObject({ previousHolderIdentity: '', election: { holderIdentity: 'pod-b' } })
    expect(first('disconnected')).toEqual({
      time: '2026-01-01T00:00:18.000Z',
      type: 'disconnected',
      reason: 'connection refused',
      staleSince: '2026-01-01T00:00:18.000Z',
    })
  })

  it('leaves text as it is in JSON, and one line', () => {
    const { scene, lines } = print({ output: 'json' })
    const holderIdentity = '\u001b[2J\u202e\n"evil"'
    scene.start([scene.election('default', 'worker', { spec: { holderIdentity } })])
    expect(JSON.parse(lines()[0]!)).toMatchObject({ election: { holderIdentity } })
    expect(lines().length).toBe(2)
  })

  it.each([
    ['never', /\u001b/, false],
    ['always', /\u001b\[32mconnected/, true],
    ['auto', /\u001b/, false],
  ] as const)('with --color %s, off a terminal', (color, pattern, isThere) => {
    const { scene, lines } = print({ color })
    scene.start([scene.election('default', 'worker')])
    expect(pattern.test(lines().join('\n'))).toBe(isThere)
  })
})

describe('where nobody reads on', () => {
  it('renewals are left out, so that memory does not grow, and nothing else is', () => {
    const stream = new Writable({ write() {} })
    const writer = new LineWriter(stream)
    const renewal = 'x'.repeat(1000)
    for (let i = 0; i < 100_000; i++) writer.write(renewal, 'superseded')
    const full = stream.writableLength
    expect(full).toBeLessThan(10_000_000)
    writer.write('acquired')
    expect(stream.writableLength).toBe(full + 'acquired\n'.length)
  })
})
