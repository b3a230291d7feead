import type { FailoverEvent, FailoverPlan } from '../../shared/actions/failover.ts'
import type { RehearsalEvent, RehearsalRequest } from '../../shared/actions/rehearse/rehearsal.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { blockText } from '../failover/event-text.ts'
import { retryText } from '../output/advice.ts'
import { Countdown } from '../output/countdown.ts'
import type { Session } from '../session.ts'
import { roundHeading, roundLines } from './round-row.ts'

const LONGEST = 300

/** The progress of a rehearsal: a table that grows by a row for each round and, on a terminal, what happens now in a line below it. */
export class RehearsalProgress {
  readonly #session: Session
  readonly #stream: NodeJS.WriteStream
  readonly #request: RehearsalRequest
  readonly #countdown: Countdown
  #waitingBefore = 0
  #waitingFor = ''
  #lastError = ''
  #lastOutput = ''

  /** @param stream where the table goes */
  constructor(session: Session, stream: NodeJS.WriteStream, request: RehearsalRequest) {
    this.#session = session
    this.#stream = stream
    this.#request = request
    this.#countdown = new Countdown(session)
    this.#line(roundHeading(request))
  }

  tell(event: RehearsalEvent): void {
    switch (event.type) {
      case 'waiting':
        return this.#wait(event)
      case 'preparing':
        return this.#now(event.number, Number.POSITIVE_INFINITY, () => `observing how the leader renews (${event.kind})`)
      case 'round-begun': {
        const from = harmless(event.plan.holder?.pod?.name ?? event.plan.from, LONGEST)
        return this.#now(event.number, Number.POSITIVE_INFINITY, () => `moving leadership from ${from} (${event.kind})`)
      }
      case 'progress':
        return this.#progress(event.number, event.event, event.plan)
      case 'recovering':
        return this.#request.check && this.#now(event.number, event.limitMs, (left) => `waiting until the check succeeds, at most ${left} more`)
      case 'reading-audit':
        return this.#now(event.number, Number.POSITIVE_INFINITY, () => 'reading the audit log')
      case 'round-ended':
        for (const line of roundLines(event.round, this.#request)) this.#line(line)
    }
  }

  /** What a command of the user has printed. A check that is repeated prints the same again. */
  output(text: string): void {
    if (text !== '' && text !== this.#lastOutput) this.#line(text.trimEnd(), this.#session.stderr)
    this.#lastOutput = text
  }

  close(): void {
    this.#countdown[Symbol.dispose]()
  }

  #wait({ number, ready, wanted, missing }: Extract<RehearsalEvent, { type: 'waiting' }>): void {
    const names = missing.length === 0 ? '' : ` (not Ready: ${missing.map((name) => harmless(name, LONGEST)).join(', ')})`
    this.#waitingFor = `${ready} of ${wanted} candidates are Ready${names}`
    if (this.#waitingBefore === number) return
    this.#waitingBefore = number
    if (!this.#session.stderr.isTTY) this.#line(`${number > this.#request.rounds ? 'After the last round' : `Before round ${number}`}: ${this.#waitingFor}. Waiting...`)
    this.#now(number, this.#request.readyTimeoutMs, (left) => `${this.#waitingFor}, waiting at most ${left} more`)
  }

  #progress(number: number, event: FailoverEvent, plan: FailoverPlan): void {
    switch (event.type) {
      case 'blocked':
        return this.#now(number, event.blockMs, (left) => `lease blocked, at most ${left} until the old leader has stopped. Press Ctrl-C to cancel.`)
      case 'still-blocked':
        this.#line(blockText(event, plan))
        return this.#now(number, event.remainingMs, (left) => `${left} until the lease is released`)
      case 'undone':
        this.#line(blockText(event, plan))
        return this.#now(number, event.waitMs, (left) => `waiting for the old leader, at most ${left} more`)
      case 'released':
        return this.#now(number, plan.timeoutMs, (left) => `waiting for a new leader, at most ${left} more`)
      case 'pod-deleted':
        return this.#now(number, Number.POSITIVE_INFINITY, () => 'the Pod is being deleted, waiting for a new leader')
      case 'error':
        if (event.message === this.#lastError) return
        this.#lastError = event.message
        return this.#line(`Retrying: ${harmless(retryText(event), LONGEST)}`, this.#session.stderr)
      case 'leader-stopped':
      case 'draw':
      case 'result':
        return undefined
    }
  }

  #now(number: number, durationMs: number, text: (left: string) => string): void {
    const round = number > this.#request.rounds ? 'after the last round' : `round ${number} of ${this.#request.rounds}`
    this.#countdown.start(durationMs, (left) => `${round}: ${text(left)}`)
  }

  #line(text: string, stream = this.#stream): void {
    this.#countdown.print(stream, text)
  }
}
