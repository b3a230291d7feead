import type { FailoverEvent, FailoverPlan } from '../../shared/actions/failover.ts'
import { harmless } from '../../shared/lease/index.ts'
import type { Session } from '../session.ts'
import { resultLines } from './result-text.ts'
import { secondsText } from './seconds.ts'

/** Erases the line the cursor is in. */
const ERASE_LINE = '\r\u001b[K'
const TICK_MS = 1_000
const LONGEST_ERROR = 500

/** Tells a person how a failover goes: a line for what has happened, and on a terminal a countdown below. */
export class Progress {
  readonly #session: Session
  readonly #plan: FailoverPlan
  readonly #closed = new AbortController()
  #countdown: { readonly text: (remainingMs: number) => string; readonly untilMs: number } | null = null
  #toldError = ''

  constructor(session: Session, plan: FailoverPlan) {
    this.#session = session
    this.#plan = plan
    if (session.stderr.isTTY) void this.#tick()
  }

  tell(event: FailoverEvent): void {
    switch (event.type) {
      case 'quarantined': {
        const leader = harmless(this.#plan.from, 120)
        this.#line(`Everybody is kept out. Waiting until ${leader} has stopped (${secondsText(event.quarantineMs)} at most)...`)
        return this.#count(event.quarantineMs, (leftMs) => `${secondsText(leftMs)} until it must have stopped. Ctrl-C undoes this.`)
      }
      case 'holding-on': {
        const left = secondsText(this.#plan.placeholderMs)
        this.#line(
          `The old leader may have stopped by now, so nobody is let in for ${secondsText(event.remainingMs)} yet; then the lease is free. ` +
            `Ctrl-C again ends this at once, and leaves the lease to run out by itself within ${left}.`,
        )
        return this.#count(event.remainingMs, (leftMs) => `${secondsText(leftMs)} until the lease is free`)
      }
      case 'incumbent-stopped':
        return this.#line(`${STOPPED[event.proof]}, after ${secondsText(event.afterMs)}.`)
      case 'pod-deleted':
        this.#line(`The Pod ${harmless(event.namespace)}/${harmless(event.name)} is being deleted. Waiting for a successor...`)
        return this.#count(null, () => 'waiting for a successor')
      case 'released':
        this.#line(event.to === null ? 'The lease is free. Waiting for a successor...' : `The lease is given to ${harmless(event.to, 120)}. Waiting for its first renewal...`)
        return this.#count(this.#plan.timeoutMs, (leftMs) => `waiting for a successor, ${secondsText(leftMs)} more at most`)
      case 'error':
        if (event.message === this.#toldError) return
        this.#toldError = event.message
        return this.#line(`Trying again: ${harmless(event.message, LONGEST_ERROR)}`, this.#session.stderr)
      case 'result':
        this.#countdown = null
        for (const line of resultLines(this.#plan, event.result, this.#session.programName)) this.#line(line)
    }
  }

  close(): void {
    this.#countdown = null
    this.#erase()
    this.#closed.abort()
  }

  #line(text: string, stream: NodeJS.WritableStream = this.#session.stdout): void {
    this.#erase()
    stream.write(`${text}\n`)
    this.#draw()
  }

  #count(durationMs: number | null, text: (remainingMs: number) => string): void {
    const untilMs = durationMs === null ? Number.POSITIVE_INFINITY : this.#session.clock.monotonicMs() + durationMs
    this.#countdown = { text, untilMs }
    this.#draw()
  }

  #erase(): void {
    if (this.#session.stderr.isTTY) this.#session.stderr.write(ERASE_LINE)
  }

  #draw(): void {
    if (!this.#countdown || !this.#session.stderr.isTTY) return
    const { text, untilMs } = this.#countdown
    const leftMs = Math.max(untilMs - this.#session.clock.monotonicMs(), 0)
    // Whole seconds: it is drawn once a second.
    this.#session.stderr.write(`${ERASE_LINE}${text(Math.ceil(leftMs / 1000) * 1000).slice(0, this.#session.stderr.columns - 1)}`)
  }

  async #tick(): Promise<void> {
    const { signal } = this.#closed
    try {
      for (;;) {
        await this.#session.clock.sleep(TICK_MS, signal)
        this.#draw()
      }
    } catch {
      // Closed.
    }
  }
}

const STOPPED = {
  acknowledged: 'The old leader says that it has stopped',
  terminated: "The kubelet reports that the old leader's containers have ended",
  waited: 'The old leader must have stopped',
} as const
