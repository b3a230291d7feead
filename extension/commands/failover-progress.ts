import * as vscode from 'vscode'
import type { CautionFacts, FailoverEvent, FailoverPlan } from '../../shared/actions/failover.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import type { Clock } from '../../shared/time/clock.ts'
import { withAdvice } from '../advice.ts'
import { short } from '../words/election-text.ts'
import { spokenDuration } from '../words/durations.ts'
import { signalOf } from './target.ts'

/** How long the API server may take to check a write. */
export const TRY_MS = 15_000

/** Shows a message after the title of the progress notification, and how much of the work is done: 0 to 1. */
export type Report = (message: string, share?: number) => void

/** Shows a progress notification with a Cancel button. Resolves to undefined if the work was canceled without a result. */
export async function withProgress<T>(title: string, work: (signal: AbortSignal, report: Report) => Promise<T>): Promise<T | undefined> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true }
  return vscode.window.withProgress(options, async (progress, token) => {
    const signal = signalOf(token)
    try {
      let done = 0
      return await work(signal, (message, share = done) => {
        progress.report({ message, ...(share > done && { increment: (share - done) * 100 }) })
        done = Math.max(done, share)
      })
    } catch (error) {
      if (signal.aborted && error === signal.reason) return undefined
      throw error
    }
  })
}

/**
 * Runs a failover with a countdown, and ends the countdown with it.
 *
 * @param mostMs How long it takes at most: the progress is a share of that.
 */
export async function counted<T>(clock: Clock, report: Report, mostMs: number, work: (countdown: FailoverCountdown) => Promise<T>): Promise<T> {
  const over = new AbortController()
  try {
    return await work(new FailoverCountdown(clock, withShare(clock, report, mostMs), over.signal))
  } finally {
    over.abort()
  }
}

/** Adds to each message how much of the longest time has passed. */
function withShare(clock: Clock, report: Report, mostMs: number): Report {
  const startMs = clock.monotonicMs()
  return (message) => report(message, Math.min((clock.monotonicMs() - startMs) / mostMs, 1))
}

/** The cautions of a plan, and what could not be checked, as lines of a list. */
export function cautionLines({ cautions, gaps }: FailoverPlan): readonly string[] {
  const lines = cautions.map((caution) => withAdvice({ message: cautionText(caution), remedy: caution.remedy }))
  return [...lines, ...gaps.map(withAdvice)].map((text) => `• ${harmless(text, 500)}`)
}

function cautionText(caution: CautionFacts): string {
  switch (caution.code) {
    case 'notALease':
      return vscode.l10n.t('This lease is not a leader election. Its holder may not be prepared to lose it.')
    case 'shortBlock': {
      const block = spokenDuration(caution.blockMs)
      return vscode.l10n.t('The block of {0} is shorter than the {1} after which any leader must have stopped. There can be two leaders.', block, spokenDuration(caution.safeMs))
    }
    case 'noOtherCandidate':
      return vscode.l10n.t('No other candidate is known. There may be no leader until the old leader acquires the lease again.')
    case 'unknownTarget':
      return vscode.l10n.t('No Pod, LeaseCandidate or Event confirms that {0} is a candidate.', short(caution.to))
    case 'onlyEvent':
      return vscode.l10n.t('Only an Event tells that {0} is a candidate. If its process has ended since, there is no leader until the lease expires.', short(caution.to))
    case 'restarts':
      return vscode.l10n.t('Most programs exit when they lose the lease, and are then restarted.')
    case 'mayReturn':
      return vscode.l10n.t('The first candidate to check the lease acquires it. That can be the restarted old leader.')
  }
}

/** Shows the phase of a failover, and counts down while it waits. */
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

  /** Ends the countdown that runs. */
  end(): void {
    this.#turn.abort()
  }

  take(event: FailoverEvent): void {
    // After an error, the failover continues to wait for the same thing.
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
        return this.#report(harmless(withAdvice(event), 500))
      case 'draw':
        return this.#report(vscode.l10n.t('try {0} of {1}: {2} acquired the lease', event.number, event.tries, short(event.result.pod?.name ?? event.result.to)))
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
