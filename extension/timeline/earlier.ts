import { newLeaderOf } from '../../shared/cluster/elections/leadership-events.ts'
import type { ElectionNotice } from '../../shared/cluster/elections/events.ts'
import type { LeadershipSpan, TimelineSnapshot } from '../../shared/lease/timeline/snapshot.ts'
import type { Moment } from '../../shared/lease/status.ts'
import { timestampMs } from '../../shared/lease/timestamp.ts'

/**
 * What was known of an election before its timeline was opened: what this and other windows remember, and before that, what
 * the election's Events record. The latter are spans whose beginning was not seen, by the clocks of their candidates.
 */
export function earlierTimeline(remembered: TimelineSnapshot | null, notices: readonly ElectionNotice[], now: Moment): TimelineSnapshot {
  const momentAt = (wallMs: number): Moment => ({ wallMs, monotonicMs: now.monotonicMs - (now.wallMs - wallMs) })
  const known = remembered ?? { now, completeFrom: now, renewalsFrom: null, spans: [], renewals: [], transitions: [], disconnected: [], lastChange: null }
  return { ...known, spans: [...recordedSpans(notices, known.completeFrom ?? now, momentAt), ...known.spans] }
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
