import { durationText } from '../../shared/duration.ts'
import type { Session } from '../session.ts'
import { wrapped } from './wrap.ts'

/** Erases the line of the cursor. */
const ERASE_LINE = '\r\u001b[K'
const TICK_MS = 1_000

/** A countdown in the last line of stderr, if that is a terminal. Otherwise it shows nothing. */
export class Countdown implements Disposable {
  readonly #session: Session
  #shown: { readonly text: (left: string) => string; readonly untilMs: number } | null = null
  #over = new AbortController()

  constructor(session: Session) {
    this.#session = session
  }

  /** Shows a text with the remaining time. If the duration is infinite, there is no time to show. */
  start(durationMs: number, text: (left: string) => string): void {
    this.#shown = { text, untilMs: this.#session.clock.monotonicMs() + durationMs }
    this.#draw()
    this.#over.abort()
    this.#over = new AbortController()
    if (this.#session.stderr.isTTY) void this.#tick(this.#over.signal)
  }

  stop(): void {
    this.#over.abort()
    this.#shown = null
    this.#erase()
  }

  /** Writes whole lines to either stream, above the countdown. */
  write(stream: NodeJS.WritableStream, lines: string): void {
    if (this.#shown) this.#erase()
    stream.write(lines)
    this.#draw()
  }

  /** Prints a text above the countdown, with its lines broken between words if the stream is a terminal. */
  print(stream: NodeJS.WriteStream, text: string): void {
    this.write(stream, `${wrapped(text, stream)}\n`)
  }

  [Symbol.dispose](): void {
    if (this.#shown) this.stop()
  }

  #erase(): void {
    if (this.#session.stderr.isTTY) this.#session.stderr.write(ERASE_LINE)
  }

  #draw(): void {
    const { stderr, clock } = this.#session
    if (!this.#shown || !stderr.isTTY) return
    const { text, untilMs } = this.#shown
    const leftMs = Math.max(untilMs - clock.monotonicMs(), 0)
    // Whole seconds, because it is drawn once per second.
    const left = Number.isFinite(leftMs) ? durationText(Math.ceil(leftMs / 1000) * 1000) : ''
    stderr.write(`${ERASE_LINE}${text(left).slice(0, stderr.columns - 1)}`)
  }

  async #tick(signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        await this.#session.clock.sleep(TICK_MS, signal)
        this.#draw()
      }
    } catch {
      // Over.
    }
  }
}
