import { requirePermissions } from '../../cluster/access-review.ts'
import type { ApiClient } from '../../cluster/client.ts'
import { readElectionDetails, type ElectionDetails } from '../../cluster/elections/election-details.ts'
import { PODS } from '../../cluster/paths.ts'
import { isPlaceholder, leaseDurationMs, PLACEHOLDER_PREFIX, type Election, type ElectionRecord } from '../../lease/index.ts'
import type { Clock } from '../../time/index.ts'
import { placeText, readDriven } from '../driven-election.ts'
import { acquisitionOf, type Acquisition } from './acquisition.ts'
import { cautionsOf } from './cautions.ts'
import { FailoverRefused, type FailoverPlan, type FailoverRequest } from './failover-plan.ts'
import { observeRenewals, type Renewals } from './observe-renewals.ts'
import { checkTarget, knownCandidates, mayStand } from './target.ts'

/** No leader renews more often within its lease duration than this. */
const MOST_RENEWALS = 20
/** What the placeholder outlasts the block by, should this process die. */
const PLACEHOLDER_MARGIN_MS = 1_000
/** A candidate whose container is restarted is back within this time, as a rule. */
const SHORTEST_TIMEOUT_MS = 30_000
/** A standby of client-go's polls every 1 to 2.2 retry periods. */
const LONGEST_POLL = 2.2

/**
 * Reads an election that is to be moved, watches its holder renew it, and says what a failover will do. Nothing is
 * written.
 *
 * @param signal rejects with its reason when aborted
 * @throws FailoverRefused where there will be none; ClusterError: `notFound`, `forbidden` naming the verb and resource
 *   that is not allowed, and whatever else keeps it from being read
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
    throw new FailoverRefused('free', `There is no ${placeText(request.place)}, so there is nothing to move.`)
  }
  if (refusal && !(refusal.kind === 'category' && request.isForced)) throw new FailoverRefused(refusal.kind, refusal.message)
  checkRecord(election.record, request)
  if (request.deletesPod) await mayDeletePods(client, request, signal)

  // Where one of them fails, nobody waits for the others any more.
  const over = new AbortController()
  const both = signal ? AbortSignal.any([signal, over.signal]) : over.signal
  try {
    const [renewals, details] = await Promise.all([
      observeRenewals(client, clock, place, both),
      readElectionDetails(client, clock, place, both),
    ])
    const record = checkRenewals(renewals, election, request)
    // What counts is what was seen last.
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
  // Two writes that happen to follow each other closely are no pace to keep.
  const renewIntervalMs = Math.ceil(Math.max(seen.renewIntervalMs, durationMs / MOST_RENEWALS))
  const safeMs = durationMs + renewIntervalMs
  const blockMs = request.blockMs ?? safeMs
  const to = request.to ?? null
  const candidates = details.siblings.filter((pod) => pod.name !== details.holder?.name && mayStand(pod))
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
    // The record can say whole seconds alone.
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
  if (to === '') throw new FailoverRefused('request', 'The identity that is to lead is empty.')
  if (to !== undefined && isPlaceholder(to)) {
    throw new FailoverRefused('request', `No candidate is called "${to}": identities that begin with ${PLACEHOLDER_PREFIX} are failovers'.`)
  }
  if (deletesPod && (to !== undefined || blockMs !== undefined)) {
    throw new FailoverRefused('request', 'Where a Pod is deleted, whoever comes first takes over: neither who, nor when, can be chosen.')
  }
}

function checkRecord(record: ElectionRecord, request: FailoverRequest): number {
  const { holderIdentity } = record
  const name = placeText(request.place)
  if (holderIdentity === '') throw new FailoverRefused('free', `Nobody holds the ${name}, so there is nothing to move.`)
  if (isPlaceholder(holderIdentity)) throw underway(request, record.leaseDurationSeconds)
  if (holderIdentity === request.to) throw new FailoverRefused('sameHolder', `${holderIdentity} leads the ${name} already.`)
  const durationMs = leaseDurationMs(record)
  if (durationMs !== null) return durationMs
  throw new FailoverRefused('invalid', `The ${name} has no lease duration, so nobody can tell when its holder must have stopped.`)
}

/** As its holder was seen to renew it. */
function checkRenewals({ record, isRenewed }: Renewals, { record: first }: Election, request: FailoverRequest): ElectionRecord {
  const name = placeText(request.place)
  if (!record) throw new FailoverRefused('free', `The ${name} has just been deleted.`)
  if (isPlaceholder(record.holderIdentity)) throw underway(request, record.leaseDurationSeconds)
  if (record.holderIdentity !== first.holderIdentity) {
    if (record.holderIdentity === '') throw new FailoverRefused('free', `The ${name} is held by nobody now. Nothing is to be done.`)
    throw new FailoverRefused('moved', `The ${name} has just moved to ${record.holderIdentity}. Nothing is to be done, or try again.`)
  }
  if (isRenewed) return record
  throw new FailoverRefused(
    'expired',
    `${record.holderIdentity} has not renewed the ${name} for its whole lease duration, so nobody leads, and whoever ` +
      'stands may take it. If nobody does, look for candidates; if its holder is gone, use release.',
  )
}

function underway(request: FailoverRequest, seconds: number | null): FailoverRefused {
  return new FailoverRefused(
    'underway',
    `Another failover keeps the ${placeText(request.place)} from everybody, or one that was killed did: then that ends by itself within ${seconds ?? 0} s.`,
  )
}

async function mayDeletePods(client: ApiClient, { place }: FailoverRequest, signal: AbortSignal | undefined): Promise<void> {
  await requirePermissions(client, [{ verb: 'delete', resource: PODS, place: { namespace: place.namespace } }], signal)
}

function checkPod({ holder, election }: ElectionDetails): void {
  const pod = holder?.pod ?? null
  if (!holder || !pod || holder.confidence !== 'exact') {
    const why = holder ? `: ${holder.because}` : ''
    throw new FailoverRefused('podUnknown', `It is not known for sure which Pod ${election.record.holderIdentity} is${why}. Nothing is deleted on a guess.`)
  }
  if (pod.controller?.kind === 'Node') {
    throw new FailoverRefused('staticPod', `The Pod ${pod.namespace}/${pod.name} is a static Pod: deleting it here does not end it.`)
  }
}
