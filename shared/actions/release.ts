import type { ApiClient } from '../cluster/client.ts'
import { dryRunClient } from '../cluster/connection/dry-run.ts'
import { getElection } from '../cluster/elections/election-list.ts'
import { EventRecorder } from '../cluster/elections/event-recorder.ts'
import { LEADER_ELECTION } from '../cluster/elections/leadership-events.ts'
import { releasedRecord } from '../election/machine/candidate-record.ts'
import type { Election } from '../lease/election.ts'
import { isPlaceholder, isSameRecord, leaseDurationMs, observe, type ElectionRecord } from '../lease/index.ts'
import { clusterErrorOf } from '../locks/errors.ts'
import { clusterLock, LockError, type LockedRecord } from '../locks/index.ts'
import type { Clock } from '../time/index.ts'
import type { Remedy } from '../remedy.ts'
import { placeText, readDriven, type DrivenPlace, type Refusal } from './driven-election.ts'

/**
 * Why a lease is not released. No changes were made.
 *
 * - `category` (can be overridden: `isForced`), `coordinated`, `multilock`: see `Refusal`.
 * - `invalid`: its record has no lease duration to watch it for (can be overridden: release it without watching).
 * - `renewed`: its holder has just renewed it. `moved`: it has another holder. `released`: it has no holder any more.
 * - `underway`: a failover's placeholder holds it. `deleted`: it does not exist any more.
 */
export type ReleaseRefusal = Refusal['kind'] | 'invalid' | 'renewed' | 'moved' | 'released' | 'underway' | 'deleted'

/** A lease that is not released, with the reason in a sentence or two. Text from the cluster is in it as it is there. */
export class ReleaseRefused extends Error {
  override readonly name = 'ReleaseRefused'
  readonly kind: ReleaseRefusal
  readonly remedy: Remedy | undefined

  constructor(kind: ReleaseRefusal, message: string, remedy?: Remedy) {
    super(message)
    this.kind = kind
    this.remedy = remedy
  }
}

/** An election whose holder is to be emptied, as it was read. */
export interface ReleasePlan {
  readonly place: DrivenPlace
  readonly election: Election
  /** Who is to hold it no longer; empty where nobody does, and there is nothing to release. */
  readonly holderIdentity: string
  /** How long its holder must not renew it, under our own eyes, to count as gone; null where the record doesn't say. */
  readonly leaseDurationMs: number | null
  /** What the write is compared with. */
  readonly locked: LockedRecord
}

export interface ReleaseOptions {
  /** Why, for the Event; by whom is said in the words of the caller. */
  readonly reason?: string | undefined
  /** Who releases it, for the Event: `alice@laptop`. */
  readonly actor: string
  /** Stores nothing: `server` has the API server check the write, `client` does not even ask it. */
  readonly dryRun?: 'client' | 'server' | undefined
  readonly signal: AbortSignal
}

/** A holder renews several times within its lease duration; so many looks within it are enough to see that. */
const LOOKS = 15
const SHORTEST_PAUSE_MS = 200
const LONGEST_PAUSE_MS = 5_000
/** How often something around the record may be written in between, before this is given up. */
const TRIES = 5

/**
 * Reads an election that is to be released, and whether that may be. Nothing is written.
 *
 * @param options.isForced also a lease that is no election
 * @throws ReleaseRefused; ClusterError: `notFound`, `forbidden` naming what is not allowed, and whatever else
 */
export async function planRelease(
  client: ApiClient,
  place: DrivenPlace,
  { isForced, signal }: { readonly isForced: boolean; readonly signal: AbortSignal },
): Promise<ReleasePlan> {
  const { lock, namespace, name } = place
  const election = await getElection(client, lock, namespace, name, signal)
  const { refusal } = await readDriven(client, place, signal)
  // A release does no harm to what disappears anyhow: its candidates are only free the sooner.
  if (refusal && refusal.kind !== 'deleting' && !(refusal.kind === 'category' && isForced)) {
    throw new ReleaseRefused(refusal.kind, refusal.message, refusal.remedy)
  }
  const locked = await read(client, place, signal)
  const { record } = locked
  return { place, election, holderIdentity: record.holderIdentity, leaseDurationMs: leaseDurationMs(record), locked }
}

/**
 * Watches the holder for the whole lease duration, as a candidate would, and resolves to the plan as it then is. By
 * reading alone: whoever may release may read, and not always watch.
 *
 * @throws ReleaseRefused as soon as the holder is seen to renew, or somebody else holds it
 */
export async function observeHolder(
  client: ApiClient,
  clock: Clock,
  plan: ReleasePlan,
  signal: AbortSignal,
): Promise<ReleasePlan> {
  const { place, leaseDurationMs: durationMs } = plan
  if (durationMs === null) {
    throw new ReleaseRefused(
      'invalid',
      `The ${placeText(place)} has no lease duration, so it is not known whether its holder is gone.`,
      { kind: 'override' },
    )
  }
  const pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, durationMs / LOOKS))
  let observation = observe(undefined, plan.locked.record, clock.monotonicMs())
  for (;;) {
    const leftMs = observation.changedAtMs + durationMs - clock.monotonicMs()
    // The write is compared with the last look, so none is needed at the very end.
    if (leftMs <= 0) return plan
    await clock.sleep(Math.min(leftMs, pauseMs), signal)
    const locked = await read(client, place, signal)
    observation = observe(observation, locked.record, clock.monotonicMs())
    if (observation.hasSeenChange) throw lifeSign(plan, locked.record)
    plan = { ...plan, locked }
  }
}

/**
 * Empties the holder as client-go's release does, only where the record still is as the plan has it, and leaves an
 * Event on the object. Resolves to the record that was written.
 *
 * @throws ReleaseRefused where somebody wrote it in between; ClusterError
 */
export async function release(
  client: ApiClient,
  clock: Clock,
  plan: ReleasePlan,
  { reason, actor, dryRun, signal }: ReleaseOptions,
): Promise<LockedRecord> {
  const { place, holderIdentity } = plan
  const record = releasedRecord(plan.locked.record, clock.wallMs())
  if (dryRun === 'client') return { ...plan.locked, record }
  const lock = clusterLock(dryRun === 'server' ? dryRunClient(client) : client, place.namespace, place)
  let { locked } = plan
  for (let tries = 1; ; tries++) {
    try {
      const written = await lock.update(locked, record, signal)
      const why = reason === undefined ? '' : `: ${reason}`
      if (dryRun === undefined) await recordEvent(client, clock, place, `${actor} released the lease held by ${holderIdentity}${why}`)
      return written
    } catch (error) {
      const isOpen = error instanceof LockError && ['conflict', 'absent', 'unknown'].includes(error.kind)
      if (!isOpen || signal.aborted) throw clusterErrorOf(error)
      locked = await read(client, place, signal)
      // It was not answered, and was done.
      if (isSameRecord(locked.record, record)) return locked
      if (!isSameRecord(locked.record, plan.locked.record)) throw lifeSign(plan, locked.record)
      if (error.kind === 'unknown' || tries === TRIES) throw clusterErrorOf(error)
    }
  }
}

/** Why a record that has changed is not released. */
function lifeSign({ place, holderIdentity }: ReleasePlan, { holderIdentity: now }: ElectionRecord): ReleaseRefused {
  const name = placeText(place)
  if (now === '') return new ReleaseRefused('released', `Another client has just released the ${name}.`)
  if (now !== holderIdentity) {
    const kind = isPlaceholder(now) ? 'underway' : 'moved'
    return new ReleaseRefused(kind, `${isPlaceholder(now) ? 'A failover' : now} has just replaced ${holderIdentity} as the holder of the ${name}.`)
  }
  if (isPlaceholder(now)) return new ReleaseRefused('underway', `A failover is in progress and blocks the ${name} until it ends.`)
  return new ReleaseRefused(
    'renewed',
    `${now} is running: it has just renewed the ${name}. Releasing the lease of a running leader usually returns it to that ` +
      'leader, or creates two leaders for a while.',
    { kind: 'failOver' },
  )
}

async function read(client: ApiClient, place: DrivenPlace, signal: AbortSignal): Promise<LockedRecord> {
  try {
    const found = await clusterLock(client, place.namespace, place).read(signal)
    if (found) return found
  } catch (error) {
    throw clusterErrorOf(error)
  }
  throw new ReleaseRefused('deleted', `The ${placeText(place)} has just been deleted.`)
}

async function recordEvent(client: ApiClient, clock: Clock, place: DrivenPlace, message: string): Promise<void> {
  const recorder = new EventRecorder(client, place, { clock, component: 'kubectl-leader' })
  recorder.record(LEADER_ELECTION, message)
  await recorder.settled()
}
