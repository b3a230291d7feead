import { stepsOf, type Evidence, type History } from '../../history/history.ts'
import type { Step } from '../../history/step.ts'
import type { LeadershipEvent } from '../../cluster/elections/leadership-events.ts'
import { timeText } from '../../history/time-range.ts'
import { electionFromLease, type Election } from '../../lease/election.ts'
import { LATE_AFTER, statusOf, type Moment } from '../../lease/status.ts'
import { leaseDurationMs } from '../../lease/record.ts'
import type { ElectionRef } from '../../lease/election-ref.ts'
import type { Diagnosis } from './diagnose.ts'
import type { ElectionEvidence } from './evidence.ts'
import { examine } from './examine.ts'
import { compareFindings, type Finding, type FindingCode } from './finding.ts'
import type { Sighting } from './trail.ts'

/** `doctor` observes a running election for so long, and needs so many sightings to measure an interval. */
const WINDOW_MS = 30_000
const FEWEST_SIGHTINGS = 3

/** Findings about how leaders renewed and changed, which are looked for throughout; the others only at the end. */
const THROUGHOUT: ReadonlySet<FindingCode> = new Set<FindingCode>(['lateRenewals', 'renewedAfterExpiry', 'flapping'])

/** The past of one election, as it was read from files. */
export interface PastElection {
  readonly ref: ElectionRef
  readonly evidence: Evidence
  readonly history: History
}

/**
 * Judges the past with the checks of `diagnose`, as far as they need only the record: how leaders renewed and changed
 * throughout, and all of it at the end of the logs. The same finding about the same holder is reported once, with its first
 * time. Pure.
 */
export function diagnosePast(past: readonly PastElection[], isWanted: (election: Election) => boolean): Diagnosis {
  const findings: Finding[] = []
  const elections: Election[] = []
  let observedForMs = 0
  for (const each of past) {
    const { history, evidence, ref } = each
    const trail = stepsOf(evidence).flatMap(sightingOf)
    const last = trail.at(-1)
    if (!last) continue
    const election = electionOf(ref, last)
    if (!isWanted(election)) continue
    elections.push(election)
    observedForMs = Math.max(observedForMs, (history.covers?.toMs ?? 0) - (history.covers?.fromMs ?? 0))
    findings.push(...findingsOf({ ...each, told: toldBy(ref, history) }, trail))
  }
  const notChecked = [{ message: 'Pods, Nodes and permissions are not in the files.' }]
  return { elections, observedForMs, findings: findings.sort(compareFindings), notChecked }
}

function findingsOf({ ref, history, told }: PastElection & { readonly told: readonly LeadershipEvent[] }, trail: readonly Sighting[]): Finding[] {
  const found = new Map<string, Finding>()
  const look = (index: number, nowMs: number, isEnd: boolean): void => {
    const evidence = evidenceAt(ref, windowOf(trail, index), told.filter(({ lastTime }) => Date.parse(lastTime!) <= nowMs), nowMs)
    const around = { now: momentAt(nowMs), observedForMs: WINDOW_MS, apiLatencyMs: null, aheadOfServerMs: null }
    for (const finding of examine([evidence], around, { missing: [] })) {
      if (!isEnd && !THROUGHOUT.has(finding.code)) continue
      const key = `${finding.code} ${String(finding.evidence['holderIdentity'] ?? '')}`
      if (!found.has(key)) found.set(key, { ...finding, evidence: { ...finding.evidence, time: timeText(nowMs) } })
    }
  }
  trail.forEach((sighting, index) => {
    if (isOfInterest(sighting, trail[index - 1])) look(index, sighting.wallMs, false)
  })
  look(trail.length - 1, Math.max(history.covers?.toMs ?? 0, trail.at(-1)!.wallMs), true)
  return [...found.values()]
}

/** Whether the checks may find something at this sighting that they did not find before. */
function isOfInterest({ record, atMs }: Sighting, before: Sighting | undefined): boolean {
  if (!before) return false
  const durationMs = leaseDurationMs(record)
  return before.record.holderIdentity !== record.holderIdentity || (durationMs !== null && atMs - before.atMs >= durationMs * LATE_AFTER)
}

/** What `doctor` would have seen, had it begun to observe some time before. */
function windowOf(trail: readonly Sighting[], index: number): readonly Sighting[] {
  let first = index
  while (first > 0 && (index - first < FEWEST_SIGHTINGS || trail[first - 1]!.atMs >= trail[index]!.atMs - WINDOW_MS)) first--
  return trail.slice(first, index + 1)
}

function evidenceAt(ref: ElectionRef, trail: readonly Sighting[], events: readonly LeadershipEvent[], nowMs: number): ElectionEvidence {
  const last = trail.at(-1)!
  const observation = { record: last.record, firstSeenAtMs: trail[0]!.atMs, changedAtMs: last.atMs, hasSeenChange: trail.length > 1 }
  return {
    election: electionOf(ref, last),
    status: statusOf(observation, momentAt(nowMs)),
    observation,
    trail,
    events,
    holder: null,
    node: null,
    knownHolders: [],
    namesakePods: 0,
    account: null,
    otherHalf: null,
  }
}

/** A step at which the whole record is known. The clocks are those of the logs. */
function sightingOf({ result, at, link }: Step): Sighting[] {
  return result.known === 'record' ? [{ record: result.record, atMs: at.toMs, wallMs: at.toMs, isAfterBreak: link === 'broken' || link === 'unwatched' }] : []
}

/** The terms as the Events that their leaders would have recorded. */
function toldBy(ref: ElectionRef, { terms }: History): LeadershipEvent[] {
  return terms.map(({ holderIdentity, start }) => {
    const time = timeText(start.toMs)
    return { ...ref, identity: holderIdentity, firstTime: time, lastTime: time, count: 1 }
  })
}

/** The files contain no labels: an API server's identity lease is known by its name. */
function electionOf({ lock, namespace, name }: ElectionRef, { record }: Sighting): Election {
  const isApiServer = namespace === 'kube-system' && name.startsWith('apiserver-')
  const labels = isApiServer ? { 'apiserver.kubernetes.io/identity': 'kube-apiserver' } : {}
  return { ...electionFromLease({ metadata: { namespace, name, labels }, spec: record }), lock }
}

function momentAt(ms: number): Moment {
  return { monotonicMs: ms, wallMs: ms }
}
