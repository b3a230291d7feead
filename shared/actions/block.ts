import { randomBytes } from 'node:crypto'
import type { ApiClient } from '../cluster/client.ts'
import { EventRecorder } from '../cluster/elections/event-recorder.ts'
import { LEADER_BLOCK } from '../cluster/elections/leadership-events.ts'
import { durationText } from '../duration.ts'
import { LeaderElector } from '../election/elector.ts'
import type { StopReason } from '../election/machine/protocol.ts'
import type { Stopwatch } from '../election/machine/stopwatch.ts'
import { timingsFor } from '../election/timings.ts'
import { BLOCK_PREFIX } from '../lease/placeholder.ts'
import { placePhrase, placeText, type ElectionRef } from '../lease/election-ref.ts'
import { clusterLock } from '../locks/lock-address.ts'
import { aborted } from '../time/aborted.ts'
import type { Clock } from '../time/clock.ts'
import { blocksFor } from './block-notice.ts'
import { readDriven } from './driven-election.ts'
import { FailoverRefused, type FailoverEvent, type FailoverPlan, type FailoverResult } from './failover.ts'
import { planTake, takeLeadership, type TakingCandidate } from './take.ts'
import { phrase } from '../phrase.ts'

/** Which election to block, and for how long. */
export interface BlockRequest {
  readonly place: ElectionRef
  /** From when the lease is blocked; milliseconds, at most {@link LONGEST_BLOCK_MS}. */
  readonly forMs: number
  /** The reason to record in the Events; not blank. */
  readonly reason: string
  /** Allow a lease in `kube-system`, and one that is not a leader election. */
  readonly isForced?: boolean
  /** The user to record in the Events: `alice@laptop`. */
  readonly actor: string
}

/** A block that can begin. No changes were made. */
export interface BlockPlan {
  readonly request: BlockRequest
  /** The holder identity while the lease is blocked. */
  readonly identity: string
  /** How the leader is stopped first; null if the lease is free. */
  readonly failover: FailoverPlan | null
  /** If this process dies, the lease stays blocked for at most this long; milliseconds. */
  readonly leaseDurationMs: number
}

export const LONGEST_BLOCK_MS = 3_600_000

/** Whether a block can last so long. */
export function isBlockTime(forMs: number): boolean {
  return forMs >= 1_000 && forMs <= LONGEST_BLOCK_MS
}

/** The events of a block, in this order. */
export type BlockEvent =
  /** The old leader is being stopped. */
  | { readonly type: 'failover'; readonly event: Exclude<FailoverEvent, { readonly type: 'result' }> }
  /** No candidate can acquire the lease, for `forMs` from now. */
  | { readonly type: 'blocked'; readonly forMs: number }

/** How a block ended. */
export interface BlockResult {
  /**
   * - `in-time`: it lasted as long as requested. `canceled`: the signal was aborted while the lease was blocked.
   * - `lost`: it ended earlier; see `because`. `not-blocked`: it did not begin.
   */
  readonly outcome: 'in-time' | 'canceled' | 'lost' | 'not-blocked'
  /** Why a block was lost. With `deadline`, it could not be renewed in time: the network failed, or the machine slept. */
  readonly because: StopReason | null
  /**
   * How long the lease was blocked for certain; milliseconds. If the block was lost, it may have been a little longer, but not
   * longer than until it was noticed.
   */
  readonly blockedMs: number
  /** Whether the lease was released. If not, it expires, or another client has it. */
  readonly isReleased: boolean
  /** The failover that was to stop the old leader; null if there was none, or it succeeded. */
  readonly failover: FailoverResult | null
}

const OUTCOMES: Readonly<Partial<Record<StopReason, BlockResult['outcome']>>> = { 'max-hold': 'in-time', stopped: 'canceled' }
/** How long to wait for an Event that is not stored yet. */
const EVENT_PATIENCE_MS = 1_000
/** How long before it expires a lease that could not be renewed counts as lost. */
const MARGIN_MS = 1_000

/**
 * Returns what a block will do. Makes no changes.
 *
 * @throws FailoverRefused what `planFailover` refuses, and `kube-system` without `isForced` (`category`); ClusterError
 */
export async function planBlock(client: ApiClient, clock: Clock, request: BlockRequest, signal: AbortSignal): Promise<BlockPlan> {
  const { place, forMs, reason, isForced = false, actor } = request
  if (reason.trim() === '') throw new FailoverRefused('request', phrase`A block needs a reason.`)
  if (!isBlockTime(forMs)) throw new FailoverRefused('request', phrase`A block lasts from 1s to 1h.`)
  if (place.namespace === 'kube-system' && !isForced) {
    throw new FailoverRefused('category', `The ${placeText(place)} belongs to the control plane. While it is blocked, that part of the control plane does no work.`, { kind: 'override' })
  }
  const { election, refusal } = await readDriven(client, place, signal)
  if (!election) throw new FailoverRefused('free', phrase`There is no ${placePhrase(place)}.`)
  if (refusal && !(refusal.kind === 'category' && isForced)) throw new FailoverRefused(refusal.kind, refusal.message, refusal.remedy)
  const identity = `${BLOCK_PREFIX}${randomBytes(8).toString('hex')}`
  const failover = await planTake(client, clock, { place, identity, isForced, actor }, signal)
  const { leaseDurationMs } = timingsFor({}, failover?.election.record ?? election.record)
  return { request, identity, failover, leaseDurationMs }
}

/**
 * Blocks an election: stops its leader with a failover, and holds the lease with a candidate that does no work, as long as
 * requested, or until the signal is aborted. Then it releases the lease.
 *
 * @throws ClusterError as `runFailover`, ElectionRefused, WriteAltered as the elector
 */
export async function runBlock(
  client: ApiClient,
  clock: Clock,
  plan: BlockPlan,
  { signal, onEvent = () => undefined }: { readonly signal: AbortSignal; readonly onEvent?: (event: BlockEvent) => void },
): Promise<BlockResult> {
  const { identity, failover, request } = plan
  const { place, forMs, reason, actor } = request
  const recorder = new EventRecorder(client, place, { clock, component: 'kubectl-leader' })
  const stop = new AbortController()
  const over = (): void => stop.abort()
  signal.addEventListener('abort', over, { once: true })
  if (signal.aborted) over()
  const joined = Promise.withResolvers<undefined>()
  joined.promise.catch(() => undefined)
  const base = timingsFor({}, failover?.election.record ?? null)
  // There is no work to stop before the lease expires, so it may be renewed until shortly before.
  const renewDeadlineMs = Math.max(base.renewDeadlineMs, base.leaseDurationMs - MARGIN_MS)
  const now: { blockedAtMs: number | null; renewal: Stopwatch | null; isReleased: boolean; moved: FailoverResult | null } = { blockedAtMs: null, renewal: null, isReleased: false, moved: null }
  const elector = new LeaderElector({
    ...base,
    renewDeadlineMs,
    lock: clusterLock(client, place),
    identity,
    maxHoldMs: forMs,
    // planBlock has checked the category already.
    allowNonElection: true,
    clock,
    async onStartedLeading({ signal: lost }) {
      now.blockedAtMs = clock.monotonicMs()
      recorder.record(LEADER_BLOCK, blocksFor(actor, durationText(forMs), reason))
      onEvent({ type: 'blocked', forMs })
      await aborted(lost)
    },
    onRenewed: (renewal) => {
      now.renewal = renewal
    },
    onTermEnded: ({ released }) => {
      now.isReleased = released
    },
    // It has read the record by then.
    onNewLeader: () => joined.resolve(undefined),
  })
  const running = elector.run(stop.signal).finally(() => joined.reject(new Error('The block has ended.')))
  const candidate: TakingCandidate = {
    joined: joined.promise,
    leaving: stop.signal,
    get hasLed() {
      return now.blockedAtMs !== null
    },
  }
  const taking =
    failover &&
    takeLeadership(client, clock, failover, candidate, (event) => {
      if (event.type === 'result') now.moved = event.result
      else onEvent({ type: 'failover', event })
    })
  try {
    await taking
    const { moved } = now
    const isRefused = moved !== null && moved.outcome !== 'moved'
    if (isRefused) over()
    const because = await running
    const { blockedAtMs, renewal, isReleased } = now
    const sinceRenewalMs = renewal?.elapsedMs({ monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() }) ?? 0
    const isExpired = sinceRenewalMs >= base.leaseDurationMs
    // A release is compared with the last renewal, so it proves that no other client wrote the lease since.
    const ended = isExpired && !isReleased ? undefined : OUTCOMES[because ?? 'failed']
    const outcome = blockedAtMs === null ? 'not-blocked' : (ended ?? 'lost')
    const lostBy: StopReason | null = outcome !== 'lost' ? null : because !== null && OUTCOMES[because] ? 'deadline' : because
    // Candidates wait for a lease duration after a renewal. Another client may have written the lease right after it.
    const certainUntilMs = lostBy === null ? clock.monotonicMs() : renewal!.startedAtMs + (lostBy === 'deadline' ? Math.min(sinceRenewalMs, base.leaseDurationMs) : 0)
    const blockedMs = blockedAtMs === null ? 0 : Math.max(certainUntilMs - blockedAtMs, 0)
    const why = outcome === 'lost' ? `lost: ${lostBy}` : outcome
    const time = durationText(Math.round(blockedMs / 1000) * 1000)
    if (blockedAtMs !== null) recorder.record(LEADER_BLOCK, `The block of ${actor} ended after ${time} (${why}): ${reason}`)
    await recorder.settledWithin(EVENT_PATIENCE_MS)
    return { outcome, because: lostBy, blockedMs, isReleased, failover: isRefused ? moved : null }
  } finally {
    signal.removeEventListener('abort', over)
    over()
    await running.catch(() => undefined)
  }
}
