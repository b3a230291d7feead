import { readCandidates } from '../../candidates/read-candidates.ts'
import type { ApiClient } from '../../cluster/client.ts'
import { durationText } from '../../duration.ts'
import { WatchLoop } from '../../election/watch-loop.ts'
import { placeText } from '../../lease/index.ts'
import { clusterLock } from '../../locks/index.ts'
import type { Clock } from '../../time/index.ts'
import type { FailoverResult } from '../failover/failover-events.ts'
import { FailoverRefused, type FailoverPlan } from '../failover/failover-plan.ts'
import { planFailover } from '../failover/plan-failover.ts'
import { runFailover } from '../failover/run-failover.ts'
import { LeaseGuard, type OverwrittenLease } from './overwritten-leases.ts'
import { gapsOf, type CheckPhase, type RehearsalEvent, type RehearsalFailure, type RehearsalReport, type RehearsalRequest, type Round, type RoundKind } from './rehearsal.ts'

const POLL_MS = 1_000
/** How long a check may take to succeed again, unless the request limits it. */
const LONGEST_RECOVERY_MS = 120_000
const WATCH_PAUSE_MS = 500

export interface RehearsalOptions {
  /** When aborted, the round under way undoes what it can, and no other begins. */
  readonly signal: AbortSignal
  readonly onEvent?: (event: RehearsalEvent) => void
}

/**
 * Moves leadership several times, each time with a failover, and reports how the candidates cope. It stops at the first
 * unsafe result, at a check that fails before a round, and if candidates do not come back.
 *
 * @throws what `planFailover` throws for the first round; ClusterError as `runFailover`
 */
export async function runRehearsal(client: ApiClient, clock: Clock, request: RehearsalRequest, options: RehearsalOptions): Promise<RehearsalReport> {
  return new Rehearsal(client, clock, request, options).run()
}

class Rehearsal {
  readonly #client: ApiClient
  readonly #clock: Clock
  readonly #request: RehearsalRequest
  readonly #signal: AbortSignal
  readonly #tell: (event: RehearsalEvent) => void
  readonly #guard = new LeaseGuard()
  readonly #deposedWrites: OverwrittenLease[] = []
  #toldWrites = 0
  #hasActed = false
  #wanted = 0

  constructor(client: ApiClient, clock: Clock, request: RehearsalRequest, { signal, onEvent = () => undefined }: RehearsalOptions) {
    this.#client = client
    this.#clock = clock
    this.#request = request
    this.#signal = signal
    this.#tell = onEvent
  }

  async run(): Promise<RehearsalReport> {
    const { place, rounds: count, kinds, check } = this.#request
    const over = new AbortController()
    const watching = this.#watch(over.signal)
    const rounds: Round[] = []
    try {
      this.#wanted = await this.#ready()
      for (let number = 1; number <= count && !this.#signal.aborted; number++) {
        const round = await this.#round(number, kinds[(number - 1) % kinds.length]!)
        rounds.push(round)
        this.#tell({ type: 'round-ended', round })
        if (round.failures.some(({ code }) => ENDING.has(code))) break
      }
      // The last round, too, must leave as many candidates as there were.
      const last = rounds.at(-1)
      if (last && rounds.length === count && !this.#signal.aborted && last.failures.length === 0) {
        const waited = await this.#untilReady(count + 1)
        if (waited.missing !== null) rounds[rounds.length - 1] = { ...last, failures: [...last.failures, waited.missing] }
      }
      const late = this.#newWrites()
      if (late.length > 0) rounds.push({ ...rounds.pop()!, failures: [...(last?.failures ?? []), ...late] })
    } finally {
      over.abort()
      await watching
    }
    return {
      place,
      rounds,
      gaps: gapsOf(rounds),
      candidatesAtFirst: this.#wanted,
      oldLeaderActed: check ? (this.#hasActed ? 'yes' : 'no') : 'not judged',
      deposedWrites: this.#deposedWrites,
      isPassed: rounds.length === count && rounds.every(({ failures }) => failures.length === 0),
    }
  }

  async #round(number: number, kind: RoundKind): Promise<Round> {
    const failures: { code: RehearsalFailure; message: string }[] = []
    const fail = (code: RehearsalFailure, message: string): unknown => failures.push({ code, message })
    const { waitedMs, missing } = await this.#untilReady(number)
    const round = { number, kind, waitedMs, result: null, recoveredMs: null, failures }
    failures.push(...this.#newWrites())
    if (missing) failures.push(missing)
    if (failures.length > 0) return round
    const { place, isForced, reason, actor, maxGapMs } = this.#request
    let plan: FailoverPlan
    try {
      plan = await planFailover(this.#client, this.#clock, { place, deletesPod: kind === 'delete-pod', isForced: isForced ?? false, reason, actor }, this.#signal)
    } catch (error) {
      if (!(error instanceof FailoverRefused) || number === 1) throw error
      fail('refused', error.message)
      return round
    }
    const { from } = plan
    const before = await this.#check('before', number, kind, from, '')
    if (before === 'fails') fail('checkFailedBefore', 'The check failed before the round.')
    if (before === 'unsafe') fail('unsafeCheck', 'The check reported something unsafe before the round.')
    if (failures.length > 0 || this.#signal.aborted) return round
    this.#tell({ type: 'round-begun', number, kind, from })
    const startedAtMs = this.#clock.monotonicMs()
    let during: Promise<unknown> = Promise.resolve()
    const result = await runFailover(this.#client, this.#clock, plan, {
      signal: this.#signal,
      onEvent: (event) => {
        if (event.type !== 'leader-stopped' && event.type !== 'pod-deleted') return
        during = this.#check('during', number, kind, from, '').then((answer) => {
          if (answer === 'unsafe') fail('unsafeCheck', 'The check reported something unsafe while there was no leader.')
        })
      },
    })
    await during
    // The restarted old leader may acquire the lease again, before another candidate does: that is chance.
    const isLed = result.outcome === 'moved' || result.outcome === 'returned'
    if (!isLed && result.abortion?.cause !== 'interrupted') fail('notLed', outcomeText(result))
    const gapMs = result.leaderlessMs ?? 0
    if (maxGapMs !== undefined && gapMs > maxGapMs) fail('gapTooLong', `There was no leader for up to ${durationText(gapMs)}, more than ${durationText(maxGapMs)}.`)
    const recoveredMs = result.outcome === 'aborted' ? null : await this.#recovery(number, kind, result, startedAtMs, fail)
    failures.push(...this.#newWrites())
    return { ...round, result, recoveredMs }
  }

  /** Repeats the check until it succeeds; the time since the round began. Null without a check, or if it does not. */
  async #recovery(number: number, kind: RoundKind, { from, to }: FailoverResult, startedAtMs: number, fail: (code: RehearsalFailure, message: string) => unknown): Promise<number | null> {
    if (!this.#request.check) return null
    const limitMs = this.#request.maxGapMs ?? LONGEST_RECOVERY_MS
    for (;;) {
      const answer = await this.#check('after', number, kind, from, to)
      const passedMs = this.#clock.monotonicMs() - startedAtMs
      if (answer === 'works') return passedMs
      if (answer === 'unsafe') {
        fail('unsafeCheck', 'The check reported something unsafe after the round.')
        return null
      }
      if (passedMs > limitMs || this.#signal.aborted) {
        fail('checkNotRecovered', `The check has not succeeded within ${durationText(limitMs)} since the round began.`)
        return null
      }
      await this.#clock.sleep(POLL_MS, this.#signal).catch(() => undefined)
    }
  }

  async #check(phase: CheckPhase, round: number, kind: RoundKind, from: string, to: string): Promise<'works' | 'fails' | 'unsafe'> {
    const { check, place } = this.#request
    const answer = check ? await check({ phase, round, kind, place, from, to }) : 'works'
    if (answer === 'unsafe') this.#hasActed = true
    return answer
  }

  /** Waits until as many candidates are Ready as at first. */
  async #untilReady(number: number): Promise<{ readonly waitedMs: number; readonly missing: Round['failures'][number] | null }> {
    const startedAtMs = this.#clock.monotonicMs()
    let told = -1
    for (;;) {
      const ready = await this.#ready()
      const waitedMs = this.#clock.monotonicMs() - startedAtMs
      if (ready >= this.#wanted || this.#signal.aborted) return { waitedMs, missing: null }
      if (waitedMs > this.#request.readyTimeoutMs) {
        const message = `${ready} of ${this.#wanted} candidates of the ${placeText(this.#request.place)} are Ready after ${durationText(this.#request.readyTimeoutMs)}.`
        return { waitedMs, missing: { code: 'candidateMissing', message } }
      }
      if (ready !== told) this.#tell({ type: 'waiting', number, ready, wanted: this.#wanted })
      told = ready
      await this.#clock.sleep(POLL_MS, this.#signal).catch(() => undefined)
    }
  }

  /** Failures for what deposed leaders wrote since this was last asked. */
  #newWrites(): Round['failures'] {
    const writes = this.#deposedWrites.slice(this.#toldWrites)
    this.#toldWrites = this.#deposedWrites.length
    return writes.map(({ by, of }) => ({ code: 'deposedWrite', message: `${by} wrote the lease while the lease of ${of} had not expired.` }))
  }

  async #ready(): Promise<number> {
    const { candidates } = await readCandidates(this.#client, this.#clock, this.#request.place, this.#signal)
    return candidates.filter(({ pod }) => pod?.isReady === true).length
  }

  async #watch(over: AbortSignal): Promise<void> {
    await new WatchLoop({
      lock: clusterLock(this.#client, this.#request.place),
      clock: this.#clock,
      pauseMs: () => WATCH_PAUSE_MS,
      onEvent: (event) => {
        const overwritten = this.#guard.see(event.type === 'written' ? event.locked.record : null, this.#clock.monotonicMs())
        if (overwritten) this.#deposedWrites.push(overwritten)
      },
      onEnd: () => undefined,
      onError: () => undefined,
    }).run(over)
  }
}

/** After these, the next round would not be a fair one, or not a safe one. */
const ENDING: ReadonlySet<RehearsalFailure> = new Set(['checkFailedBefore', 'candidateMissing', 'unsafeCheck', 'deposedWrite', 'refused', 'checkNotRecovered'])

function outcomeText({ abortion }: FailoverResult): string {
  return abortion ? `The failover stopped early (${abortion.cause}).` : 'No candidate acquired the lease in time.'
}
