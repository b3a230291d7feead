import { podFacts, type PodFacts } from '../../shared/cluster/holders/pods.ts'
import { unknownHolder } from '../../shared/cluster/holders/holder-match.ts'
import type { Holder } from '../../shared/cluster/holders/holder.ts'
import type { ElectionEvidence, Surroundings } from '../../shared/actions/doctor/evidence.ts'
import { examine } from '../../shared/actions/doctor/examine.ts'
import { TrailBook } from '../../shared/actions/doctor/trail-book.ts'
import { electionFromLease } from '../../shared/lease/election.ts'
import { statusOf } from '../../shared/lease/status.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { lease, pod, type PodOptions } from '../support/cluster-objects.ts'
import { verbatim } from '../../shared/phrase.ts'

/** What is written of one lease, and when; times are milliseconds of the scene's clock. */
export interface Write {
  /** After the write before it. */
  readonly afterMs: number
  readonly holderIdentity?: string
  /** By how many milliseconds the time of renewal differs from the moment it comes. */
  readonly renewTimeOffMs?: number
  readonly spec?: Readonly<Record<string, unknown>>
  /** Whether the connection was lost before it. */
  readonly isAfterBreak?: boolean
}

export interface Told {
  readonly spec?: Readonly<Record<string, unknown>>
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly writes?: readonly Write[]
  /** How long nothing more is written before it is looked at. */
  readonly thenMs?: number
  readonly evidence?: Partial<ElectionEvidence>
  readonly around?: Partial<Surroundings>
}

/** Renewals that come one after the other, so many milliseconds apart. */
export function renewals(...afterMs: readonly number[]): readonly Write[] {
  return afterMs.map((ms) => ({ afterMs: ms }))
}

/** The evidence that an election leaves which is written like this, on a clock that moves as told. */
export async function evidenceOf(told: Told): Promise<{ readonly evidence: ElectionEvidence; readonly around: Surroundings }> {
  const clock = new FakeClock()
  const book = new TrailBook(clock)
  const startedAtMs = clock.monotonicMs()
  const at = (offMs = 0): string => new Date(clock.wallMs() + offMs).toISOString().replace('Z', '000Z')
  let spec: Record<string, unknown> = {
    holderIdentity: 'web-1',
    leaseDurationSeconds: 15,
    leaseTransitions: 1,
    acquireTime: at(),
    renewTime: at(),
    ...told.spec,
  }
  const see = () => electionFromLease(lease('web', spec, told.metadata))
  book.see(see())
  for (const { afterMs, holderIdentity, renewTimeOffMs, spec: change, isAfterBreak } of told.writes ?? []) {
    await clock.advance(afterMs)
    if (isAfterBreak) book.markBreak()
    spec = { ...spec, renewTime: at(renewTimeOffMs), ...(holderIdentity !== undefined && { holderIdentity }), ...change }
    book.see(see())
  }
  await clock.advance(told.thenMs ?? 0)
  const election = see()
  const now = { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() }
  const observation = book.observationOf(election)!
  return {
    evidence: {
      election,
      observation,
      status: statusOf(observation, now),
      trail: book.trailOf(election),
      holder: null,
      node: null,
      events: [],
      knownHolders: [],
      namesakePods: 0,
      account: null,
      otherHalf: null,
      ...told.evidence,
    },
    around: { now, observedForMs: now.monotonicMs - startedAtMs, apiLatencyMs: null, aheadOfServerMs: null, ...told.around },
  }
}

/** What is found of it, as `severity code`. */
export async function foundIn(told: Told): Promise<readonly string[]> {
  const { evidence, around } = await evidenceOf(told)
  return examine([evidence], around, { missing: [] }).map(({ severity, code }) => `${severity} ${code}`)
}

/** The Pod `web-1` as the holder. */
export function heldByPod(options: PodOptions & { readonly reason?: string } = {}): Holder {
  const planted = pod('web-1', options) as { status: Record<string, unknown> }
  if (options.reason !== undefined) planted.status['reason'] = options.reason
  return holderOf(podFacts(planted))
}

function holderOf(facts: PodFacts): Holder {
  const { namespace, name, nodeName: node } = facts
  return { kind: 'Pod', namespace, name, node, confidence: 'exact', because: verbatim('test'), doubt: null, owner: null, pod: facts }
}

/** A holder of whom there is no Pod. */
export const ABSENT: Holder = unknownHolder(verbatim('no Pod or Node has that name'), 'absent')
