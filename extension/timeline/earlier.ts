import { newLeaderOf } from '../../shared/cluster/elections/leadership-events.ts'
import type { ElectionNotice } from '../../shared/cluster/elections/events.ts'
import {
  leaseDurationMs,
  type ElectionEvent,
  type LeadershipChange,
  type LeadershipSpan,
  type Moment,
  type Renewal,
  type TimelineSnapshot,
} from '../../shared/lease/index.ts'
import { timestampMs } from '../../shared/lease/timestamp.ts'
import type { SeenElection } from '../clusters/cluster-session.ts'

/**
 * What was known of an election before its timeline was opened: what its session has seen, and before that, what the
 * election's Events record. The latter are spans whose beginning was not seen, by the clocks of their candidates.
 */
export function earlierTimeline(seen: SeenElection | null, notices: readonly ElectionNotice[], now: Moment): TimelineSnapshot {
  const momentAt = (wallMs: number): Moment => ({ wallMs, monotonicMs: now.monotonicMs - (now.wallMs - wallMs) })
  const seenFrom = seen ? momentAt(now.wallMs - (now.monotonicMs - seen.firstSeenAtMs)) : now
  const { spans, transitions } = seen ? seenSpans(seen, seenFrom, momentAt) : { spans: [], transitions: [] }
  const renewals: Renewal[] = []
  const last = spans.at(-1)
  if (seen?.hasSeenChange && last?.kind === 'led') {
    const { holderIdentity, leaseDurationMs: durationMs } = last
    const at = momentAt(now.wallMs - (now.monotonicMs - seen.changedAtMs))
    renewals.push({ at, holderIdentity, intervalMs: null, leaseDurationMs: durationMs })
  }
  return {
    now,
    completeFrom: seenFrom,
    spans: [...recordedSpans(notices, seenFrom, momentAt), ...spans],
    renewals,
    transitions,
    disconnected: [],
    lastChange: null,
  }
}

function seenSpans(
  { events, record }: SeenElection,
  from: Moment,
  momentAt: (wallMs: number) => Moment,
): { readonly spans: LeadershipSpan[]; readonly transitions: LeadershipChange[] } {
  const spans: LeadershipSpan[] = []
  const transitions: LeadershipChange[] = []
  const within = events.filter(({ wallMs }) => wallMs > from.wallMs)
  const first = within[0]
  const firstHolder = first ? holderBefore(first) : record.holderIdentity
  const begin = (kind: LeadershipSpan['kind'], holderIdentity: string, durationMs: number | null, at: Moment, isStartSeen: boolean): void => {
    const open = spans.at(-1)
    if (open) spans.splice(-1, 1, { ...open, to: at })
    spans.push({ kind, holderIdentity, leaseDurationMs: durationMs, from: at, to: null, isStartSeen })
  }
  begin(firstHolder === '' ? 'free' : 'led', firstHolder, leaseDurationMs((first?.election ?? { record }).record), from, false)
  for (const { type, election, wallMs } of within) {
    const at = momentAt(wallMs)
    const { holderIdentity } = election.record
    const durationMs = leaseDurationMs(election.record)
    const before = spans.at(-1)!
    if (type === 'acquired') {
      const lastLed = spans.findLast(({ kind }) => kind === 'led')
      const leaderlessMs = before.kind === 'led' ? null : at.monotonicMs - before.from.monotonicMs
      transitions.push({ at, from: lastLed?.holderIdentity ?? '', to: holderIdentity, how: HOW[before.kind], leaderlessMs, unseenTransitions: 0 })
      begin('led', holderIdentity, durationMs, at, true)
    }
    if (type === 'expired') begin('expired', holderIdentity, durationMs, at, true)
    if (type === 'released') begin('free', '', null, at, true)
    if (type === 'deleted') begin('absent', '', null, at, true)
  }
  return { spans, transitions }
}

const HOW: Readonly<Record<LeadershipSpan['kind'], LeadershipChange['how']>> = {
  led: 'taken',
  expired: 'expired',
  free: 'released',
  blocked: 'failover',
  absent: 'deleted',
}

function holderBefore({ type, election, previousHolderIdentity }: ElectionEvent): string {
  return previousHolderIdentity ?? (type === 'expired' || type === 'deleted' ? election.record.holderIdentity : '')
}

/** The leaders that the Events name, up to the time from which everything was seen. */
function recordedSpans(notices: readonly ElectionNotice[], until: Moment, momentAt: (wallMs: number) => Moment): LeadershipSpan[] {
  const terms = notices
    .flatMap(({ reason, message, lastTime }) => {
      const holderIdentity = newLeaderOf(reason, message)
      const wallMs = timestampMs(lastTime ?? '')
      return holderIdentity === null || wallMs === null || wallMs >= until.wallMs ? [] : [{ holderIdentity, at: momentAt(wallMs) }]
    })
    .sort((a, b) => a.at.wallMs - b.at.wallMs)
  return terms.map(({ holderIdentity, at }, index) => ({
    kind: 'led',
    holderIdentity,
    leaseDurationMs: null,
    from: at,
    to: terms[index + 1]?.at ?? until,
    isStartSeen: false,
  }))
}
