import type { LeaseCandidate } from '../cluster/elections/lease-candidates.ts'
import { timestampMs } from '../lease/timestamp.ts'

/** Whom the API server would choose, and by what. */
export interface CoordinatedChoice {
  readonly name: string
  /** What decides: the first property by which it differs from every other candidate; `only` if there is no other. */
  readonly by: 'only' | 'emulationVersion' | 'binaryVersion' | 'age'
}

/**
 * Whom the API server would choose with the strategy `OldestEmulationVersion`: the oldest emulation version, then the oldest
 * binary version, then the oldest LeaseCandidate, among those that have answered its last ping
 * (`pickBestLeaderOldestEmulationVersion` in pkg/controlplane/controller/leaderelection). Null if there is none, or if the
 * candidates do not agree on that strategy.
 */
export function coordinatedChoice(candidates: readonly LeaseCandidate[]): CoordinatedChoice | null {
  if (candidates.some(({ strategy }) => strategy !== null && strategy !== 'OldestEmulationVersion')) return null
  const eligible = candidates.filter((each) => hasAnsweredPing(each) && versionOf(each.emulationVersion) && versionOf(each.binaryVersion))
  const [best, second] = eligible.toSorted(compare)
  if (!best) return null
  return { name: best.name, by: second ? difference(best, second) : 'only' }
}

/** Whether a candidate has renewed its LeaseCandidate since the API server last pinged it. Both times are in the object. */
export function hasAnsweredPing({ pingTime, renewTime }: LeaseCandidate): boolean {
  const pingedAtMs = timestampMs(pingTime)
  if (pingedAtMs === null) return true
  const renewedAtMs = timestampMs(renewTime)
  return renewedAtMs !== null && renewedAtMs >= pingedAtMs
}

function compare(a: LeaseCandidate, b: LeaseCandidate): number {
  return (
    compareVersions(a.emulationVersion, b.emulationVersion) ||
    compareVersions(a.binaryVersion, b.binaryVersion) ||
    (timestampMs(a.creationTimestamp) ?? 0) - (timestampMs(b.creationTimestamp) ?? 0)
  )
}

function difference(a: LeaseCandidate, b: LeaseCandidate): CoordinatedChoice['by'] {
  if (compareVersions(a.emulationVersion, b.emulationVersion) !== 0) return 'emulationVersion'
  return compareVersions(a.binaryVersion, b.binaryVersion) !== 0 ? 'binaryVersion' : 'age'
}

function compareVersions(a: string | null, b: string | null): number {
  const left = versionOf(a) ?? []
  const right = versionOf(b) ?? []
  return [0, 1, 2].map((part) => (left[part] ?? 0) - (right[part] ?? 0)).find((each) => each !== 0) ?? 0
}

/** `1.34`, `v1.34.2`: the numbers. Null for anything else. */
function versionOf(text: string | null): readonly number[] | null {
  const parts = /^v?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(?:[-+].*)?$/.exec(text ?? '')
  return parts && [1, 2, 3].map((part) => Number(parts[part] ?? 0))
}
