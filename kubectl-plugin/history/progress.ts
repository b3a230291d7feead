import type { Session } from '../session.ts'

const DRAW_EVERY_MS = 200

/** A line on stderr that says how much was read, if that is a terminal and it takes a while. */
export class ReadProgress {
  readonly #session: Session
  readonly #totalBytes: number | null
  #readBytes = 0
  #drawnAtMs: number
  #isShown = false

  /** @param totalBytes null if it is not known. */
  constructor(session: Session, totalBytes: number | null) {
    this.#session = session
    this.#totalBytes = totalBytes
    this.#drawnAtMs = session.clock.monotonicMs()
  }

  add(bytes: number): void {
    this.#readBytes += bytes
    const { stderr, clock } = this.#session
    if (!stderr.isTTY || clock.monotonicMs() - this.#drawnAtMs < DRAW_EVERY_MS) return
    this.#drawnAtMs = clock.monotonicMs()
    this.#isShown = true
    const share = this.#totalBytes ? ` of ${megabytes(this.#totalBytes)} (${Math.floor((this.#readBytes / this.#totalBytes) * 100)} %)` : ''
    stderr.write(`\r\u001b[KReading: ${megabytes(this.#readBytes)}${share}`)
  }

  clear(): void {
    if (this.#isShown) this.#session.stderr.write('\r\u001b[K')
    this.#isShown = false
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`
}
