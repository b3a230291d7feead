import { requirePermissions } from '../cluster/access-review.ts'
import type { ApiClient } from '../cluster/client.ts'
import { writingClient } from '../cluster/connection/dry-run.ts'
import { lockResource } from '../cluster/elections/election-collection.ts'
import { EventRecorder } from '../cluster/elections/event-recorder.ts'
import { LEADER_ELECTION } from '../cluster/elections/leadership-events.ts'
import { electionOrNull, refusalOf, type Refusal } from '../cluster/elections/refusal.ts'
import { isBlock, isBlocking } from '../lease/placeholder.ts'
import { placePhrase, type ElectionRef } from '../lease/election-ref.ts'
import type { Election } from '../lease/election.ts'
import { clusterLock } from '../locks/lock-address.ts'
import type { Clock } from '../time/clock.ts'
import { Keeper, type KeepEvent, type KeeperOptions } from './keeper.ts'
import { isRenewedByKubectlLeader } from './renewing-manager.ts'
import { phrase, Phrase, saying } from '../phrase.ts'

/** The field manager of the writes in another program's name: it tells them from those of kubectl-leader candidates. */
const MANAGER = 'kubectl-leader-keep'
/** How long to wait for an Event to be recorded; milliseconds. */
const EVENT_PATIENCE_MS = 2_000

/**
 * Why a lease is not kept. No changes were made.
 *
 * - `category`, `coordinated`, `multilock`, `deleting`: see `Refusal`.
 * - `own`: the program is a kubectl-leader candidate, which takes a record that it did not write for that of another process,
 *   and stops leading.
 * - `placeholder`: the identity is that of a failover.
 */
export type KeepRefusal = Refusal['kind'] | 'own' | 'placeholder'

/** A lease that is not kept, with the reason in a sentence or two. Text from the cluster is not escaped. */
export class KeepRefused extends Error {
  override readonly name = 'KeepRefused'
  readonly kind: KeepRefusal

  constructor(kind: KeepRefusal, message: Phrase | string) {
    super(String(message))
    this.kind = kind
    if (message instanceof Phrase) saying(this, message)
  }
}

/** An election in which a lease may be kept, as it was read. */
export interface KeepPlan {
  readonly place: ElectionRef
  /** The program's holder identity; null to find it by observation. */
  readonly identity: string | null
  /** Null if its object does not exist yet. */
  readonly election: Election | null
}

/**
 * Checks whether a lease may be renewed in the name of another program. Makes no changes.
 *
 * @throws KeepRefused if it may not; ClusterError if it cannot be read (`forbidden` names the missing permission)
 */
export async function planKeep(client: ApiClient, request: Omit<KeepPlan, 'election'>, signal: AbortSignal): Promise<KeepPlan> {
  const { place, identity } = request
  if (identity !== null && isBlocking(identity)) {
    throw new KeepRefused('placeholder', isBlock(identity) ? phrase`${identity} blocks a lease for maintenance. It is not the identity of a program.` : phrase`${identity} is the placeholder of a failover. It is not the identity of a program.`)
  }
  const { namespace, name, lock } = place
  const election = await electionOrNull(client, lock, place, signal)
  await requirePermissions(client, [{ verb: 'update', resource: lockResource(lock), place: { namespace, name } }], signal)
  await refuse(client, place, election, signal)
  if (election && election.record.holderIdentity === identity) await refuseOwn(client, place, signal)
  return { ...request, election }
}

/**
 * A keeper for the election of a plan. It checks once more before its first write, when the program is the holder, and
 * records an Event with its first write and with a release.
 *
 * @param options.actor the user to record in the Events: `alice@laptop`
 * @param options.program what the Events say about the program: `process 4711`
 */
export function electionKeeper(
  client: ApiClient,
  { place, identity }: KeepPlan,
  options: Omit<KeeperOptions, 'lock' | 'identity' | 'check'> & { readonly clock: Clock; readonly actor: string; readonly program: string },
): { readonly keeper: Keeper; /** Resolves when the Events are recorded, or after two seconds. */ readonly settled: () => Promise<void> } {
  const { actor, program, clock } = options
  const events = new EventRecorder(client, place, { clock, component: 'kubectl-leader' })
  let hasRecorded = false
  const onEvent = (event: KeepEvent): void => {
    const holder = keeper.identity ?? ''
    if (event.type === 'keeping' && !hasRecorded) {
      hasRecorded = true
      events.record(LEADER_ELECTION, `${actor} renews the lease in the name of ${holder} while ${program} is stopped`)
    }
    if (event.type === 'released') events.record(LEADER_ELECTION, `${actor} released the lease of ${holder}: ${program} has ended`)
    options.onEvent(event)
  }
  const check = async (signal: AbortSignal): Promise<void> => {
    await refuse(client, place, await electionOrNull(client, place.lock, place, signal), signal)
    await refuseOwn(client, place, signal)
  }
  const lock = clusterLock(writingClient(client, { fieldManager: MANAGER }), place)
  const keeper: Keeper = new Keeper({ ...options, lock, identity, check, onEvent })
  return { keeper, settled: () => events.settledWithin(EVENT_PATIENCE_MS) }
}

async function refuse(client: ApiClient, place: ElectionRef, election: Election | null, signal: AbortSignal): Promise<void> {
  const refusal = await refusalOf(client, place, election, signal)
  if (refusal) throw new KeepRefused(refusal.kind, refusal.message)
}

async function refuseOwn(client: ApiClient, place: ElectionRef, signal: AbortSignal): Promise<void> {
  if (!(await isRenewedByKubectlLeader(client, place, signal))) return
  throw new KeepRefused(
    'own',
    phrase`The ${placePhrase(place)} is held by a kubectl-leader candidate, which stops leading when another process renews in its name.`,
  )
}
