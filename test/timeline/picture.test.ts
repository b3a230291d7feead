import { describe, expect, it } from 'vitest'
import { drawTimeline, layoutOf } from '../../extension/timeline/picture/picture.ts'
import type { SvgNode } from '../../extension/timeline/picture/svg-node.ts'
import { TIMELINE_STRINGS } from '../../extension/timeline/strings.ts'
import { Timeline } from '../../shared/lease/timeline/timeline.ts'
import type { TimelineSnapshot } from '../../shared/lease/timeline/snapshot.ts'
import { atSecond, eventfulTimeline } from './scene.ts'

const NAME = 'worker'
const POD = 'worker-7d4f9c6b5-x2k9p'
const FIRST = `${POD}_3b1f0a52-7f60-4c7c-9a51-2d0c8f1f9e11`
const RESTARTED = `${POD}_c9a1d7e0-51b2-4c55-8b0e-6f2d3a9e4471`
const OTHER = 'worker-7d4f9c6b5-m8wq4_0f1d7e0a-51b2-4c55-8b0e-6f2d3a9e4471'

let writes = 0
function write(timeline: Timeline, second: number, holderIdentity: string, leaseTransitions = 0): void {
  const renewTime = `2026-01-01T12:00:00.${String(++writes).padStart(6, '0')}Z`
  timeline.read({ holderIdentity, leaseTransitions, leaseDurationSeconds: 15, acquireTime: null, renewTime, strategy: null, preferredHolder: null }, atSecond(second))
}

/** A Pod leads, dies, is replaced after its lease has expired, and leads again as another process. */
function restartedPod(): TimelineSnapshot {
  const timeline = new Timeline()
  for (const second of [0, 2, 4]) write(timeline, second, FIRST)
  for (const second of [25, 27]) write(timeline, second, OTHER, 1)
  write(timeline, 29, '', 1)
  for (const second of [30, 32]) write(timeline, second, RESTARTED, 2)
  return timeline.snapshot(atSecond(33))
}

const draw = (snapshot: TimelineSnapshot, endMs: number | null = null, spanMs = 60_000): SvgNode =>
  drawTimeline(snapshot, {
    view: { spanMs, endMs, selected: null },
    ...{ widthPx: 1_000, electionName: NAME, strings: TIMELINE_STRINGS, selected: null },
    timeOfDay: (wallMs) => new Date(wallMs).toISOString().slice(11, 19),
  })

/** All nodes with such a class. */
function withClass(drawn: SvgNode | string, look: string): SvgNode[] {
  if (typeof drawn === 'string') return []
  const below = drawn.children.flatMap((child) => withClass(child, look))
  return drawn.attributes['class'] === look ? [drawn, ...below] : below
}

const texts = (drawn: SvgNode, look: string): string[] => withClass(drawn, look).map(({ children }) => children.filter((child) => typeof child === 'string').join(''))

describe('the picture', () => {
  it('has one lane for a Pod, in one color, with a mark where it was restarted', () => {
    const drawn = draw(restartedPod())
    expect(texts(drawn, 'name')).toEqual(expect.arrayContaining(['…x2k9p', '…m8wq4']))
    const bars = withClass(drawn, 'led0')
    expect(bars).toHaveLength(2)
    expect(new Set(bars.map(({ attributes }) => attributes['y'])).size).toBe(1)
    expect(withClass(drawn, 'restart')).toHaveLength(1)
  })

  it('does not take renewals that are not kept for silence', () => {
    const timeline = new Timeline({ renewals: 5 })
    for (const second of [0, 2]) write(timeline, second, FIRST)
    for (let second = 4; second <= 40; second += 2) write(timeline, second, OTHER, 1)
    expect(withClass(draw(timeline.snapshot(atSecond(41))), 'silence')).toEqual([])
  })

  it('has a band for each pause at a breakpoint, up to the present', () => {
    const snapshot = restartedPod()
    const nowMs = snapshot.now.monotonicMs
    const drawn = drawTimeline(snapshot, {
      ...{ view: { spanMs: 60_000, endMs: null, selected: null }, widthPx: 1_000, electionName: NAME, strings: TIMELINE_STRINGS, selected: null },
      timeOfDay: () => '',
      pauses: [{ fromMs: nowMs - 600_000, toMs: nowMs - 500_000 }, { fromMs: nowMs - 20_000, toMs: nowMs - 10_000 }, { fromMs: nowMs - 5_000, toMs: null }],
    })
    const [ended, present] = withClass(drawn, 'pause').map(({ attributes }) => ({ from: Number(attributes['x']), width: Number(attributes['width']) }))
    expect(ended!.width).toBeCloseTo(present!.width * 2, 0)
    expect(withClass(drawn, 'pause')).toHaveLength(2)
    expect(present!.from + present!.width).toBeGreaterThan(ended!.from + ended!.width)
  })

  it('shows the silence of a leader, and that its lease expired, after another one leads', () => {
    const drawn = draw(restartedPod())
    expect(withClass(drawn, 'silence')).toHaveLength(1)
    expect(withClass(drawn, 'bar-expired')).toHaveLength(1)
  })

  it('hatches the stretch of a leader of which no renewal was observed', () => {
    const timeline = new Timeline()
    write(timeline, 0, FIRST)
    expect(withClass(draw(timeline.snapshot(atSecond(40))), 'unseen')).toHaveLength(1)
    const renewed = new Timeline()
    for (const second of [0, 2]) write(renewed, second, FIRST)
    expect(withClass(draw(renewed.snapshot(atSecond(3))), 'unseen')).toHaveLength(0)
  })

  it('draws the age of the lease as a saw-tooth, on a scale that it fills', () => {
    const timeline = new Timeline()
    for (let second = 0; second <= 20; second += 3) write(timeline, second, FIRST)
    const snapshot = timeline.snapshot(atSecond(21))
    const [age] = withClass(draw(snapshot), 'age')
    expect(String(age!.attributes['d']).match(/M/g)).toHaveLength(5)
    expect(layoutOf(snapshot, { spanMs: 60_000, endMs: null, selected: null }, 1_000, NAME).topShare).toBe(0.25)
    expect(layoutOf(restartedPod(), { spanMs: 60_000, endMs: null, selected: null }, 1_000, NAME).topShare).toBe(1.25)
  })

  it('keeps still while it is paused, although time passes and the leader renews', () => {
    const timeline = new Timeline()
    for (let second = 0; second <= 20; second += 2) write(timeline, second, FIRST)
    const endMs = atSecond(21).monotonicMs
    const paused = draw(timeline.snapshot(atSecond(21)), endMs)
    expect(texts(paused, 'name')).toContain('12:00:00')
    for (let second = 22; second <= 30; second += 2) write(timeline, second, FIRST)
    const still = (drawn: SvgNode): string =>
      JSON.stringify([...['name', 'age', 'tick'].flatMap((look) => withClass(drawn, look)), ...withClass(drawn, 'led0').map(({ attributes }) => attributes)])
    expect(still(draw(timeline.snapshot(atSecond(31)), endMs))).toBe(still(paused))
  })

  it('has the same lanes and colors wherever it is looked at', () => {
    const snapshot = restartedPod()
    const lanes = (endSecond: number): readonly string[] => layoutOf(snapshot, { spanMs: 15_000, endMs: atSecond(endSecond).monotonicMs, selected: null }, 1_000, NAME).lanes
    expect(lanes(15)).toEqual([POD, 'worker-7d4f9c6b5-m8wq4'])
    expect(lanes(33)).toEqual(lanes(15))
  })

  it('gives a block no color of a holder', () => {
    expect(withClass(draw(eventfulTimeline(), null, 300_000), 'bar-blocked')[0]!.attributes['fill']).toBe('url(#blocked)')
  })
})
