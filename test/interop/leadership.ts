/** Some time during which one candidate's guarded work was under way and its process ran; wall-clock milliseconds. */
export interface Acting {
  readonly by: string
  readonly fromMs: number
  /** Infinite while it goes on. */
  readonly untilMs: number
}

/** Something that was done to a candidate and that S1 does not cover: until when it may go on acting, and why. */
export interface Exclusion {
  readonly of: string
  readonly why: string
  readonly fromMs: number
  readonly untilMs: number
}

/** Two that acted at once. */
export interface Overlap {
  readonly first: string
  readonly second: string
  readonly fromMs: number
  readonly lengthMs: number
  /** What S1 excludes it for; null where nothing does. */
  readonly owedTo: string | null
}

/**
 * All overlaps, in order, each held against the exclusions: whichever of the two one of them names must have acted
 * within it for as long as both did.
 */
export function overlapsOf(actings: readonly Acting[], exclusions: readonly Exclusion[]): Overlap[] {
  const sorted = [...actings].sort((a, b) => a.fromMs - b.fromMs)
  return sorted.flatMap((first, index) =>
    sorted.slice(index + 1).flatMap((second): Overlap[] => {
      const fromMs = second.fromMs
      const untilMs = Math.min(first.untilMs, second.untilMs)
      if (first.by === second.by || untilMs <= fromMs) return []
      const exclusion = exclusions.find(
        ({ of, ...within }) =>
          (of === first.by || of === second.by) && fromMs >= within.fromMs && untilMs <= within.untilMs,
      )
      return [{ first: first.by, second: second.by, fromMs, lengthMs: untilMs - fromMs, owedTo: exclusion?.why ?? null }]
    }),
  )
}

/** A stretch of acting without the times at which its process was stopped. */
export function withoutPauses(acting: Acting, pauses: readonly Pick<Acting, 'fromMs' | 'untilMs'>[]): Acting[] {
  return pauses.reduce<Acting[]>(
    (pieces, pause) =>
      pieces.flatMap((piece) =>
        [
          { ...piece, untilMs: Math.min(piece.untilMs, pause.fromMs) },
          { ...piece, fromMs: Math.max(piece.fromMs, pause.untilMs) },
        ].filter(({ fromMs, untilMs }) => fromMs < untilMs),
      ),
    [acting],
  )
}
