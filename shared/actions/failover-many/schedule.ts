import type { Move } from './many-plan.ts'

/** What decides the order of moves. */
type Ordered = Pick<Move, 'owner' | 'isControlPlane'>

/**
 * Decides which move begins next: at most so many at once, one of each owner at a time, and those of the control plane only
 * when all others have ended.
 */
export class Schedule<Each extends Ordered> {
  readonly #atOnce: number
  readonly #waiting: Each[]
  readonly #underway = new Set<Each>()

  constructor(moves: readonly Each[], atOnce: number) {
    this.#waiting = [...moves]
    this.#atOnce = atOnce
  }

  /** Moves that have not begun. */
  get waiting(): readonly Each[] {
    return this.#waiting
  }

  /** The next move, which begins now; null if none may begin before another has ended. */
  next(): Each | null {
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

  ended(move: Each): void {
    this.#underway.delete(move)
  }
}

/**
 * Runs each move when its turn comes. Once the signal is aborted, no other begins. Resolves when all that have begun have
 * ended. `run` does not reject.
 */
export async function runScheduled<Each extends Ordered>(moves: readonly Each[], atOnce: number, signal: AbortSignal, run: (move: Each) => Promise<void>): Promise<void> {
  const schedule = new Schedule(moves, atOnce)
  const underway = new Set<Promise<void>>()
  for (;;) {
    const move = signal.aborted ? null : schedule.next()
    if (move !== null) {
      const running: Promise<void> = run(move).finally(() => {
        schedule.ended(move)
        underway.delete(running)
      })
      underway.add(running)
    } else if (underway.size > 0) {
      await Promise.race(underway)
    } else {
      return
    }
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
