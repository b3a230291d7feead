import type { Writer } from './audit/writer.ts'
import type { History } from './history.ts'
import type { HandWrite, Term } from './term.ts'
import { timeText, type TimeRange } from './time-range.ts'

/**
 * Converts a history to an object for programs, of `apiVersion: leader.kubectl.dev/v1alpha1` and kind `ElectionHistory`. See
 * docs/history.md for its fields. Ranges are rounded outwards to milliseconds. Text from the logs is not escaped.
 */
export function historyJson(history: History): object {
  const { lock, namespace, name, sources, clocks, covers, uncheckedLinks, uncertainWrites, writes } = history
  return {
    apiVersion: 'leader.kubectl.dev/v1alpha1',
    kind: 'ElectionHistory',
    lock,
    namespace,
    name,
    covers: covers && rangeJson(covers),
    sources: sources.map((source, index) => ({
      name: source.name,
      kind: source.kind,
      levels: source.levels,
      covers: source.covers && rangeJson(source.covers),
      unreadableLines: source.unreadable,
      clockOffsetMs: Math.round(clocks[index]?.offsetMs ?? 0),
      clockUncertaintyMs: Math.ceil(clocks[index]?.uncertaintyMs ?? 0),
    })),
    terms: history.terms.map(termJson),
    leaderless: history.leaderless.map((time) => ({ ...rangeJson(time), how: time.how, minMs: Math.floor(time.minMs), maxMs: up(time.maxMs) })),
    overlaps: history.overlaps.map((time) => ({ ...rangeJson(time), old: time.old, next: time.next, minMs: Math.floor(time.minMs), maxMs: up(time.maxMs) })),
    blocked: history.blocked.map((time) => ({ ...rangeJson(time), holderIdentity: time.holderIdentity })),
    writesByOthers: history.handWrites.map(handWriteJson),
    interventions: history.interventions.map((each) => ({ ...rangeJson(each), message: each.message })),
    activity: history.activity.map((run) => ({
      ...rangeJson(run),
      by: writerJson(run.writer),
      writes: run.writes,
      longestSilenceMs: Math.round(run.longestSilenceMs),
    })),
    missing: history.missing.map((time) => ({ ...rangeJson(time), why: time.why })),
    writes,
    uncheckedLinks,
    uncertainWrites,
  }
}

function termJson({ holderIdentity, basis, writer, start, end, interruptions, leaseDurationMs, intervalMs, writes, lastSuccess, conflicts }: Term): object {
  return {
    holderIdentity,
    basis,
    by: writer && writerJson(writer),
    start: { ...rangeJson(start), how: start.how },
    end: end && { ...rangeJson(end), how: end.how, bound: end.bound, replaced: end.atMs && rangeJson(end.atMs) },
    interruptions: interruptions.map((time) => ({ ...rangeJson(time), how: time.how, perhapsUnbroken: true })),
    leaseDurationSeconds: leaseDurationMs === null ? null : leaseDurationMs / 1000,
    renewalIntervalMs: intervalMs === null ? null : Math.round(intervalMs),
    writes,
    lastSuccess: rangeJson(lastSuccess),
    conflicts: conflicts.map(rangeJson),
  }
}

function handWriteJson({ writer, verb, what, holderIdentity, count, candidate, isPresumed, isUncertain, ...range }: HandWrite): object {
  return { ...rangeJson(range), by: writerJson(writer), verb, what, holderIdentity, count, candidate, isPresumed, mayNotHaveBeenWritten: isUncertain }
}

function writerJson({ user, impersonated, podName, podUid, credentialId }: Writer): object {
  return { user, impersonatedUser: impersonated, podName, podUid, credentialId }
}

function rangeJson({ fromMs, toMs }: TimeRange): { readonly from: string | null; readonly to: string | null } {
  return { from: Number.isFinite(fromMs) ? timeText(fromMs) : null, to: timeText(toMs, 'up') }
}

function up(ms: number | null): number | null {
  return ms === null ? null : Math.ceil(ms)
}
