import { durationText } from '../../duration.ts'
import { isBlocking } from '../../lease/placeholder.ts'
import { timestampMs } from '../../lease/timestamp.ts'
import type { ElectionEvidence } from './evidence.ts'
import type { Finding, FindingEvidence, Severity } from './finding.ts'
import { presentTerm, renewalsIn, type Trail } from './trail.ts'
import { kubectlCommand, referenceTo, settingsCommand, someOf } from './wording.ts'

/** Whether each candidate has its own identity, and all candidates belong to one workload. */
export function* checkIdentities(evidence: ElectionEvidence): Generator<Finding> {
  const { election, holder } = evidence
  if (isBlocking(election.record.holderIdentity)) return
  yield* twoWorkloads(evidence)
  const about = { election: referenceTo(election), remedy: settingsCommand(election, holder?.owner ?? null) }
  const doubled = usedTwice(evidence.trail)
  if (doubled) yield { ...about, code: 'identityUsedTwice', ...doubled }
  if (evidence.namesakePods < 2) return
  const { holderIdentity } = election.record
  yield {
    ...about,
    code: 'sharedIdentity',
    severity: 'warning',
    message:
      `The holder identity ${holderIdentity} is the name of a workload with ${evidence.namesakePods} Pods. If all of them use it, ` +
      'each believes that it is the leader. Use an identity that is unique to each Pod.',
    evidence: { holderIdentity, pods: evidence.namesakePods },
  }
}

/** Kinds with one object for each Pod or run. Two of them may belong to the same program. */
const NOT_A_WORKLOAD = new Set(['Node', 'Job', 'Pod'])

function* twoWorkloads({ election, knownHolders }: ElectionEvidence): Generator<Finding> {
  const byOwner = new Map<string, string[]>()
  for (const { owner, pod } of knownHolders) {
    if (!owner || NOT_A_WORKLOAD.has(owner.kind)) continue
    const key = `${owner.kind.toLowerCase()}/${owner.name}`
    byOwner.set(key, [...(byOwner.get(key) ?? []), pod])
  }
  if (byOwner.size < 2) return
  const workloads = [...byOwner.keys()]
  yield {
    code: 'twoWorkloads',
    severity: 'error',
    election: referenceTo(election),
    message:
      `Pods of ${someOf(workloads)} have led this election. While one workload leads, the others do nothing. ` +
      'Give each workload its own election.',
    evidence: { workloads, pods: [...byOwner.values()].flat() },
    remedy: kubectlCommand('edit', election.namespace, [workloads.at(-1)!]),
  }
}

interface Doubled {
  readonly severity: Severity
  readonly message: string
  readonly evidence: FindingEvidence
}

const WHO = 'Two processes use the same identity, so each believes that it is the leader.'

/** Evidence that two processes use the same holder identity; null if there is none. */
function usedTwice(trail: Trail): Doubled | null {
  const term = presentTerm(trail)
  const holderIdentity = term[0]?.record.holderIdentity ?? ''
  if (holderIdentity === '') return null
  const returned = (['acquireTime', 'leaseDurationSeconds'] as const).find((name) => returns(term.map(({ record }) => record[name])))
  if (returned) {
    return {
      severity: 'error',
      message: `${WHO} The field ${returned} alternates between two values.`,
      evidence: { holderIdentity, sign: returned, values: [...new Set(term.map(({ record }) => String(record[returned])))] },
    }
  }
  // A single step back means that a clock was set.
  const stepsBack = renewalsIn(trail).filter(({ recordedAfterMs }) => recordedAfterMs !== null && recordedAfterMs < 0).length
  if (stepsBack >= 2) {
    return {
      severity: 'error',
      message: `${WHO} The renew time alternates between two clocks.`,
      evidence: { holderIdentity, sign: 'renewTime', stepsBack },
    }
  }
  const phases = phasesOf(term)
  if (!phases) return null
  return {
    severity: 'warning',
    message:
      `Two processes probably use the same identity: renewals arrive after ${durationText(phases.shortMs)} and ${durationText(phases.longMs)} in turn, ` +
      'as if from two processes with their own schedules.',
    evidence: { holderIdentity, sign: 'intervals', shortMs: Math.round(phases.shortMs), longMs: Math.round(phases.longMs) },
  }
}

/** Whether a value returns after another one. */
function returns(values: readonly unknown[]): boolean {
  const runs = values.filter((value, index) => index === 0 || value !== values[index - 1])
  return new Set(runs).size < runs.length
}

/** If this many intervals alternate, that is not a coincidence. */
const FEWEST_INTERVALS = 8
/** How much the two intervals must differ, and how much each may vary, as shares of their sum. */
const LEAST_DIFFERENCE = 0.25
const MOST_VARIATION = 0.08

/**
 * Two renewal intervals that alternate throughout, by the holder's clock; null if there are none. A single elector waits
 * equally long after each renewal.
 */
function phasesOf(term: Trail): { readonly shortMs: number; readonly longMs: number } | null {
  const times = term.flatMap(({ record }) => timestampMs(record.renewTime) ?? [])
  const intervals = times.slice(1).map((time, index) => time - times[index]!)
  if (intervals.length < FEWEST_INTERVALS) return null
  const turns = [0, 1].map((turn) => intervals.filter((_, index) => index % 2 === turn))
  const means = turns.map((some) => some.reduce((sum, ms) => sum + ms, 0) / some.length)
  const [shortMs, longMs] = [Math.min(...means), Math.max(...means)] as const
  const wholeMs = shortMs + longMs
  const isSteady = turns.every((some, turn) => some.every((ms) => Math.abs(ms - means[turn]!) <= MOST_VARIATION * wholeMs))
  return isSteady && longMs - shortMs >= LEAST_DIFFERENCE * wholeMs ? { shortMs, longMs } : null
}
