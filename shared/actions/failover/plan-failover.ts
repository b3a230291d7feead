import type { Candidate } from '../../candidates/candidate.ts'
import { candidatesOf } from '../../candidates/candidates-of.ts'
import { requirePermissions } from '../../cluster/access-review.ts'
import type { ApiClient } from '../../cluster/client.ts'
import { readElectionDetails, type ElectionDetails } from '../../cluster/elections/election-details.ts'
import { PODS } from '../../cluster/paths.ts'
import { isBlock, isBlocking, isPlaceholder, PLACEHOLDER_PREFIX } from '../../lease/placeholder.ts'
import { leaseDurationMs, type ElectionRecord } from '../../lease/record.ts'
import type { Election } from '../../lease/election.ts'
import { placePhrase, placeText } from '../../lease/election-ref.ts'
import type { Clock } from '../../time/clock.ts'
import { endOf } from '../../remedy.ts'
import { blockNotice } from '../block-notice.ts'
import { readDriven } from '../driven-election.ts'
import { acquisitionOf, type Acquisition } from './acquisition.ts'
import { cautionsOf } from './cautions.ts'
import { drawOf, MOST_TRIES } from './draw.ts'
import { FailoverRefused, type FailoverPlan, type FailoverRequest } from './failover-plan.ts'
import { observeRenewals, type Renewals } from './observe-renewals.ts'
import { byFitness, isAvoiding, isElsewhere } from './placement.ts'
import { findTarget, identityOf, podNameOf } from './target.ts'
import { phrase } from '../../phrase.ts'

/** No leader renews more often within its lease duration than this. */
const MOST_RENEWALS = 20
/** How much longer than the block the placeholder lasts if this process dies. */
const PLACEHOLDER_MARGIN_MS = 1_000
/** A candidate whose container is restarted is usually back within this time. */
const SHORTEST_TIMEOUT_MS = 30_000
/** A client-go standby polls every 1 to 2.2 retry periods. */
const LONGEST_POLL = 2.2

/**
 * Reads an election, watches its holder renew the lease, and returns what a failover will do. Makes no changes.
 *
 * @param signal rejects with its reason when aborted
 * @throws FailoverRefused if the failover would be refused; ClusterError if something cannot be read (`forbidden` names the
 *   missing verb and resource)
 */
export async function planFailover(
  client: ApiClient,
  clock: Clock,
  request: FailoverRequest,
  signal?: AbortSignal,
): Promise<FailoverPlan> {
  const { place } = request
  checkRequest(request)
  const { election, refusal } = await readDriven(client, place, signal)
  if (!election) throw new FailoverRefused('free', phrase`There is no ${placePhrase(request.place)}.`)
  if (refusal && !(refusal.kind === 'category' && request.isForced)) {
    throw new FailoverRefused(refusal.kind, refusal.message, refusal.remedy)
  }
  if (isBlock(election.record.holderIdentity)) throw underway(request, election.record, await blockNotice(client, clock, place, signal))
  checkRecord(election.record, request)
  if (request.deletesPod) await mayDeletePods(client, request, signal)

  // If one of the two fails, stop the other one.
  const over = new AbortController()
  const both = signal ? AbortSignal.any([signal, over.signal]) : over.signal
  try {
    const [renewals, details] = await Promise.all([
      observeRenewals(client, clock, place, both),
      readElectionDetails(client, clock, place, both),
    ])
    const record = checkRenewals(renewals, election, request)
    // The last observed record counts.
    const durationMs = checkRecord(record, request)
    const seen = { from: record.holderIdentity, acquisition: acquisitionOf(renewals.previous!, record), durationMs, renewIntervalMs: renewals.intervalMs }
    if (request.deletesPod) checkPod(details)
    return planOf({ request, election, details, ...seen })
  } finally {
    over.abort()
  }
}

interface Facts {
  readonly request: FailoverRequest
  readonly election: Election
  readonly from: string
  readonly acquisition: Acquisition
  readonly details: ElectionDetails
  readonly durationMs: number
  readonly renewIntervalMs: number
}

function planOf({ request, election, from, acquisition, details, durationMs, ...seen }: Facts): FailoverPlan {
  // Two writes in quick succession do not define the renewal interval, so apply a lower bound.
  const renewIntervalMs = Math.ceil(Math.max(seen.renewIntervalMs, durationMs / MOST_RENEWALS))
  const safeMs = durationMs + renewIntervalMs
  const blockMs = request.blockMs ?? safeMs
  const all = candidatesOf(details)
  const candidates = all.filter(({ isLeader }) => !isLeader)
  const { to, target, accepted } = wantedOf(request, all, details)
  const isOtherKnown = to !== null || candidates.some(({ pod, source }) => pod !== null || source === 'leaseCandidate' || source === 'announcement')
  const pollMs = LONGEST_POLL * renewIntervalMs
  const timeoutMs = Math.max(SHORTEST_TIMEOUT_MS, 2 * durationMs) + (to === null ? 0 : durationMs)
  const mostMs = request.deletesPod ? durationMs + pollMs : blockMs + pollMs
  const draw = accepted && drawOf(request, accepted, candidates, mostMs + 2 * renewIntervalMs)
  const isTargetKnown = request.isOwnCandidate === true || target !== null
  return {
    request,
    election: details.election,
    from,
    acquisition,
    to,
    target,
    draw,
    holder: details.holder,
    node: details.node,
    owners: details.owners,
    candidates,
    isOtherKnown,
    leaseDurationMs: durationMs,
    renewIntervalMs,
    blockMs,
    // The record stores whole seconds.
    placeholderMs: Math.ceil((safeMs + PLACEHOLDER_MARGIN_MS) / 1000) * 1000,
    timeoutMs: request.timeoutMs ?? timeoutMs,
    expectedLeaderlessMs: { leastMs: 0, mostMs },
    cautions: cautionsOf({ request, election, isOtherKnown, isTargetKnown, target, isHandedOver: to !== null, safeMs, blockMs }),
    gaps: details.gaps,
  }
}

/** Whom the request wants as the next leader: a candidate to hand over to, or several that are accepted when drawn. */
interface Wanted {
  readonly to: string | null
  readonly target: Candidate | null
  readonly accepted: readonly Candidate[] | null
}

function wantedOf(request: FailoverRequest, all: readonly Candidate[], details: ElectionDetails): Wanted {
  const { to, isOwnCandidate, isForced, tries } = request
  if (to === undefined) return isAvoiding(request) ? elsewhere(request, all, details) : { to: null, target: null, accepted: null }
  const literally = { to, target: null, accepted: null }
  if (isOwnCandidate) return literally
  const target = isForced && podNameOf(to) === null ? confirmed(to, all, details) : findTarget(to, all, details)
  if (!target) return literally
  if (isAvoiding(request) && !isElsewhere(target, request)) {
    throw new FailoverRefused('request', phrase`It is not known whether ${to} runs outside the excluded Nodes and zones.`)
  }
  if (target.identity === null && tries !== undefined) return { to: null, target: null, accepted: [target] }
  return { to: identityOf(target, details), target, accepted: null }
}

/** Null if nothing confirms that there is a candidate with this identity. @throws FailoverRefused `sameHolder` */
function confirmed(to: string, all: readonly Candidate[], details: ElectionDetails): Candidate | null {
  try {
    const target = findTarget(to, all, details)
    return target.identity === null ? null : target
  } catch (error) {
    if (error instanceof FailoverRefused && error.kind === 'unknownTarget') return null
    throw error
  }
}

function elsewhere(request: FailoverRequest, all: readonly Candidate[], { gaps }: ElectionDetails): Wanted {
  const accepted = byFitness(all.filter((candidate) => !candidate.isLeader && isElsewhere(candidate, request)))
  if (accepted.length === 0) {
    const where = [...(request.notOn ?? []).map((name) => `node ${name}`), ...(request.notIn ?? []).map((name) => `zone ${name}`)].join(', ')
    const unread = gaps.map(({ message }) => message)
    throw new FailoverRefused('noneElsewhere', [`No other candidate of the ${placeText(request.place)} is known to run outside of ${where}.`, ...unread].join(' '))
  }
  const target = accepted.find(({ identity }) => identity !== null)
  return target ? { to: target.identity, target, accepted: null } : { to: null, target: null, accepted }
}

function checkRequest({ to, blockMs, deletesPod, tries, notOn = [], notIn = [] }: FailoverRequest): void {
  if (tries !== undefined && !(Number.isInteger(tries) && tries >= 1 && tries <= MOST_TRIES)) {
    throw new FailoverRefused('request', phrase`The number of tries is a whole number from 1 to ${MOST_TRIES}.`)
  }
  if (tries !== undefined && to === undefined && notOn.length + notIn.length === 0) {
    throw new FailoverRefused('request', phrase`More than one try needs a wanted candidate, or a Node or zone to avoid.`)
  }
  if (to === '') throw new FailoverRefused('request', phrase`The identity to hand leadership to is empty.`)
  if (to !== undefined && isPlaceholder(to)) {
    throw new FailoverRefused('request', phrase`"${to}" cannot be a candidate: identities that start with ${PLACEHOLDER_PREFIX} are reserved for failovers.`)
  }
  if (deletesPod && (to !== undefined || blockMs !== undefined || notOn.length + notIn.length > 0)) {
    throw new FailoverRefused('request', phrase`If the leader's Pod is deleted, you can choose neither the new leader nor the block time.`)
  }
}

function checkRecord(record: ElectionRecord, request: FailoverRequest): number {
  const { holderIdentity } = record
  const name = placeText(request.place)
  if (holderIdentity === '') throw new FailoverRefused('free', `Nothing to move: the ${name} has no holder.`)
  if (isBlocking(holderIdentity)) throw underway(request, record)
  if (holderIdentity === request.to) throw new FailoverRefused('sameHolder', `${holderIdentity} is already the leader of the ${name}.`)
  const durationMs = leaseDurationMs(record)
  if (durationMs !== null) return durationMs
  throw new FailoverRefused('invalid', `The ${name} has no lease duration, so it is not known when its holder must have stopped.`)
}

/** Returns the record if its holder was observed renewing it. */
function checkRenewals({ record, isRenewed }: Renewals, { record: first }: Election, request: FailoverRequest): ElectionRecord {
  const name = placeText(request.place)
  if (!record) throw new FailoverRefused('free', `The ${name} has just been deleted.`)
  if (isBlocking(record.holderIdentity)) throw underway(request, record)
  if (record.holderIdentity !== first.holderIdentity) {
    if (record.holderIdentity === '') throw new FailoverRefused('free', `The ${name} no longer has a holder, so there is nothing to move.`)
    throw new FailoverRefused('moved', `Leadership of the ${name} has just moved to ${record.holderIdentity}. To move it again, run the failover again.`)
  }
  if (isRenewed) return record
  throw new FailoverRefused(
    'expired',
    `${record.holderIdentity} has not renewed the ${name} for a full lease duration. There is no leader, and any candidate can ` +
      'acquire the lease. If none does, check that candidates are running. If the holder is gone, you can use release.',
  )
}

function underway({ place }: FailoverRequest, { holderIdentity, leaseDurationSeconds }: ElectionRecord, notice: string | null = null): FailoverRefused {
  const name = placeText(place)
  const within = `within ${leaseDurationSeconds ?? 0}s`
  return new FailoverRefused(
    'underway',
    isBlock(holderIdentity)
      ? `The ${name} is blocked for maintenance${notice === null ? ': see its Events' : ''}. The block ends when its command ends, or ${within} after it was killed.${notice === null ? '' : ` ${notice}${endOf(notice)}`}`
      : `Another failover is blocking the ${name}. If that failover was killed, the block expires on its own ${within}.`,
  )
}

async function mayDeletePods(client: ApiClient, { place: { namespace }, evicts }: FailoverRequest, signal: AbortSignal | undefined): Promise<void> {
  const permission = evicts ? { verb: 'create', resource: PODS, place: { namespace, subresource: 'eviction' } } : { verb: 'delete', resource: PODS, place: { namespace } }
  await requirePermissions(client, [permission], signal)
}

function checkPod({ holder, election }: ElectionDetails): void {
  const pod = holder?.pod ?? null
  if (!holder || !pod || holder.confidence !== 'exact') {
    const { holderIdentity } = election.record
    const why = holder ? phrase`The Pod of ${holderIdentity} is not known for certain: ${holder.because}.` : phrase`The Pod of ${holderIdentity} is not known for certain.`
    throw new FailoverRefused('podUnknown', phrase`${why} No Pod is deleted unless it is known exactly.`)
  }
  if (pod.controller?.kind === 'Node') {
    throw new FailoverRefused('staticPod', phrase`The Pod ${pod.namespace}/${pod.name} is a static Pod. Deleting it through the API server does not stop it.`)
  }
}
