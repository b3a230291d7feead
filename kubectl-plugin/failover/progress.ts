import type { FailoverEvent, FailoverPlan } from '../../shared/actions/failover.ts'
import { harmless } from '../../shared/lease/index.ts'
import { withAdvice } from '../output/advice.ts'
import { Countdown } from '../output/countdown.ts'
import type { Session } from '../session.ts'
import { countBlock, blockText } from './event-text.ts'
import { resultLines } from './result-text.ts'

const LONGEST_ERROR = 500

/** Tells a person how a failover goes: a line for what has happened, and on a terminal a countdown below. */
export class Progress {
  readonly #session: Session
  readonly #plan: FailoverPlan
  readonly #countdown: Countdown
  #toldError = ''

  constructor(session: Session, plan: FailoverPlan) {
    this.#session = session
    this.#plan = plan
    this.#countdown = new Countdown(session)
  }

  tell(event: FailoverEvent): void {
    switch (event.type) {
      case 'blocked':
      case 'still-blocked':
      case 'undone':
      case 'leader-stopped':
        this.#line(blockText(event, this.#plan))
        return countBlock(event, this.#countdown)
      case 'pod-deleted':
        this.#line(`The Pod ${harmless(event.namespace)}/${harmless(event.name)} is being deleted. Waiting for a successor...`)
        return this.#countdown.start(Number.POSITIVE_INFINITY, () => 'waiting for a successor')
      case 'released':
        this.#line(event.to === null ? 'The lease is free. Waiting for a successor...' : `The lease is given to ${harmless(event.to, 120)}. Waiting for its first renewal...`)
        return this.#countdown.start(this.#plan.timeoutMs, (left) => `waiting for a successor, ${left} more at most`)
      case 'error':
        if (event.message === this.#toldError) return
        this.#toldError = event.message
        return this.#line(`Trying again: ${harmless(withAdvice(event), LONGEST_ERROR)}`, this.#session.stderr)
      case 'result':
        this.#countdown.stop()
        for (const line of resultLines(this.#plan, event.result, this.#session.programName)) this.#line(line)
    }
  }

  close(): void {
    this.#countdown[Symbol.dispose]()
  }

  #line(text: string, stream: NodeJS.WritableStream = this.#session.stdout): void {
    this.#countdown.write(stream, `${text}\n`)
  }
}
