/** One write, as far as it matters for comparing clocks. */
export interface ClockReading {
  readonly source: number
  readonly receivedMs: number
  readonly completedMs: number
  /** The revision of the store that it made lies between these, both included. */
  readonly firstRevision: number
  readonly lastRevision: number
  /** How far the server's clock was ahead of the time that the client wrote into the record; null if that is not known. */
  readonly aheadOfClientMs: number | null
}

/** How the clock of a source compares with the reference. */
export interface SourceClock {
  /** How far it is ahead; 0 if the logs do not contradict equal clocks. To be subtracted from its times. */
  readonly offsetMs: number
  /** How far off the corrected times may still be, at most. */
  readonly uncertaintyMs: number
}

const SAME: SourceClock = Object.freeze({ offsetMs: 0, uncertaintyMs: 0 })

/**
 * Compares the clocks of the API servers that wrote several logs, by the resourceVersions: a cluster makes them in one order,
 * so a write that made a smaller one happened first, whatever the clocks say. Two clocks are told apart only if the logs
 * contradict equal clocks. The reference is the source whose clock agrees best with those of the clients that wrote the
 * records, or the first one.
 */
export function compareClocks(readings: readonly ClockReading[], sources: number): readonly SourceClock[] {
  const bounds = earliestBounds(readings, sources)
  const typicalMs = typicalLeads(readings, sources)
  const reference = referenceOf(typicalMs)
  return Array.from({ length: sources }, (_, source): SourceClock => {
    // Within one source, time that runs backwards shows that it mixes the clocks of several servers.
    const ownErrorMs = Math.max(-bounds[source]![source]!, 0)
    if (source === reference) return ownErrorMs === 0 ? SAME : { offsetMs: 0, uncertaintyMs: ownErrorMs }
    const mostMs = bounds[reference]![source]!
    const leastMs = -bounds[source]![reference]!
    if (leastMs <= 0 && mostMs >= 0) return { offsetMs: 0, uncertaintyMs: ownErrorMs }
    if (!Number.isFinite(leastMs) || !Number.isFinite(mostMs)) {
      // Only one side is bounded: at least that much is certain. What the clients' clocks say may be more.
      const certainMs = Number.isFinite(leastMs) ? leastMs : mostMs
      const seenMs = (typicalMs[source] ?? Number.NaN) - (typicalMs[reference] ?? Number.NaN)
      const offsetMs = (Number.isFinite(leastMs) ? seenMs > leastMs : seenMs < mostMs) ? seenMs : certainMs
      return { offsetMs, uncertaintyMs: Math.max(ownErrorMs, Math.abs(certainMs), Math.abs(offsetMs - certainMs)) }
    }
    return { offsetMs: (leastMs + mostMs) / 2, uncertaintyMs: Math.max(Math.abs(mostMs - leastMs) / 2, ownErrorMs) }
  })
}

/**
 * `bounds[a][b]`: the most that b's clock can be ahead of a's. Whenever a write of a came before one of b, b's clock showed at
 * the end of the second at least what a's showed at the start of the first, plus that difference.
 */
function earliestBounds(readings: readonly ClockReading[], sources: number): number[][] {
  const bounds = Array.from({ length: sources }, () => new Array<number>(sources).fill(Number.POSITIVE_INFINITY))
  const byEnd = [...readings].sort((a, b) => a.lastRevision - b.lastRevision)
  const byStart = [...readings].sort((a, b) => a.firstRevision - b.firstRevision)
  const latestReceivedMs = new Array<number>(sources).fill(Number.NEGATIVE_INFINITY)
  let next = 0
  for (const later of byStart) {
    for (; next < byEnd.length && byEnd[next]!.lastRevision < later.firstRevision; next++) {
      const { source, receivedMs } = byEnd[next]!
      latestReceivedMs[source] = Math.max(latestReceivedMs[source]!, receivedMs)
    }
    for (let source = 0; source < sources; source++) {
      const bound = later.completedMs - latestReceivedMs[source]!
      if (bound < bounds[source]![later.source]!) bounds[source]![later.source] = bound
    }
  }
  return bounds
}

/** How far each source's clock typically was ahead of those of its clients; null if that is not known. */
function typicalLeads(readings: readonly ClockReading[], sources: number): (number | null)[] {
  return Array.from({ length: sources }, (_, source) => medianOf(readings.filter((reading) => reading.source === source).flatMap(({ aheadOfClientMs }) => aheadOfClientMs ?? [])))
}

function referenceOf(typicalMs: readonly (number | null)[]): number {
  let reference = 0
  let bestMs = Number.POSITIVE_INFINITY
  for (const [source, aheadMs] of typicalMs.entries()) {
    const offMs = Math.abs(aheadMs ?? Number.POSITIVE_INFINITY)
    if (offMs >= bestMs) continue
    bestMs = offMs
    reference = source
  }
  return reference
}

/** The middle value; null for none. */
export function medianOf(values: readonly number[]): number | null {
  if (values.length === 0) return null
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!
}
