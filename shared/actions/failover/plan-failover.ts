import { requirePermissions } from '../../cluster/access-review.ts'
import type { ApiClient } from '../../cluster/client.ts'
import { readElectionDetails, type ElectionDetails } from '../../cluster/elections/election-details.ts'
import { PODS } from '../../cluster/paths.ts'
import { isPlaceholder, leaseDurationMs, PLACEHOLDER_PREFIX, type Election, type ElectionRecord, placeText } from '../../lease/index.ts'
import type { Clock } from '../../time/index.ts'
import { readDriven } from '../driven-election.ts'
import { acquisitionOf, type Acquisition } from './acquisition.ts'
import { cautionsOf } from './cautions.ts'
import { FailoverRefused, type FailoverPlan, type FailoverRequest } from './failover-plan.ts'
import { observeRenewals, type Renewals } from './observe-renewals.ts'
import { checkTarget, knownCandidates, mayRunCandidate } from './target.ts'

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
  const { place, to, isOwnCandidate = false } = request
  checkRequest(request)
  const { election, refusal } = await readDriven(client, place, signal)
  if (!election) {
    throw new FailoverRefused('free', `Nothing to move: there is no ${placeText(request.place)}.`)
  }
  if (refusal && !(refusal.kind === 'category' && request.isForced)) {
    throw new FailoverRefused(refusal.kind, refusal.message, refusal.remedy)
  }
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
    const known = knownCandidates(details)
    if (to !== undefined && !isOwnCandidate && !request.isForced) checkTarget(to, known, details)
    const facts = { request, election, details, isTargetKnown: isOwnCandidate || known.has(to ?? ''), ...seen }
    return planOf(facts)
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
  readonly isTargetKnown: boolean
  readonly renewIntervalMs: number
}

function planOf({ request, election, from, acquisition, details, durationMs, isTargetKnown, ...seen }: Facts): FailoverPlan {
  // Two writes in quick succession do not define the renewal interval, so apply a lower bound.
  const renewIntervalMs = Math.ceil(Math.max(seen.renewIntervalMs, durationMs / MOST_RENEWALS))
  const safeMs = durationMs + renewIntervalMs
  const blockMs = request.blockMs ?? safeMs
  const to = request.to ?? null
  const candidates = details.siblings.filter((pod) => pod.name !== details.holder?.name && mayRunCandidate(pod))
  const isOtherKnown = candidates.length > 0 || to !== null
  const pollMs = LONGEST_POLL * renewIntervalMs
  const timeoutMs = Math.max(SHORTEST_TIMEOUT_MS, 2 * durationMs) + (to === null ? 0 : durationMs)
  return {
    request,
    election: details.election,
    from,
    acquisition,
    to,
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
    expectedLeaderlessMs: request.deletesPod
      ? { leastMs: 0, mostMs: durationMs + pollMs }
      : { leastMs: 0, mostMs: blockMs + pollMs },
    cautions: cautionsOf({ request, election, isOtherKnown, isTargetKnown, safeMs, blockMs }),
    gaps: details.gaps,
  }
}

function checkRequest({ to, blockMs, deletesPod }: FailoverRequest): void {
  if (to === '') throw new FailoverRefused('request', 'The identity to hand leadership to is empty.')
  if (to !== undefined && isPlaceholder(to)) {
    throw new FailoverRefused('request', `"${to}" cannot be a candidate: identities that start with ${PLACEHOLDER_PREFIX} are reserved for failovers.`)
  }
  if (deletesPod && (to !== undefined || blockMs !== undefined)) {
    throw new FailoverRefused('request', 'If the leader\'s Pod is deleted, you can choose neither the new leader nor the block time.')
  }
}

function checkRecord(record: ElectionRecord, request: FailoverRequest): number {
  const { holderIdentity } = record
  const name = placeText(request.place)
  if (holderIdentity === '') throw new FailoverRefused('free', `Nothing to move: the ${name} has no holder.`)
  if (isPlaceholder(holderIdentity)) throw underway(request, record.leaseDurationSeconds)
  if (holderIdentity === request.to) throw new FailoverRefused('sameHolder', `${holderIdentity} is already the leader of the ${name}.`)
  const durationMs = leaseDurationMs(record)
  if (durationMs !== null) return durationMs
  throw new FailoverRefused('invalid', `The ${name} has no lease duration, so it is not known when its holder must have stopped.`)
}

/** Returns the record if its holder was observed renewing it. */
function checkRenewals({ record, isRenewed }: Renewals, { record: first }: Election, request: FailoverRequest): ElectionRecord {
  const name = placeText(request.place)
  if (!record) throw new FailoverRefused('free', `The ${name} has just been deleted.`)
  if (isPlaceholder(record.holderIdentity)) throw underway(request, record.leaseDurationSeconds)
  if (record.holderIdentity !== first.holderIdentity) {
    if (record.holderIdentity === '') throw new FailoverRefused('free', `The ${name} has no holder any more. There is nothing to move.`)
    throw new FailoverRefused('moved', `Leadership of the ${name} has just moved to ${record.holderIdentity}. To move it again, run the failover again.`)
  }
  if (isRenewed) return record
  throw new FailoverRefused(
    'expired',
    `${record.holderIdentity} has not renewed the ${name} for a full lease duration. There is no leader, and any candidate can ` +
      'acquire the lease. If none does, check that candidates are running. If the holder is gone, you can use release.',
  )
}

function underway(request: FailoverRequest, seconds: number | null): FailoverRefused {
  return new FailoverRefused(
    'underway',
    `Another failover is blocking the ${placeText(request.place)}. If that failover was killed, the block expires on its own within ${seconds ?? 0}s.`,
  )
}

async function mayDeletePods(client: ApiClient, { place }: FailoverRequest, signal: AbortSignal | undefined): Promise<void> {
  await requirePermissions(client, [{ verb: 'delete', resource: PODS, place: { namespace: place.namespace } }], signal)
}

function checkPod({ holder, election }: ElectionDetails): void {
  const pod = holder?.pod ?? null
  if (!holder || !pod || holder.confidence !== 'exact') {
    const why = holder ? `: ${holder.because}` : ''
    throw new FailoverRefused('podUnknown', `The Pod of ${election.record.holderIdentity} is not known for certain${why}. No Pod is deleted unless it is known exactly.`)
  }
  if (pod.controller?.kind === 'Node') {
    throw new FailoverRefused('staticPod', `The Pod ${pod.namespace}/${pod.name} is a static Pod. Deleting it through the API server does not stop it.`)
  }
}
