import { describe, expect, it } from 'vitest'
import { doubtTexts, endText, interventionText } from '../../kubectl-plugin/history/words.ts'
import { parseRecordingLine, type RecordingLine } from '../../shared/history/recording/format.ts'
import { Recorder } from '../../shared/history/recording/recorder.ts'
import { RecordingReader } from '../../shared/history/recording/recording-reader.ts'
import { Replay } from '../../shared/history/recording/replay.ts'
import { historyOf } from '../../shared/history/history.ts'
import type { ElectionEvent } from '../../shared/lease/event.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { StoreScene } from '../support/store-scene.ts'

const REF = { lock: 'lease', namespace: 'shop', name: 'checkout' } as const

interface Recorded {
  readonly lines: string[]
  readonly events: ElectionEvent[]
}

/** One run of the recorder, in which something happens. */
async function record(session: string, happens: (scene: StoreScene, recorder: Recorder) => Promise<void>, startMs = 0): Promise<Recorded> {
  const scene = new StoreScene()
  await scene.clock.advance(startMs)
  const recorded: Recorded = { lines: [], events: [] }
  scene.store.onEvent((event) => recorded.events.push(event))
  const recorder = new Recorder(scene.store, scene.clock, { session, server: 'https://x', context: 'x', program: '0' }, () => true, (line) => recorded.lines.push(line))
  const stop = recorder.start()
  await happens(scene, recorder)
  await Promise.resolve()
  stop()
  return recorded
}

async function churn(scene: StoreScene): Promise<void> {
  const election = scene.election('shop', 'checkout')
  scene.start([election])
  for (let turn = 0; turn < 3; turn++) {
    await scene.clock.advance(2_000)
    scene.renew(election)
  }
  await scene.clock.advance(20_000)
  scene.apply(scene.election('shop', 'checkout', { spec: { holderIdentity: 'pod-b', leaseTransitions: 2 } }))
  await scene.clock.advance(2_000)
  scene.disconnect('the server is gone')
}

async function replay(lines: readonly string[]): Promise<{ events: ElectionEvent[]; replay: Replay }> {
  const clock = new FakeClock()
  const playing = new Replay(clock, Number.POSITIVE_INFINITY)
  const events: ElectionEvent[] = []
  playing.store.onEvent((event) => events.push(event))
  await playing.play(linesOf(lines), new AbortController().signal)
  return { events, replay: playing }
}

async function* linesOf(lines: readonly string[]): AsyncGenerator<RecordingLine> {
  for (const text of lines) {
    const line = parseRecordingLine(text)
    if (line) yield line
  }
}

function history(lines: readonly string[]) {
  const reader = new RecordingReader({ locks: ['lease'], includes: () => true })
  for (const line of lines) reader.line(line, 0)
  reader.endOfFile(0)
  return historyOf(REF, { sources: [reader.sourceOf('rec.jsonl', 0)], writes: [], ...reader.of(REF), told: [], pods: [], clockReadings: [] })
}

const plain = ({ type, wallMs, election, status, previousHolderIdentity }: ElectionEvent) => ({ type, wallMs, record: election.record, status, previousHolderIdentity })

describe('a recording', () => {
  it('replays to the same events', async () => {
    const { lines, events } = await record('one', churn)
    const replayed = await replay(lines)
    expect(events.map(({ type }) => type)).toEqual(['added', 'renewed', 'renewed', 'renewed', 'late', 'expired', 'acquired'])
    expect(replayed.events.map(plain)).toEqual(events.map(plain))
    expect(replayed.replay.store.view.connected).toBe(false)
  })

  it('plays ten times as fast as it was', async () => {
    const { lines } = await record('one', churn)
    const clock = new FakeClock()
    using playing = new Replay(clock, 10)
    const at: [string, number][] = []
    playing.store.onEvent(({ type }) => at.push([type, clock.monotonicMs()]))
    const startedMs = clock.monotonicMs()
    const played = playing.play(linesOf(lines), new AbortController().signal)
    for (let step = 0; step < 100; step++) await clock.advance(100)
    await played
    const acquired = at.find(([type]) => type === 'acquired')!
    expect(acquired[1] - startedMs).toBeGreaterThanOrEqual(2_500)
    expect(acquired[1] - startedMs).toBeLessThanOrEqual(2_700)
  })

  it('marks what a killed recorder missed, and goes on with what there is then', async () => {
    const first = await record('one', churn)
    const killed = [...first.lines.slice(0, 4), first.lines[4]!.slice(0, 40)]
    const second = await record('two', async (scene) => scene.start([scene.election('shop', 'other')]), 60_000)
    const lines = [...killed, ...second.lines]
    const { replay: playing } = await replay(lines)
    expect([...playing.store].map(({ election }) => election.name)).toEqual(['other'])
    const { missing } = history(lines)
    expect(missing).toHaveLength(1)
    expect(missing[0]).toMatchObject({ why: 'unwatched' })
    expect(missing[0]!.toMs! - missing[0]!.fromMs).toBeGreaterThan(50_000)
  })

  it('tells the end from a gap', async () => {
    const stopped = await record('one', async (scene) => scene.start([scene.election('shop', 'checkout')]))
    const again = await record('two', async (scene) => scene.start([scene.election('shop', 'checkout')]), 60_000)
    const reasons: (string | null)[] = []
    const playing = new Replay(new FakeClock(), Number.POSITIVE_INFINITY)
    playing.store.onViewChange(({ connected, reason }) => reasons.push(connected ? null : reason))
    await playing.play(linesOf([...stopped.lines, ...again.lines]), new AbortController().signal)
    expect(reasons.filter((reason) => reason !== null)).toEqual(['the recorder was stopped', 'the recording ends'])
  })

  it('shows who led, by what was seen', async () => {
    const { lines } = await record('one', churn)
    const { terms } = history(lines)
    expect(terms.map(({ holderIdentity, basis, end }) => [holderIdentity, basis, end?.how ?? null])).toEqual([
      ['pod-a', 'seen', 'expired'],
      ['pod-b', 'seen', null],
    ])
  })

  it('does not say when a leader released the lease that was free after a gap, nor that it was this leader', async () => {
    const first = await record('one', churn)
    const second = await record('two', async (scene) => scene.start([scene.election('shop', 'checkout', { metadata: { resourceVersion: '1000' }, spec: { holderIdentity: '', renewTime: '2026-11-28T09:00:00.000000Z' } })]), 60_000)
    const { terms, leaderless } = history([...first.lines, ...second.lines])
    expect(terms.at(-1)!.end).toMatchObject({ how: 'unseen', toMs: null, bound: null })
    expect(leaderless.at(-1)).toMatchObject({ minMs: 0 })
  })

  it('marks a silence with a sign that it still watches', async () => {
    const { lines } = await record('one', async (scene, recorder) => {
      scene.start([])
      await scene.clock.advance(1_000)
      recorder.alive()
      recorder.alive()
    })
    expect(lines.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual(['recording', 'connected', 'alive', 'stopped'])
  })

  it('goes on in a new file with all that is known', async () => {
    const { lines } = await record('one', async (scene, recorder) => {
      scene.start([scene.election('shop', 'checkout')])
      await Promise.resolve()
      recorder.header()
    })
    expect(lines.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual(['recording', 'reading', 'connected', 'recording', 'reading', 'connected', 'stopped'])
  })

  it.each(['', '{', 'null', '[]', '{"time":"x","type":"reading","session":"a"}', '{"time":"2026-11-28T08:00:00Z","type":"reading","session":"a","election":{"lock":3}}'])('leaves out %j', (text) => {
    expect(parseRecordingLine(text)).toBeNull()
  })
})

/** The history that only Events tell, as kubectl saved them. */
function historyTold(...events: readonly (readonly [message: string, time: string, reason?: string])[]) {
  const reader = new RecordingReader({ locks: ['lease'], includes: () => true })
  const items = events.map(([message, lastTimestamp, reason = 'LeaderElection']) => ({ reason, message, lastTimestamp, involvedObject: { kind: 'Lease', namespace: 'shop', name: 'checkout' } }))
  for (const line of JSON.stringify({ kind: 'List', items }, null, 2).split('\n')) reader.line(line, 0)
  reader.endOfFile(0)
  return historyOf(REF, { sources: [reader.sourceOf('events.json', 0)], writes: [], sightings: [], unwatched: [], told: reader.toldOf(REF), pods: [], clockReadings: [] })
}

describe('a history that only Events tell', () => {
  it('knows when a leader stopped that said so', () => {
    const { terms, leaderless } = historyTold(['pod-a became leader', '2026-11-28T08:00:00Z'], ['pod-a stopped leading', '2026-11-28T08:01:00Z'], ['pod-b became leader', '2026-11-28T08:01:05Z'])
    expect(terms).toMatchObject([
      { holderIdentity: 'pod-a', basis: 'told', end: { bound: 'event', toMs: Date.UTC(2026, 10, 28, 8, 1, 1) } },
      { holderIdentity: 'pod-b', basis: 'told', end: null },
    ])
    expect(leaderless).toHaveLength(1)
    expect(terms.map(endText)).toEqual(['stopped between 2026-11-28 08:01:00.000Z and 2026-11-28 08:01:01.000Z, as its Event says', 'no later Event names another leader'])
  })

  it('tells failovers and blocks in the words of their Events, each once', () => {
    const failover = ['alice@laptop moves leadership away from pod-a: new network card', '2026-11-28T08:00:30Z', 'LeaderFailover'] as const
    const block = ['bob blocks the lease for 10m: \u001b[31mdisk', '2026-11-28T08:00:10Z', 'LeaderBlock'] as const
    const other = ['Scaled up', '2026-11-28T08:00:20Z', 'ScalingReplicaSet'] as const
    const history = historyTold(['pod-a became leader', '2026-11-28T08:00:00Z'], failover, failover, block, other)
    expect(history.terms).toHaveLength(1)
    expect(history.interventions.map(interventionText)).toEqual([
      '2026-11-28 08:00:10.000Z  bob blocks the lease for 10m: \\x1b[31mdisk',
      '2026-11-28 08:00:30.000Z  alice@laptop moves leadership away from pod-a: new network card',
    ])
  })

  it('says nothing about overlaps and times without a leader where a leader did not say when it stopped', () => {
    const history = historyTold(['pod-a became leader', '2026-11-28T08:00:00Z'], ['pod-b became leader', '2026-11-28T08:01:05Z'])
    expect(history.overlaps).toEqual([])
    expect(history.leaderless).toEqual([])
    expect(history.terms.map(endText)).toEqual(['stopped at an unknown time: no Event says when', 'no later Event names another leader'])
    expect(doubtTexts(history).join()).toContain('it is not known whether two candidates led at the same time, or none did')
  })
})
