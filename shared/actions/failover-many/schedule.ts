import type { Move } from './many-plan.ts'

/**
 * Decides which move begins next: at most so many at once, one of each owner at a time, and those of the control plane only
 * when all others have ended.
 */
export class Schedule {
  readonly #atOnce: number
  readonly #waiting: Move[]
  readonly #underway = new Set<Move>()

  constructor(moves: readonly Move[], atOnce: number) {
    this.#waiting = [...moves]
    this.#atOnce = atOnce
  }

  /** Moves that have not begun. */
  get waiting(): readonly Move[] {
    return this.#waiting
  }

  /** The next move, which begins now; null if none may begin before another has ended. */
  next(): Move | null {
    if (this.#underway.size >= this.#atOnce) return null
    const all = [...this.#waiting, ...this.#underway]
    const isOnlyControlPlane = all.every(({ isControlPlane }) => isControlPlane)
    const index = this.#waiting.findIndex(
      ({ owner, isControlPlane }) => (isOnlyControlPlane || !isControlPlane) && (owner === null || ![...this.#underway].some((other) => other.owner === owner)),
    )
    if (index === -1) return null
    const [move] = this.#waiting.splice(index, 1)
    this.#underway.add(move!)
    return move!
  }

  ended(move: Move): void {
    this.#underway.delete(move)
  }
}

/** How long all moves take, if each takes as long as expected at most; milliseconds. */
export function totalMsOf(moves: readonly Move[], atOnce: number): number {
  const schedule = new Schedule(moves, atOnce)
  const ends = new Map<Move, number>()
  let nowMs = 0
  for (;;) {
    for (let move = schedule.next(); move !== null; move = schedule.next()) ends.set(move, nowMs + longestMs(move))
    const [first] = [...ends].sort(([, a], [, b]) => a - b)
    if (!first) return nowMs
    nowMs = first[1]
    ends.delete(first[0])
    schedule.ended(first[0])
  }
}

/** The renewals are observed again before a move that begins later. */
function longestMs({ plans }: Move): number {
  return Math.max(...plans.map(({ expectedLeaderlessMs, renewIntervalMs }) => expectedLeaderlessMs.mostMs + 2 * renewIntervalMs))
}
