import type { ApiClient } from '../../cluster/client.ts'
import { heldRecord } from '../../lease/candidate-record.ts'
import { PLACEHOLDER_PREFIX } from '../../lease/placeholder.ts'
import { placeText } from '../../lease/election-ref.ts'
import { clusterErrorOf, LockError } from '../../locks/errors.ts'
import { clusterLock } from '../../locks/lock-address.ts'
import type { Clock } from '../../time/clock.ts'
import { changeSince } from './acquisition.ts'
import { FailoverRefused, type FailoverPlan } from './failover-plan.ts'

/** The leader renews in the meantime, so a conflict is normal. */
const TRIES = 5

/**
 * Writes a placeholder through a dry-run connection, which stores nothing.
 *
 * @throws FailoverRefused (`moved`, `free`, `changed`) if the leader's term is over; ClusterError or LockError if the write
 *   fails
 */
export async function tryPlaceholder(trial: ApiClient, clock: Clock, plan: FailoverPlan, signal: AbortSignal): Promise<void> {
  const { place } = plan.request
  const lock = clusterLock(trial, place)
  const candidate = { identity: `${PLACEHOLDER_PREFIX}dry-run`, leaseDurationMs: plan.placeholderMs }
  for (let tries = 1; ; tries++) {
    try {
      const base = await lock.read(signal)
      const holderIdentity = base?.record.holderIdentity ?? ''
      if (!base || holderIdentity !== plan.from) {
        throw new FailoverRefused(holderIdentity === '' ? 'free' : 'moved', `${plan.from} no longer holds the ${placeText(place)}.`)
      }
      if (changeSince(plan.acquisition, base.record) !== null) {
        throw new FailoverRefused('changed', `${plan.from} has acquired the ${placeText(place)} again, or changed its lease duration, since the plan was made.`)
      }
      await lock.update(base, heldRecord(candidate, base.record, clock.wallMs()), signal)
      return
    } catch (error) {
      if (!(error instanceof LockError)) throw error
      if (error.kind === 'conflict' && tries < TRIES) continue
      throw clusterErrorOf(error)
    }
  }
}
