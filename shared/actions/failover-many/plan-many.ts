import type { ApiClient } from '../../cluster/client.ts'
import { listElections } from '../../cluster/elections/election-list.ts'
import { ClusterError } from '../../cluster/errors.ts'
import { lookUpHolders } from '../../cluster/holders/holder-lookup.ts'
import type { Holder } from '../../cluster/holders/holder.ts'
import { electionKey, placePhrase, type ElectionRef } from '../../lease/election-ref.ts'
import type { Election } from '../../lease/election.ts'
import { phrase } from '../../phrase.ts'
import { advised, told } from '../../remedy.ts'
import type { Clock } from '../../time/clock.ts'
import { FailoverRefused, type FailoverPlan, type FailoverRequest } from '../failover/failover-plan.ts'
import { planFailover } from '../failover/plan-failover.ts'
import { emptyingReason, selectNodes, type NodeSelection } from './excluded-nodes.ts'
import type { Left, ManyPlan, ManyRequest, Move } from './many-plan.ts'
import { totalMsOf } from './schedule.ts'

/** How many elections are observed at once. */
const PLANNED_AT_ONCE = 8

/**
 * Finds the elections of a request, watches their leaders renew, and returns what failovers of all of them will do. Makes no
 * changes.
 *
 * @throws NoSuchNode; ClusterError if elections cannot be listed
 */
export async function planMany(client: ApiClient, clock: Clock, request: ManyRequest, signal: AbortSignal): Promise<ManyPlan> {
  const nodes = await selectNodes(client, clock, request, signal)
  const { elections, holders, missing, gaps } = await electionsOf(client, clock, request, nodes, signal)
  const outcomes = new Map<string, FailoverPlan | Left>()
  const queue = [...elections]
  const worker = async (): Promise<void> => {
    for (let election = queue.shift(); election !== undefined; election = queue.shift()) {
      outcomes.set(electionKey(election), await planOne(client, clock, election, request, nodes, signal))
    }
  }
  await Promise.all(Array.from({ length: PLANNED_AT_ONCE }, worker))
  const ordered = elections.map((election) => outcomes.get(electionKey(election))!)
  const { moves, left } = movesOf(ordered, holders)
  const { excluded } = nodes
  const totalMs = totalMsOf(moves, request.atOnce)
  return { request, moves, left: [...left, ...missing], excluded, totalMs, madeAtMs: clock.monotonicMs(), gaps: [...nodes.gaps, ...gaps] }
}

interface Selected {
  readonly elections: readonly Election[]
  readonly holders: ReadonlyMap<string, Holder>
  /** Places of the request that have no election, and elections that may belong to the request. */
  readonly missing: readonly Left[]
  readonly gaps: ManyPlan['gaps']
}

/** The elections that are selected, by namespace and name. */
async function electionsOf(
  client: ApiClient,
  clock: Clock,
  { scope, places }: ManyRequest,
  { selected }: NodeSelection,
  signal: AbortSignal,
): Promise<Selected> {
  const listing = await listElections(client, scope, { clock, signal, freshness: 'latest' })
  const wanted = places && new Set(places.map(electionKey))
  const elections = listing.elections.filter((election) => wanted?.has(electionKey(election)) ?? election.category === 'election')
  const found = new Set(elections.map(electionKey))
  const missing = (places ?? []).filter((place) => !found.has(electionKey(place)))
  const restriction = listing.restriction ? [{ message: listing.restriction.message, phrase: listing.restriction.phrase }] : []
  const sorted = elections.toSorted((a, b) => (electionKey(a) < electionKey(b) ? -1 : 1))
  const { holders, gaps } = await lookUpHolders(client, clock, elections, { signal })
  const nodeOf = (election: Election): string | null => holders.get(electionKey(election))?.node ?? null
  const elsewhere = selected === null ? [] : sorted.filter((election) => election.record.holderIdentity !== '' && nodeOf(election) === null)
  const isUnread = gaps.length > 0
  return {
    elections: sorted.filter((election) => selected?.has(nodeOf(election) ?? '') ?? true),
    holders,
    missing: [
      ...missing.map((place) => ({ place, kind: 'free', ...told(phrase`Nothing to move: there is no ${placePhrase(place)}.`) }) as const),
      // Its leader may run on a selected Node.
      ...(isUnread ? elsewhere : []).map((place) => ({ place: placeOf(place), kind: 'unreadable', ...told(phrase`The node of its leader is not known, because not everything could be read.`) }) as const),
    ],
    gaps: [...restriction, ...gaps, ...(isUnread || elsewhere.length === 0 ? [] : [told(phrase`No node is known for the leaders of ${names(elsewhere)}.`)])],
  }
}

function names(elections: readonly ElectionRef[]): string {
  return elections.map(({ namespace, name }) => `${namespace}/${name}`).join(', ')
}

function placeOf({ lock, namespace, name }: ElectionRef): ElectionRef {
  return { lock, namespace, name }
}

/** Plans one election. The new leader is kept off Nodes that were emptied before only if there is another candidate. */
async function planOne(
  client: ApiClient,
  clock: Clock,
  election: Election,
  request: ManyRequest,
  { excluded }: NodeSelection,
  signal: AbortSignal,
): Promise<FailoverPlan | Left> {
  const place = placeOf(election)
  const { actor, isForced = false } = request
  const emptying = [...excluded].filter(([, why]) => why === 'selected').map(([node]) => node)
  const one = { place, actor, isForced, reason: emptyingReason(emptying, request.reason) }
  const all = [...excluded.keys()]
  const hard = all.filter((node) => excluded.get(node) !== 'emptied')
  try {
    const plan = await planOff(client, clock, one, hard.length < all.length ? [all, hard] : [all], signal)
    if (plan.isOtherKnown || isForced) return plan
    return { place, kind: 'noOtherCandidate', ...told(phrase`No other candidate is known.`) }
  } catch (error) {
    if (error instanceof FailoverRefused) return { place, kind: error.kind, ...advised(error) }
    if (error instanceof ClusterError && error.kind === 'forbidden') return { place, kind: 'unreadable', ...advised(error) }
    throw error
  }
}

/** Plans with the first of these lists of Nodes to stay off for which there is a candidate elsewhere. */
async function planOff(
  client: ApiClient,
  clock: Clock,
  request: FailoverRequest,
  [notOn = [], ...others]: readonly (readonly string[])[],
  signal: AbortSignal,
): Promise<FailoverPlan> {
  try {
    return await planFailover(client, clock, { ...request, notOn }, signal)
  } catch (error) {
    if (!(error instanceof FailoverRefused && error.kind === 'noneElsewhere') || others.length === 0) throw error
    return planOff(client, clock, request, others, signal)
  }
}

/** Puts together what moves together. If one of a Pod's elections cannot move, the Pod stays as it is. */
function movesOf(
  outcomes: readonly (FailoverPlan | Left)[],
  holders: ReadonlyMap<string, Holder>,
): { readonly moves: readonly Move[]; readonly left: readonly Left[] } {
  const unitOf = (place: ElectionRef): string => {
    const pod = holders.get(electionKey(place))?.pod
    return pod ? `${pod.namespace}/${pod.name}` : electionKey(place)
  }
  const left = outcomes.filter((outcome) => 'kind' in outcome)
  // A leader that has gone, or is going, has nothing to lose by the move of another election.
  const staying = new Map(left.filter(({ kind }) => kind !== 'free' && kind !== 'expired' && kind !== 'moved').map(({ place }) => [unitOf(place), place]))
  const units = new Map<string, FailoverPlan[]>()
  for (const plan of outcomes) {
    if ('kind' in plan) continue
    const { place } = plan.request
    const other = staying.get(unitOf(place))
    if (other) left.push({ place, kind: 'sharedPod', ...told(phrase`Its leader's Pod also leads the ${placePhrase(other)}, which cannot move. Losing one lease usually ends the program.`) })
    else units.set(unitOf(place), [...(units.get(unitOf(place)) ?? []), plan])
  }
  const moves = [...units.values()].map(moveOf)
  return { moves: moves.toSorted((a, b) => Number(a.isControlPlane) - Number(b.isControlPlane)), left }
}

function moveOf(plans: readonly FailoverPlan[]): Move {
  const { holder, owners, request } = plans[0]!
  const owner = owners.at(-1) ?? holder?.owner ?? null
  const isControlPlane = request.place.namespace === 'kube-system' || owner?.kind === 'Node'
  return { plans, isControlPlane, owner: owner && owner.kind !== 'Node' ? `${holder?.namespace ?? ''}/${owner.kind}/${owner.name}` : null }
}
