import type { FailoverEvent, FailoverPlan } from '../../shared/actions/failover.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { retryText } from '../output/advice.ts'
import { Countdown } from '../output/countdown.ts'
import type { Session } from '../session.ts'
import { countBlock, blockText } from './event-text.ts'
import { resultLines } from './result-text.ts'

const LONGEST_ERROR = 500

/** Prints the progress of a failover: a line for each event, and on a terminal a countdown below. */
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
        this.#line(`Deleting the Pod ${harmless(event.namespace)}/${harmless(event.name)}. Waiting for a new leader...`)
        return this.#countdown.start(Number.POSITIVE_INFINITY, () => 'waiting for a new leader')
      case 'released':
        this.#line(event.to === null ? 'Lease released. Waiting for a new leader...' : `Lease handed over to ${harmless(event.to, 120)}. Waiting for its first renewal...`)
        return this.#countdown.start(this.#plan.timeoutMs, (left) => `waiting for a new leader, at most ${left} more`)
      case 'draw': {
        const { number, tries, result } = event
        return this.#line(`Try ${number} of ${tries}: ${harmless(result.pod?.name ?? result.to, 120)} acquired the lease. Trying again...`)
      }
      case 'error':
        if (event.message === this.#toldError) return
        this.#toldError = event.message
        return this.#line(`Retrying: ${harmless(retryText(event), LONGEST_ERROR)}`, this.#session.stderr)
      case 'result':
        this.#countdown.stop()
        for (const line of resultLines(this.#plan, event.result, this.#session.programName)) this.#line(line)
    }
  }

  close(): void {
    this.#countdown[Symbol.dispose]()
  }

  #line(text: string, stream: NodeJS.WriteStream = this.#session.stdout): void {
    this.#countdown.print(stream, text)
  }
}
