import type { ApiClient } from '../cluster/client.ts'
import { releasedRecord } from '../election/machine/candidate-record.ts'
import { clusterLock } from '../locks/index.ts'
import type { Clock } from '../time/index.ts'
import { withPatience } from '../time/with-patience.ts'
import type { DrivenPlace } from './driven-election.ts'
import {
  FailoverRefused,
  planFailover,
  runFailover,
  type FailoverEvent,
  type FailoverPlan,
  type FailoverResult,
} from './failover.ts'

/** Who wants to lead, and where. */
export interface TakeRequest {
  readonly place: DrivenPlace
  /** Of the candidate that the caller stands itself. */
  readonly identity: string
  /** Also a lease that is no election (category node, apiserver, other). */
  readonly isForced?: boolean
  /** Who, for the Events: `alice@laptop`. */
  readonly actor: string
}

/** A candidate of this process, which leadership is moved to. */
export interface TakingCandidate {
  /** Resolves once it has read the election's record: from then on it sees what is handed to it. Rejects if it never will. */
  readonly standing: Promise<unknown>
  /** Aborted as soon as it is told to leave, and when it has left. */
  readonly leaving: AbortSignal
  readonly hasLed: boolean
}

/** How long a lease that was handed to a candidate that had left is tried to be given up; after that it runs out. */
const GIVE_UP_PATIENCE_MS = 5_000

/**
 * Says what taking leadership will do, as `planFailover` does. Nothing is written. Null where there is nothing to take:
 * nobody holds the election, or its holder was not seen to renew it for its whole lease duration, so that any candidate
 * comes to lead by standing.
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
 * Moves leadership to a candidate of this process, by the road of a failover: the candidate stands first, nobody leads
 * until the incumbent must have stopped, and then the lease is handed to the candidate, which leads from its own first
 * write. Resolves to what became of it: `moved` to the candidate's identity means that it leads, or has led.
 *
 * If the candidate is told to leave meanwhile, the failover undoes itself; what was handed over already is released.
 *
 * @throws ClusterError as `runFailover`; what `candidate.standing` rejects with, and then nothing was written
 */
export async function takeLeadership(
  client: ApiClient,
  clock: Clock,
  plan: FailoverPlan,
  candidate: TakingCandidate,
  onEvent: (event: FailoverEvent) => void = () => undefined,
): Promise<FailoverResult> {
  await candidate.standing
  const result = await runFailover(client, clock, plan, {
    signal: candidate.leaving,
    onEvent(event) {
      if (event.type !== 'result') onEvent(event)
    },
  })
  const isOurs = result.to === plan.to
  // Its term may have been so short that the failover saw no more than its end.
  const isTaken = candidate.hasLed || (isOurs && !candidate.leaving.aborted)
  if (!isTaken && isOurs) await giveUp(client, clock, plan)
  const told: FailoverResult = isTaken ? { ...result, outcome: 'moved', to: plan.to!, abortion: null } : result
  onEvent({ type: 'result', result: told })
  return told
}

/** Releases what was handed to a candidate that had left, and does not look at it any more. */
async function giveUp(client: ApiClient, clock: Clock, { request: { place }, to }: FailoverPlan): Promise<void> {
  const lock = clusterLock(client, place.namespace, place)
  const release = withPatience(clock, GIVE_UP_PATIENCE_MS, async (over) => {
    const found = await lock.read(over)
    if (found?.record.holderIdentity === to) await lock.update(found, releasedRecord(found.record, clock.wallMs()), over)
  })
  // Otherwise it runs out by itself.
  await release.catch(() => undefined)
}
