import type { ApiClient } from '../cluster/client.ts'
import { releasedRecord } from '../lease/candidate-record.ts'
import type { ElectionRef } from '../lease/election-ref.ts'
import { clusterLock } from '../locks/lock-address.ts'
import type { Clock } from '../time/clock.ts'
import { withPatience } from '../time/with-patience.ts'
import {
  FailoverRefused,
  planFailover,
  runFailover,
  type FailoverEvent,
  type FailoverPlan,
  type FailoverResult,
} from './failover.ts'

/** The candidate that takes leadership, and the election. */
export interface TakeRequest {
  readonly place: ElectionRef
  /** The holder identity of the caller's own candidate. */
  readonly identity: string
  /** Allow a lease that is not a leader election (category node, apiserver, other). */
  readonly isForced?: boolean
  /** The user to record in the Events: `alice@laptop`. */
  readonly actor: string
}

/** A candidate of this process, to which leadership moves. */
export interface TakingCandidate {
  /** Resolves once the candidate has read the record, so that it will notice the handover. Rejects if it never will. */
  readonly joined: Promise<unknown>
  /** Aborted when the candidate is told to leave the election, or has left it. */
  readonly leaving: AbortSignal
  readonly hasLed: boolean
}

/** How long to try to release a lease that was handed over to a candidate that had left; after that, it expires. */
const RELEASE_PATIENCE_MS = 5_000

/**
 * Returns what taking leadership will do, as `planFailover` does. Makes no changes. Null if there is no leader to take over
 * from: the lease has no holder, or its holder did not renew it for a full lease duration. Then the candidate can simply
 * acquire the lease.
 *
 * @throws what `planFailover` does
 */
export async function planTake(
  client: ApiClient,
  clock: Clock,
  { place, identity, isForced = false, actor }: TakeRequest,
  signal: AbortSignal,
): Promise<FailoverPlan | null> {
  try {
    return await planFailover(client, clock, { place, to: identity, isOwnCandidate: true, isForced, actor }, signal)
  } catch (error) {
    if (error instanceof FailoverRefused && (error.kind === 'free' || error.kind === 'expired')) return null
    throw error
  }
}

/**
 * Moves leadership to a candidate of this process with a failover: the candidate waits as a standby, the failover blocks the
 * lease until the old leader must have stopped, and then hands it over to the candidate, which leads from its own first
 * write. Resolves to the outcome: `moved` to the candidate's identity means that the candidate leads, or has led.
 *
 * If the candidate is told to leave in the meantime, the failover undoes what it can, and releases a lease that it has
 * already handed over.
 *
 * @throws ClusterError as `runFailover`; what `candidate.joined` rejects with, and then no changes were made
 */
export async function takeLeadership(
  client: ApiClient,
  clock: Clock,
  plan: FailoverPlan,
  candidate: TakingCandidate,
  onEvent: (event: FailoverEvent) => void = () => undefined,
): Promise<FailoverResult> {
  await candidate.joined
  const result = await runFailover(client, clock, plan, {
    signal: candidate.leaving,
    onEvent(event) {
      if (event.type !== 'result') onEvent(event)
    },
  })
  const isOurs = result.to === plan.to
  // The term may have been so short that the failover observed only its end.
  const isTaken = candidate.hasLed || (isOurs && !candidate.leaving.aborted)
  if (!isTaken && isOurs) await releaseAfterHandover(client, clock, plan)
  const told: FailoverResult = isTaken ? { ...result, outcome: 'moved', to: plan.to!, abortion: null } : result
  onEvent({ type: 'result', result: told })
  return told
}

/** Releases a lease that was handed over to a candidate that has left, and so does not release it itself. */
async function releaseAfterHandover(client: ApiClient, clock: Clock, { request: { place }, to }: FailoverPlan): Promise<void> {
  const lock = clusterLock(client, place)
  const release = withPatience(clock, RELEASE_PATIENCE_MS, async (over) => {
    const found = await lock.read(over)
    if (found?.record.holderIdentity === to) await lock.update(found, releasedRecord(found.record, clock.wallMs()), over)
  })
  // Otherwise the lease expires on its own.
  await release.catch(() => undefined)
}
