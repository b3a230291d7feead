import * as vscode from 'vscode'
import type { FailoverEvent, FailoverPlan } from '../../shared/actions/failover.ts'
import { harmless } from '../../shared/lease/index.ts'
import type { Clock } from '../../shared/time/index.ts'
import { plainWords } from '../plain-words.ts'
import { short } from '../words/election-text.ts'
import { spokenDuration } from '../words/spoken-duration.ts'
import { signalOf } from './target.ts'

/** Says beside the title how far it is. */
export type Report = (message: string) => void

/** Shows that it works, with a way to cancel. Undefined where it was cancelled before there was anything to tell. */
export async function withProgress<T>(title: string, work: (signal: AbortSignal, report: Report) => Promise<T>): Promise<T | undefined> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true }
  return vscode.window.withProgress(options, async (progress, token) => {
    const signal = signalOf(token)
    try {
      return await work(signal, (message) => progress.report({ message }))
    } catch (error) {
      if (signal.aborted && error === signal.reason) return undefined
      throw error
    }
  })
}

/** Does work that tells of a failover, and ends the countdown with it. */
export async function counted<T>(clock: Clock, report: Report, work: (countdown: FailoverCountdown) => Promise<T>): Promise<T> {
  const over = new AbortController()
  try {
    return await work(new FailoverCountdown(clock, report, over.signal))
  } finally {
    over.abort()
  }
}

/** What a person is to know before saying yes, as lines of a list. */
export function cautionLines({ cautions, gaps }: FailoverPlan): readonly string[] {
  return [...cautions.map(({ message }) => message), ...gaps].map((text) => `• ${plainWords(text, 500)}`)
}

/** Says where a failover is, and counts down where it waits. */
export class FailoverCountdown {
  readonly #clock: Clock
  readonly #report: Report
  readonly #signal: AbortSignal
  #turn = new AbortController()

  constructor(clock: Clock, report: Report, signal: AbortSignal) {
    this.#clock = clock
    this.#report = report
    this.#signal = signal
  }

  take(event: FailoverEvent): void {
    // After a failure it goes on waiting for the same.
    if (event.type !== 'error') this.#turn.abort()
    switch (event.type) {
      case 'blocked':
        return void this.#count(event.blockMs, (left) => vscode.l10n.t('lease blocked, waiting for the leader to stop: {0}', left))
      case 'still-blocked':
        return void this.#count(event.remainingMs, (left) => vscode.l10n.t('too late to undo; releasing the lease in {0}', left))
      case 'undone':
        return void this.#count(event.waitMs, (left) => vscode.l10n.t('undone; waiting for the old leader, at most {0} more', left))
      case 'leader-stopped':
        return this.#report(vscode.l10n.t('the old leader has stopped'))
      case 'pod-deleted':
        return this.#report(vscode.l10n.t('the Pod {0} is being deleted', short(event.name)))
      case 'released':
        return this.#report(vscode.l10n.t('waiting for a new leader'))
      case 'error':
        return this.#report(harmless(event.message, 500))
      case 'result':
        return
    }
  }

  async #count(durationMs: number, text: (left: string) => string): Promise<void> {
    const turn = new AbortController()
    this.#turn = turn
    const signal = AbortSignal.any([turn.signal, this.#signal])
    const clock = this.#clock
    const untilMs = clock.monotonicMs() + durationMs
    while (!signal.aborted) {
      this.#report(text(spokenDuration(untilMs - clock.monotonicMs())))
      await clock.sleep(1_000, signal).catch(() => {})
    }
  }
}
