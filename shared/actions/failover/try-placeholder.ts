import type { ApiClient } from '../../cluster/client.ts'
import { heldRecord } from '../../election/machine/candidate-record.ts'
import { PLACEHOLDER_PREFIX } from '../../lease/index.ts'
import { clusterErrorOf } from '../../locks/errors.ts'
import { clusterLock, LockError } from '../../locks/index.ts'
import type { Clock } from '../../time/index.ts'
import { placeText } from '../driven-election.ts'
import { changeSince } from './acquisition.ts'
import { FailoverRefused, type FailoverPlan } from './failover-plan.ts'

/** The incumbent renews meanwhile. */
const TRIES = 5

/**
 * Sends a placeholder by a connection that stores nothing.
 * @throws FailoverRefused (`moved`, `free`, `changed`) where its holder has changed; ClusterError; LockError where none is behind it
 */
export async function tryPlaceholder(trial: ApiClient, clock: Clock, plan: FailoverPlan, signal: AbortSignal): Promise<void> {
  const { place } = plan.request
  const lock = clusterLock(trial, place.namespace, place)
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
