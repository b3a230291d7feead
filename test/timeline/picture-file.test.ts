import { describe, expect, it } from 'vitest'
import { PAPER_COLORS, timelineSvg } from '../../extension/timeline/picture/picture-file.ts'
import { TIMELINE_STRINGS } from '../../extension/timeline/strings.ts'
import type { View } from '../../extension/timeline/viewport.ts'
import { eventfulTimeline, SUBJECT } from './scene.ts'

const strings = TIMELINE_STRINGS
const WHOLE: View = { spanMs: 200_000, endMs: null, selected: null }

function svg(snapshot = eventfulTimeline(), options: Partial<Parameters<typeof timelineSvg>[2]> = {}): string {
  return timelineSvg(SUBJECT, snapshot, { strings, view: WHOLE, ...options })
}

/** How many shapes of a class there are. */
function count(text: string, look: string): number {
  return text.split(`class="${look}"`).length - 1
}

describe('an exported picture', () => {
  it('is the same for the same timeline', () => {
    expect(svg()).toBe(svg(structuredClone(eventfulTimeline())))
  })

  it('has a bar for each leader, and for each time without a leader', () => {
    const text = svg()
    const bars = ['led0', 'led1', 'bar-free', 'bar-expired', 'bar-blocked', 'bar-absent'].map((look) =>
      count(text, look),
    )
    expect(bars).toEqual([2, 3, 2, 2, 1, 0])
  })

  it('draws late renewals, renewals after expiry and unknown intervals differently', () => {
    const text = svg()
    const drawn = ['on-time', 'late', 'expired', 'unknown'].map((lateness) => count(text, `renewal-${lateness}`))
    expect(drawn).toEqual([1, 1, 1, 1])
    expect(count(text, 'unknown')).toBe(1)
    expect(text).toContain('>lease 15s<')
  })

  it('shows only the part in view', () => {
    const early = svg(undefined, { view: { spanMs: 30_000, endMs: 125_000, selected: null } })
    expect([count(early, 'led0'), count(early, 'led1'), count(early, 'transition')]).toEqual([1, 0, 0])
  })

  it('names the election and the end of the recording', () => {
    expect(svg()).toContain('<text class="heading" x="12" y="20">kind · shop · checkout-operator</text>')
    expect(svg()).toContain('>2026-01-01T12:03:01.000Z<')
  })

  it('has the given width, and a height that depends on the number of leaders', () => {
    expect(svg(undefined, { widthPx: 640 })).toMatch(
      /<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="640" height="296" viewBox="0 0 640 296"/,
    )
  })

  it('uses the given colors, and ignores what is not a color', () => {
    const colors = { ...PAPER_COLORS, late: 'red;}</style><script>', background: '#123456' }
    const text = svg(undefined, { colors })
    expect(text).toContain('.background{fill:#123456}')
    expect(text).toContain('.renewal-late{fill:#000000}')
    expect(text).not.toContain('script')
  })

  it('contains text from the cluster only as harmless text', () => {
    const text = svg(eventfulTimeline('<script>alert(1)</script>"\u202e\u0000&'))
    expect(text).not.toContain('<script')
    expect(text).toContain('&#60;script&#62;')
    expect(text).not.toMatch(/[\u202e\u0000]/)
  })

  it('draws no more lanes than there is room for', () => {
    const snapshot = eventfulTimeline()
    const spans = Array.from({ length: 40 }, (_, index) => ({
      ...snapshot.spans[0]!,
      holderIdentity: `pod-${index}`,
      from: snapshot.now,
      to: null,
    }))
    const text = svg({ ...snapshot, spans })
    expect(text).toContain('>others<')
    expect(text).toContain('pod-39')
    expect(text).not.toContain('>pod-30<')
  })

  it('can be drawn for an election without any data', () => {
    const nothing = { spans: [], renewals: [], transitions: [], disconnected: [], completeFrom: null, lastChange: null }
    expect(svg({ ...eventfulTimeline(), ...nothing })).toContain('>not recorded<')
  })
})
