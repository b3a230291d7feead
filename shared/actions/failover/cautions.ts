import { isKnownFromEvent, type Candidate } from '../../candidates/candidate.ts'
import type { Election } from '../../lease/election.ts'
import type { Remedy } from '../../remedy.ts'
import type { CautionFacts, FailoverCaution, FailoverRequest } from './failover-plan.ts'

interface Circumstances {
  readonly request: FailoverRequest
  readonly election: Election
  readonly isOtherKnown: boolean
  readonly isTargetKnown: boolean
  /** The candidate that leadership is handed over to, if one is known. */
  readonly target: Candidate | null
  /** Whether the lease is handed over to one candidate. */
  readonly isHandedOver: boolean
  /** The time without a renewal after which the old leader must have stopped. */
  readonly safeMs: number
  readonly blockMs: number
}

/** What could go wrong with a failover, or will surprise; most important first. */
export function cautionsOf(circumstances: Circumstances): readonly FailoverCaution[] {
  const { request, election, isOtherKnown, isTargetKnown, target, isHandedOver, safeMs, blockMs } = circumstances
  const cautions: FailoverCaution[] = []
  const add = (facts: CautionFacts, message: string, remedy?: Remedy): unknown => cautions.push({ ...facts, message, ...(remedy && { remedy }) })
  const { to, deletesPod = false } = request

  if (election.category !== 'election') {
    add({ code: 'notALease' }, 'This lease is not a leader election. Its holder may not be prepared to lose it.')
  }
  if (!deletesPod && blockMs < safeMs) {
    add(
      { code: 'shortBlock', blockMs, safeMs },
      `The block of ${seconds(blockMs)} is shorter than the ${seconds(safeMs)} after which any leader must have stopped. There can be ` +
        `two leaders, unless the leader's renew deadline plus its retry period is less than ${seconds(blockMs)}.`,
    )
  }
  if (!isOtherKnown) {
    add(
      { code: 'noOtherCandidate' },
      'No other candidate is known. There may be no leader until the old leader acquires the lease again. (A lease does not record standbys.)',
    )
  }
  if (to !== undefined && isHandedOver && !isTargetKnown) {
    add({ code: 'unknownTarget', to }, `No Pod, LeaseCandidate or Event confirms that ${to} is a candidate. If it is not, there is no leader until the lease expires, one lease duration later.`)
  }
  if (target?.identity && isKnownFromEvent(target)) {
    const { identity, toldAt } = target
    add(
      { code: 'onlyEvent', to: identity, toldAt },
      `Only an Event${toldAt === null ? '' : ` of ${toldAt}`} tells that ${identity} is a candidate. If its process has ended since, there is no leader until the lease expires, one lease duration later.`,
    )
  }
  add({ code: 'restarts' }, 'Most programs exit when they lose the lease, and are then restarted.')
  if (!isHandedOver) {
    add(
      { code: 'mayReturn' },
      'The first candidate to check the lease acquires it. That can be the restarted old leader.',
      to === undefined ? { kind: 'nameSuccessor' } : undefined,
    )
  }
  return cautions
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10}s`
}
