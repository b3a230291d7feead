import { Timeline } from '../../shared/lease/timeline/timeline.ts'
import type { ElectionRecord } from '../../shared/lease/record.ts'
import type { TimelineSnapshot } from '../../shared/lease/timeline/snapshot.ts'
import type { TimelineSubject } from '../../shared/lease/timeline/timeline-json.ts'

/** Whose timeline it is. */
export const SUBJECT: TimelineSubject = {
  context: 'kind',
  lock: 'lease',
  namespace: 'shop',
  name: 'checkout-operator',
}

const START = { monotonicMs: 100_000, wallMs: Date.UTC(2026, 0, 1, 12, 0, 0) }

/** A moment so many seconds after the beginning of the scene. */
export function atSecond(second: number): { readonly monotonicMs: number; readonly wallMs: number } {
  return { monotonicMs: START.monotonicMs + second * 1000, wallMs: START.wallMs + second * 1000 }
}

/**
 * A timeline in which everything happens once: renewals in time, a release, one that is late, one that comes too late,
 * a leader that dies, a failover, and a lost connection.
 * @param leader The identity of the first leader.
 * @param untilSecond Up to when something happens.
 */
export function eventfulTimeline(
  leader = 'checkout-operator-cpt4khws2h-zq29j_851602cd',
  untilSecond = 180,
  nowSecond = untilSecond + 1,
): TimelineSnapshot {
  const timeline = new Timeline()
  const other = 'checkout-operator-cpt4khws2h-m8x4t_1bed7202'
  let writes = 0
  const write = (second: number, holderIdentity: string, leaseTransitions: number): void => {
    if (second > untilSecond) return
    const renewTime = `2026-01-01T12:00:00.${String(++writes).padStart(6, '0')}Z`
    const record = { holderIdentity, leaseTransitions, leaseDurationSeconds: 15, acquireTime: null, renewTime }
    timeline.read({ ...record, strategy: null, preferredHolder: null } satisfies ElectionRecord, atSecond(second))
  }
  const renew = (from: number, to: number, holder: string, transitions: number): void => {
    for (let second = from; second <= to; second += 2) write(second + (second % 3) / 10, holder, transitions)
  }
  renew(0, 28, leader, 3)
  write(30, '', 3)
  write(32.4, other, 4)
  renew(34, 50, other, 4)
  write(61, other, 4)
  renew(63, 69, other, 4)
  write(85.5, other, 4)
  renew(87, 91, other, 4)
  write(109.5, leader, 5)
  renew(111, 121, leader, 5)
  if (untilSecond >= 122) timeline.disconnected(atSecond(122), 'https://127.0.0.1:6443 does not answer.')
  write(134, leader, 5)
  if (untilSecond >= 134) timeline.connected(atSecond(134))
  renew(136, 146, leader, 5)
  write(147, 'kubectl-leader-failover_7f3a', 5)
  write(165, '', 5)
  write(166.2, other, 6)
  renew(168, untilSecond, other, 6)
  return timeline.snapshot(atSecond(nowSecond))
}
