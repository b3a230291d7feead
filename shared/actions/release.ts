import type { ApiClient } from '../cluster/client.ts'
import { dryRunClient } from '../cluster/connection/dry-run.ts'
import { getElection } from '../cluster/elections/election-list.ts'
import { EventRecorder } from '../cluster/elections/event-recorder.ts'
import { LEADER_ELECTION } from '../cluster/elections/leadership-events.ts'
import { releasedRecord } from '../lease/candidate-record.ts'
import type { Election } from '../lease/election.ts'
import { isBlock, isBlocking } from '../lease/placeholder.ts'
import { isSameRecord, leaseDurationMs, type ElectionRecord } from '../lease/record.ts'
import { observe } from '../lease/observation.ts'
import { type ElectionRef, placeText } from '../lease/election-ref.ts'
import { clusterErrorOf, LockError } from '../locks/errors.ts'
import { clusterLock } from '../locks/lock-address.ts'
import type { LockedRecord } from '../locks/lock.ts'
import type { Clock } from '../time/clock.ts'
import type { Remedy } from '../remedy.ts'
import { readDriven, type Refusal } from './driven-election.ts'

/**
 * Why a lease is not released. No changes were made.
 *
 * - `category` (can be overridden: `isForced`), `coordinated`, `multilock`: see `Refusal`.
 * - `invalid`: its record has no lease duration to watch it for (can be overridden: release it without watching).
 * - `renewed`: its holder has just renewed it. `moved`: it has another holder. `released`: it has no holder any more.
 * - `underway`: a failover's placeholder holds it. `deleted`: it does not exist any more.
 */
export type ReleaseRefusal = Refusal['kind'] | 'invalid' | 'renewed' | 'moved' | 'released' | 'underway' | 'deleted'

/** A lease that is not released, with the reason in a sentence or two. Text from the cluster is not escaped. */
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

/** A lease to release, as it was read. */
export interface ReleasePlan {
  readonly place: ElectionRef
  readonly election: Election
  /** The holder to remove; empty if there is none, and nothing to release. */
  readonly holderIdentity: string
  /** How long this process must observe no renewal before the holder counts as gone; null if the record has no duration. */
  readonly leaseDurationMs: number | null
  /** The record that the write is compared with. */
  readonly locked: LockedRecord
}

export interface ReleaseOptions {
  /** The reason to record in the Event. */
  readonly reason?: string | undefined
  /** The user to record in the Event: `alice@laptop`. */
  readonly actor: string
  /** Makes no changes: with `server`, the API server validates the write; with `client`, no write is sent. */
  readonly dryRun?: 'client' | 'server' | undefined
  readonly signal: AbortSignal
}

/** How many times to read within one lease duration. A holder renews several times in it. */
const LOOKS = 15
const SHORTEST_PAUSE_MS = 200
const LONGEST_PAUSE_MS = 5_000
/** How many conflicts to accept from writes that change only the object's metadata. */
const TRIES = 5

/**
 * Reads a lease to release, and checks whether it may be released. Makes no changes.
 *
 * @param options.isForced allow a lease that is not a leader election
 * @throws ReleaseRefused if the lease may not be released; ClusterError if it cannot be read (`forbidden` names the missing
 *   permission)
 */
export async function planRelease(
  client: ApiClient,
  place: ElectionRef,
  { isForced, signal }: { readonly isForced: boolean; readonly signal: AbortSignal },
): Promise<ReleasePlan> {
  const { lock, namespace, name } = place
  const election = await getElection(client, lock, namespace, name, signal)
  const { refusal } = await readDriven(client, place, signal)
  // A lease that is being deleted may be released: candidates can only create it again sooner.
  if (refusal && refusal.kind !== 'deleting' && !(refusal.kind === 'category' && isForced)) {
    throw new ReleaseRefused(refusal.kind, refusal.message, refusal.remedy)
  }
  const locked = await read(client, place, signal)
  const { record } = locked
  return { place, election, holderIdentity: record.holderIdentity, leaseDurationMs: leaseDurationMs(record), locked }
}

/**
 * Observes the holder for a full lease duration, as a candidate would, and resolves to the updated plan. It only reads,
 * because a user who may release a lease may not be allowed to watch it.
 *
 * @throws ReleaseRefused as soon as the holder renews, or another holder is observed
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
    // The write is compared with the last read, so no final read is needed.
    if (leftMs <= 0) return plan
    await clock.sleep(Math.min(leftMs, pauseMs), signal)
    const locked = await read(client, place, signal)
    observation = observe(observation, locked.record, clock.monotonicMs())
    if (observation.hasSeenChange) throw refusalAfter(plan, locked.record)
    plan = { ...plan, locked }
  }
}

/**
 * Releases a lease as client-go does, only if the record is still the one in the plan, and records an Event on the object.
 * Resolves to the written record.
 *
 * @throws ReleaseRefused if another client wrote the record in the meantime; ClusterError if the write fails
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
  const lock = clusterLock(dryRun === 'server' ? dryRunClient(client) : client, place)
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
      // The write got no answer, but was applied.
      if (isSameRecord(locked.record, record)) return locked
      if (!isSameRecord(locked.record, plan.locked.record)) throw refusalAfter(plan, locked.record)
      if (error.kind === 'unknown' || tries === TRIES) throw clusterErrorOf(error)
    }
  }
}

/** Why a record that has changed is not released. */
function refusalAfter({ place, holderIdentity }: ReleasePlan, { holderIdentity: now }: ElectionRecord): ReleaseRefused {
  const name = placeText(place)
  if (now === '') return new ReleaseRefused('released', `Another client has just released the ${name}.`)
  if (now !== holderIdentity) {
    const kind = isBlocking(now) ? 'underway' : 'moved'
    return new ReleaseRefused(kind, `${isBlock(now) ? 'A block' : isBlocking(now) ? 'A failover' : now} has just replaced ${holderIdentity} as the holder of the ${name}.`)
  }
  if (isBlock(now)) return new ReleaseRefused('underway', `The ${name} is blocked for maintenance: see its Events. To end the block, end its command.`)
  if (isBlocking(now)) return new ReleaseRefused('underway', `A failover is in progress and blocks the ${name} until it ends.`)
  return new ReleaseRefused(
    'renewed',
    `${now} is running: it has just renewed the ${name}. Releasing the lease of a running leader usually returns it to that ` +
      'leader, or creates two leaders for a while.',
    { kind: 'failOver' },
  )
}

async function read(client: ApiClient, place: ElectionRef, signal: AbortSignal): Promise<LockedRecord> {
  try {
    const found = await clusterLock(client, place).read(signal)
    if (found) return found
  } catch (error) {
    throw clusterErrorOf(error)
  }
  throw new ReleaseRefused('deleted', `The ${placeText(place)} has just been deleted.`)
}

async function recordEvent(client: ApiClient, clock: Clock, place: ElectionRef, message: string): Promise<void> {
  const recorder = new EventRecorder(client, place, { clock, component: 'kubectl-leader' })
  recorder.record(LEADER_ELECTION, message)
  await recorder.settled()
}
