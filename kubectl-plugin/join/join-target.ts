import { readDriven } from '../../shared/actions/driven-election.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { ClusterError } from '../../shared/cluster/errors.ts'
import { EventRecorder } from '../../shared/cluster/elections/event-recorder.ts'
import { isHeldWithoutDuration, type ElectionRecord } from '../../shared/lease/record.ts'
import { type ElectionRef, placeText } from '../../shared/lease/election-ref.ts'
import { clusterLock, type ClusterLockAddress, type RedisLockAddress } from '../../shared/locks/lock-address.ts'
import { LockError } from '../../shared/locks/errors.ts'
import { RedisLock } from '../../shared/locks/redis-lock.ts'
import type { Lock } from '../../shared/locks/lock.ts'
import { connectWith } from '../connection-flags.ts'
import { CommandError, ExitCode } from '../exit-code.ts'
import { withAdvice } from '../output/advice.ts'
import type { Session } from '../session.ts'
import type { JoinRequest } from './join-request.ts'

/** The election to join, as it was read before any write. */
export interface JoinTarget extends Disposable {
  readonly lock: Lock
  readonly name: string
  /** Empty if the election is not in a cluster. */
  readonly namespace: string
  /** Null if the lock does not exist yet. */
  readonly record: ElectionRecord | null
  readonly recorder: EventRecorder | null
  /** Null if the election is not in a cluster. */
  readonly cluster: { readonly client: ApiClient; readonly place: ElectionRef } | null
}

/**
 * Connects, and reads the election.
 * @throws ClusterError or CommandError if the election cannot be reached, is not allowed, or cannot be joined
 */
export function openTarget(session: Session, request: JoinRequest): Promise<JoinTarget> {
  const { address } = request
  return address.lock === 'redis' ? openInRedis(session, address) : openInCluster(session, request, address)
}

async function openInCluster(session: Session, request: JoinRequest, address: ClusterLockAddress): Promise<JoinTarget> {
  const client = await connectWith(session, request.connection)
  try {
    const place = { lock: address.lock ?? 'lease', namespace: client.namespace, name: address.name } as const
    const { election, refusal } = await readDriven(client, place, session.signal)
    if (refusal && !(refusal.kind === 'category' && request.isForced)) {
      throw new CommandError(`${withAdvice(refusal)} No changes were made.`)
    }
    if (election && isHeldWithoutDuration(election.record) && !request.isForced) {
      throw new CommandError(
        `The ${placeText(place)} has no lease duration, so no candidate can tell when ${election.record.holderIdentity} ` +
          'has stopped. To override this check, pass --force. No changes were made.',
      )
    }
    return {
      lock: clusterLock(client, place),
      name: place.name,
      namespace: place.namespace,
      record: election?.record ?? null,
      recorder: new EventRecorder(client, place, { clock: session.clock, component: 'kubectl-leader' }),
      cluster: { client, place },
      [Symbol.dispose]: () => client.close(),
    }
  } catch (error) {
    client.close()
    throw error
  }
}

async function openInRedis(session: Session, address: RedisLockAddress): Promise<JoinTarget> {
  const lock = new RedisLock(address)
  try {
    const found = await lock.read(session.signal)
    const dispose = (): void => lock[Symbol.dispose]()
    const nowhere = { namespace: '', recorder: null, cluster: null }
    return { lock, name: address.key, record: found?.record ?? null, ...nowhere, [Symbol.dispose]: dispose }
  } catch (error) {
    lock[Symbol.dispose]()
    session.signal.throwIfAborted()
    throw lockFailure(error)
  }
}

/** The error to report for a failed request to a lock. */
export function lockFailure(error: unknown): unknown {
  if (!(error instanceof LockError)) return error
  if (error.cause instanceof ClusterError) return error.cause
  const exitCode = error.kind === 'forbidden' ? ExitCode.forbidden : ExitCode.server
  return new CommandError(error.message, exitCode, { cause: error })
}
