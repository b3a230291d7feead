import { describe, expect, it } from 'vitest'
import { earlierTimeline } from '../../extension/timeline/earlier.ts'
import type { ElectionNotice } from '../../shared/cluster/elections/events.ts'
import { electionFromLease } from '../../shared/lease/election.ts'
import { Timeline } from '../../shared/lease/timeline/timeline.ts'
import type { Moment } from '../../shared/lease/status.ts'
import type { TimelineSnapshot } from '../../shared/lease/timeline/snapshot.ts'

const NOW = { monotonicMs: 1_000_000, wallMs: Date.UTC(2026, 0, 1, 12, 0, 0) }

const notice = (message: string, secondsAgo: number): ElectionNotice => ({
  ...{ type: 'Normal', reason: 'LeaderElection', message, count: 1, source: '' },
  lastTime: new Date(NOW.wallMs - secondsAgo * 1_000).toISOString(),
})

const ago = (seconds: number): Moment => ({ monotonicMs: NOW.monotonicMs - seconds * 1_000, wallMs: NOW.wallMs - seconds * 1_000 })

/** What was seen for 100 seconds. */
function seen(holderIdentity: string): TimelineSnapshot {
  const span = { kind: 'led', holderIdentity, leaseDurationMs: 15_000, from: ago(100), to: null, isStartSeen: false } as const
  return { now: NOW, completeFrom: ago(100), renewalsFrom: NOW, spans: [span], renewals: [], transitions: [], disconnected: [], lastChange: null }
}

/** Spans, as `led a 100-40`: seconds ago. */
function spansOf({ spans }: TimelineSnapshot): string[] {
  const told = (at: Moment | null): string => (at === null ? '' : String((NOW.monotonicMs - at.monotonicMs) / 1000))
  return spans.map(({ kind, holderIdentity, from, to, isStartSeen }) => `${kind} ${holderIdentity} ${isStartSeen ? '' : '?'}${told(from)}-${told(to)}`)
}

describe('a timeline begins', () => {
  it('from what is remembered', () => {
    expect(spansOf(earlierTimeline(seen('a'), [], NOW))).toEqual(['led a ?100-'])
  })

  it('from the Events of the election, before that', () => {
    const notices = [notice('b became leader', 300), notice('a became leader', 900), notice('a stopped leading', 301), notice('c became leader', 50)]
    expect(spansOf(earlierTimeline(seen('b'), notices, NOW))).toEqual(['led a ?900-300', 'led b ?300-100', 'led b ?100-'])
  })

  it('from nothing, if nothing is known', () => {
    expect(earlierTimeline(null, [], NOW)).toMatchObject({ spans: [], transitions: [], completeFrom: NOW })
  })

  it('and goes on from there', () => {
    const timeline = Timeline.after(earlierTimeline(seen('a'), [], NOW), null)
    const { record } = electionFromLease({ metadata: { namespace: 'shop', name: 'x' }, spec: { holderIdentity: 'a', leaseDurationSeconds: 15 } })
    timeline.read(record, NOW)
    timeline.read({ ...record, renewTime: '2026-01-01T12:00:02Z' }, { monotonicMs: NOW.monotonicMs + 2_000, wallMs: NOW.wallMs + 2_000 })
    expect(spansOf(timeline.snapshot({ monotonicMs: NOW.monotonicMs + 3_000, wallMs: NOW.wallMs + 3_000 }))).toEqual(['led a ?100-0', 'led a ?0-'])
  })
})
