import type { Election } from '../../lease/index.ts'
import type { FailoverCaution, FailoverRequest } from './failover-plan.ts'

interface Circumstances {
  readonly request: FailoverRequest
  readonly election: Election
  readonly isOtherKnown: boolean
  readonly isTargetKnown: boolean
  /** After how long without a renewal the incumbent must have stopped. */
  readonly safeMs: number
  readonly blockMs: number
}

/** What could go wrong with a failover, or will surprise; most important first. */
export function cautionsOf(circumstances: Circumstances): readonly FailoverCaution[] {
  const { request, election, isOtherKnown, isTargetKnown, safeMs, blockMs } = circumstances
  const cautions: FailoverCaution[] = []
  const add = (code: FailoverCaution['code'], message: string): unknown => cautions.push({ code, message })
  const { to, deletesPod = false } = request

  if (election.category !== 'election') {
    add('notALease', 'It is a lease that is no leader election: whoever holds it may not expect to lose it.')
  }
  if (!deletesPod && blockMs < safeMs) {
    add(
      'shortBlock',
      `The block is shorter than the ${seconds(safeMs)} after which any leader must have stopped: unless its renew ` +
        `deadline and its retry period are together below ${seconds(blockMs)}, there may be two leaders.`,
    )
  }
  if (!isOtherKnown) {
    add(
      'noOtherCandidate',
      'No other candidate is known: nobody may lead until the old leader comes back. (Standbys leave no trace in a lease.)',
    )
  }
  if (to !== undefined && !isTargetKnown) {
    add('unknownTarget', `No Pod, LeaseCandidate or Event confirms that ${to} is a candidate. If it is not, there is no leader until the lease expires, a lease duration later.`)
  }
  add('restarts', 'Most programs end when they lose their lease, and are restarted.')
  if (to === undefined) {
    add('mayReturn', 'Whoever looks first takes over, and that may be the old leader, restarted. To choose, say who (--to).')
  }
  return cautions
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`
}
