import { describe, expect, it } from 'vitest'
import type { SeenElection } from '../../extension/clusters/cluster-session.ts'
import { earlierTimeline } from '../../extension/timeline/earlier.ts'
import type { ElectionNotice } from '../../shared/cluster/elections/events.ts'
import { electionFromLease, Timeline, type ElectionEvent, type TimelineSnapshot } from '../../shared/lease/index.ts'

const NOW = { monotonicMs: 1_000_000, wallMs: Date.UTC(2026, 0, 1, 12, 0, 0) }

function election(holderIdentity: string): ElectionEvent['election'] {
  return electionFromLease({ metadata: { namespace: 'shop', name: 'x' }, spec: { holderIdentity, leaseDurationSeconds: 15 } })
}

const event = (type: ElectionEvent['type'], secondsAgo: number, holder: string, previousHolderIdentity?: string): ElectionEvent =>
  ({ type, wallMs: NOW.wallMs - secondsAgo * 1_000, election: election(holder), ...(previousHolderIdentity !== undefined && { previousHolderIdentity }) }) as ElectionEvent

const seen = (holder: string, events: readonly ElectionEvent[]): SeenElection => ({
  firstSeenAtMs: NOW.monotonicMs - 100_000,
  changedAtMs: NOW.monotonicMs - 1_000,
  hasSeenChange: true,
  record: election(holder).record,
  events,
})

const notice = (message: string, secondsAgo: number): ElectionNotice => ({
  ...{ type: 'Normal', reason: 'LeaderElection', message, count: 1, source: '' },
  lastTime: new Date(NOW.wallMs - secondsAgo * 1_000).toISOString(),
})

/** Spans, as `led a 100-40`: seconds ago. */
function spansOf({ spans }: TimelineSnapshot): string[] {
  const ago = (at: { readonly monotonicMs: number } | null): string => (at === null ? '' : String((NOW.monotonicMs - at.monotonicMs) / 1000))
  return spans.map(({ kind, holderIdentity, from, to, isStartSeen }) => `${kind} ${holderIdentity} ${isStartSeen ? '' : '?'}${ago(from)}-${ago(to)}`)
}

describe('a timeline begins', () => {
  it('from what the session has seen', () => {
    const earlier = earlierTimeline(seen('b', [event('expired', 60, 'a'), event('acquired', 55, 'b', 'a')]), [], NOW)
    expect(spansOf(earlier)).toEqual(['led a ?100-60', 'expired a 60-55', 'led b 55-'])
    expect(earlier.transitions).toMatchObject([{ from: 'a', to: 'b', how: 'expired', leaderlessMs: 5_000 }])
    expect(earlier.completeFrom).toMatchObject({ monotonicMs: NOW.monotonicMs - 100_000 })
  })

  it('with a leader that has renewed all the time', () => {
    const earlier = earlierTimeline(seen('a', []), [], NOW)
    expect(spansOf(earlier)).toEqual(['led a ?100-'])
    expect(earlier.renewals).toMatchObject([{ holderIdentity: 'a', intervalMs: null }])
  })

  it('from the Events of the election, before that', () => {
    const notices = [notice('b became leader', 300), notice('a became leader', 900), notice('a stopped leading', 301), notice('c became leader', 50)]
    expect(spansOf(earlierTimeline(seen('b', []), notices, NOW))).toEqual(['led a ?900-300', 'led b ?300-100', 'led b ?100-'])
  })

  it('from nothing, if nothing is known', () => {
    expect(earlierTimeline(null, [], NOW)).toMatchObject({ spans: [], transitions: [], completeFrom: NOW })
  })

  it('and goes on from there', () => {
    const timeline = Timeline.after(earlierTimeline(seen('a', []), [], NOW), null)
    const record = election('a').record
    timeline.read(record, NOW)
    timeline.read({ ...record, renewTime: '2026-01-01T12:00:02Z' }, { monotonicMs: NOW.monotonicMs + 2_000, wallMs: NOW.wallMs + 2_000 })
    expect(spansOf(timeline.snapshot({ monotonicMs: NOW.monotonicMs + 3_000, wallMs: NOW.wallMs + 3_000 }))).toEqual(['led a ?100-0', 'led a ?0-'])
  })
})
