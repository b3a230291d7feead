interface Entry {
  readonly atMs: number
  readonly order: number
  readonly run: () => void
}

/**
 * The true time of a simulated world, and all that is to happen in it, in order. Between two events everything that
 * the first made ready runs, in microtasks: no timer of the real world is involved, so that a run takes as long as its
 * work and comes out the same every time.
 */
export class Scheduler {
  #nowMs = 0
  #order = 0
  #events = 0
  /** A binary heap. */
  readonly #heap: Entry[] = []

  /** True milliseconds since the beginning. */
  get nowMs(): number {
    return this.#nowMs
  }

  /** How many events have happened. */
  get events(): number {
    return this.#events
  }

  at(atMs: number, run: () => void): void {
    const heap = this.#heap
    const entry = { atMs: Math.max(atMs, this.#nowMs), order: this.#order++, run }
    let i = heap.push(entry) - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!isBefore(entry, heap[parent]!)) break
      heap[i] = heap[parent]!
      i = parent
    }
    heap[i] = entry
  }

  after(delayMs: number, run: () => void): void {
    this.at(this.#nowMs + delayMs, run)
  }

  /** Runs until the given time, or until nothing is left to happen, or too much has happened already. */
  async runUntil(untilMs: number, mostEvents: number): Promise<void> {
    for (;;) {
      const next = this.#heap[0]
      if (!next || next.atMs > untilMs) break
      if (++this.#events > mostEvents) return
      this.#pop()
      this.#nowMs = next.atMs
      next.run()
      await this.#settle()
    }
    this.#nowMs = untilMs
  }

  /** Resolves when no microtask is left, however many each of them led to. */
  #settle(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve))
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()!
    if (heap.length === 0) return
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, last)) break
      heap[i] = heap[child]!
      i = child
    }
    heap[i] = last
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}
