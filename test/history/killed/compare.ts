/** A line of `watch -o json --renewals`. */
export interface WatchLine {
  readonly time: string
  readonly type: string
  readonly staleSince?: string
  readonly previousHolderIdentity?: string
  readonly election?: { readonly name: string; readonly resourceVersion: string; readonly holderIdentity: string; readonly state: string }
}

interface Range {
  readonly fromMs: number
  readonly toMs: number
}

/** Two watches may judge differently by a moment what time alone brings about. */
const JUDGED: ReadonlySet<string> = new Set(['late', 'expired', 'recovered'])
/** What is just arriving when a watch begins is not compared, nor what was on its way when it ended; milliseconds. */
const BEGIN_MS = 1_500
const END_MS = 3_000

/** When everything was watched, by the marks between the events. */
export function watchedRanges(lines: readonly WatchLine[]): readonly Range[] {
  const ranges: Range[] = []
  let fromMs: number | null = null
  for (const { type, time, staleSince } of lines) {
    if (type === 'connected') fromMs ??= Date.parse(time)
    if (type !== 'disconnected' || fromMs === null) continue
    ranges.push({ fromMs, toMs: Date.parse(staleSince!) })
    fromMs = null
  }
  if (fromMs !== null) ranges.push({ fromMs, toMs: Date.parse(lines.at(-1)!.time) })
  return ranges
}

/**
 * Compares what a watch reported that nobody killed with what a recording replays, wherever both watched. Writes that both
 * have seen from one change to another are compared with what followed from them at once.
 */
export function compareReplay(watched: readonly WatchLine[], replayed: readonly WatchLine[]): { readonly compared: number; readonly differences: readonly string[] } {
  const rangesReplayed = watchedRanges(replayed)
  const both = watchedRanges(watched)
    .flatMap((range) =>
      rangesReplayed.map(({ fromMs, toMs }) => ({ fromMs: Math.max(fromMs, range.fromMs) + BEGIN_MS, toMs: Math.min(toMs, range.toMs) - END_MS })),
    )
    .filter(({ fromMs, toMs }) => toMs > fromMs)
  const truth = byElection(watched)
  const played = byElection(replayed)
  const differences: string[] = []
  let compared = 0
  for (const { fromMs, toMs } of both) {
    for (const [name, lines] of truth) {
      const versions = lines.filter(({ time }) => Date.parse(time) > fromMs && Date.parse(time) < toMs).map(versionOf)
      const [first, last] = [Math.min(...versions), Math.max(...versions)]
      const between = (line: WatchLine): boolean => versionOf(line) > first && versionOf(line) < last
      const expected = lines.filter(between).map(fact)
      const found = (played.get(name) ?? []).filter(between).map(fact)
      compared += expected.length
      if (expected.join() !== found.join()) differences.push(`${name} after ${new Date(fromMs).toISOString()}: ${expected.join(', ')} was replayed as ${found.join(', ')}`)
    }
  }
  return { compared, differences }
}

function byElection(lines: readonly WatchLine[]): ReadonlyMap<string, readonly WatchLine[]> {
  return Map.groupBy(
    lines.filter(({ type, election }) => election && !JUDGED.has(type)),
    ({ election }) => election!.name,
  )
}

function versionOf({ election }: WatchLine): number {
  return Number(election!.resourceVersion)
}

function fact({ type, election, previousHolderIdentity }: WatchLine): string {
  return [type, election!.resourceVersion, election!.holderIdentity, previousHolderIdentity].join(' ')
}
