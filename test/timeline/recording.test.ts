import { describe, expect, it } from 'vitest'
import { RecordingPlayer } from '../../extension/timeline/recording/player.ts'
import { RecordedTimeline } from '../../extension/timeline/recording/recorded-timeline.ts'
import { snapshotAt } from '../../extension/timeline/recording/snapshot-at.ts'
import { parseRecordingLine } from '../../shared/history/recording/format.ts'
import { Recorder } from '../../shared/history/recording/recorder.ts'
import { Timeline } from '../../shared/lease/timeline/timeline.ts'
import type { Election } from '../../shared/lease/election.ts'
import type { TimelineSnapshot } from '../../shared/lease/timeline/snapshot.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { StoreScene } from '../support/store-scene.ts'

const REF = { lock: 'lease', namespace: 'shop', name: 'checkout' } as const
const REASONS = { stopped: 'stopped', killed: 'killed' }

const scene = new StoreScene()
const lines: string[] = []
const checkout = scene.election('shop', 'checkout')

/** One run of the recorder, which is killed at its end, unless it stops. */
async function run(session: string, happens: () => Promise<void>, isStopped = false): Promise<void> {
  const recorder = new Recorder(scene.store, scene.clock, { session, server: 'https://x', context: 'x', program: '0' }, () => true, (line) => lines.push(line))
  const stop = recorder.start()
  await happens()
  const { length } = lines
  stop()
  if (!isStopped) lines.length = length
}

async function renew(election: Election, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    await scene.clock.advance(2_000)
    scene.renew(election)
    await Promise.resolve()
  }
}

scene.start([checkout, scene.election('shop', 'other')])
const live = new Timeline()
const moment = () => ({ monotonicMs: scene.clock.wallMs(), wallMs: scene.clock.wallMs() })
scene.store.onReading(({ election }) => {
  if (election.name === 'checkout') live.read(election.record, moment())
})
live.read(checkout.record, moment())
await run('one', async () => {
  await renew(checkout, 3)
  await scene.clock.advance(20_000)
  scene.apply(scene.election('shop', 'checkout', { spec: { holderIdentity: 'pod-b', leaseTransitions: 2 } }))
  await renew(checkout, 2)
})
const killed = live.snapshot(moment())
await scene.clock.advance(60_000)
scene.apply(scene.election('shop', 'checkout', { spec: { holderIdentity: 'pod-c', leaseTransitions: 3 } }))
await run('two', () => renew(checkout, 2), true)

function recorded(count = lines.length): TimelineSnapshot {
  const timeline = new RecordedTimeline(REF, REASONS)
  for (const text of lines.slice(0, count)) timeline.take(parseRecordingLine(text)!)
  return timeline.snapshot()
}

describe('the timeline of a recording', () => {
  const whole = recorded()

  it('is what was observed', () => {
    const first = recorded(lines.findIndex((line) => line.includes('"two"')))
    expect(first).toEqual({ ...killed, now: first.now })
  })

  it('marks the time in which no recorder ran, and tells why', () => {
    expect(whole.disconnected).toMatchObject([{ reason: 'killed', from: { wallMs: killed.now.wallMs }, to: { wallMs: killed.now.wallMs + 60_000 } }])
    expect(whole.transitions.map(({ to, how }) => [to, how])).toEqual([
      ['pod-b', 'expired'],
      ['pod-c', 'unseen'],
    ])
  })

  it('can be seen as it was at each moment', () => {
    for (let count = 1; count <= lines.length; count++) {
      const then = recorded(count)
      const { now, completeFrom } = then
      // A line later at the same moment is seen, too.
      if (completeFrom === null || Date.parse(parseRecordingLine(lines[count] ?? '')?.time ?? '') === now.wallMs) continue
      const seen = snapshotAt(whole, now)
      expect(seen.transitions, lines[count - 1]).toEqual(then.transitions)
      expect(seen.renewals).toEqual(then.renewals)
      expect(seen.spans.map(({ kind, holderIdentity }) => [kind, holderIdentity])).toEqual(then.spans.map(({ kind, holderIdentity }) => [kind, holderIdentity]))
    }
  })
})

describe('a player', () => {
  const clock = new FakeClock()
  const whole = recorded()
  const lengthMs = whole.now.wallMs - whole.completeFrom!.wallMs
  const at = (player: RecordingPlayer): number => (player.playback.atMs - player.playback.fromMs) / 1_000

  it('begins at the end, and plays from the beginning', async () => {
    const player = new RecordingPlayer(whole, clock)
    expect(player.playback).toMatchObject({ isPlaying: false, speed: 10, atMs: whole.now.wallMs })
    player.play(true)
    await clock.advance(2_000)
    expect(at(player)).toBe(20)
    player.play(false)
    await clock.advance(2_000)
    expect(at(player)).toBe(20)
  })

  it('changes its speed and goes elsewhere while it plays, and stops at the end', async () => {
    const player = new RecordingPlayer(whole, clock)
    player.play(true)
    player.setSpeed(1)
    await clock.advance(2_000)
    expect(at(player)).toBe(2)
    player.seek(player.playback.fromMs + 30_000)
    await clock.advance(1_000)
    expect(at(player)).toBe(31)
    player.setSpeed(7)
    expect(player.playback.speed).toBe(1)
    await clock.advance(lengthMs)
    expect(player.playback).toMatchObject({ isPlaying: false, atMs: whole.now.wallMs })
    player.seek(Number.NEGATIVE_INFINITY)
    expect(at(player)).toBe(0)
  })
})
