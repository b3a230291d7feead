import type { ApiClient } from '../../cluster/client.ts'
import { ClusterError } from '../../cluster/errors.ts'
import { durationText } from '../../duration.ts'
import { placeText } from '../../lease/election-ref.ts'
import { clusterErrorOf } from '../../locks/errors.ts'
import { advised } from '../../remedy.ts'
import type { Clock } from '../../time/clock.ts'
import { stoppedEarlyText } from '../failover/abortion-text.ts'
import { changeSince } from '../failover/acquisition.ts'
import type { FailoverResult } from '../failover/failover-events.ts'
import { FailoverRefused, type FailoverPlan } from '../failover/failover-plan.ts'
import { planFailover } from '../failover/plan-failover.ts'
import { runFailover } from '../failover/run-failover.ts'
import { overwrittenIn } from './audit-trail.ts'
import { LeaseWatch } from './lease-watch.ts'
import type { OverwrittenLease } from './overwritten-leases.ts'
import { failoverOf } from './plan-rehearsal.ts'
import { readAuditUpTo } from './read-audit.ts'
import { readinessOf } from './readiness.ts'
import { leaderLostIn, spreadsOf, type CheckAnswer, type CheckPhase, type Failure, type RehearsalEvent, type RehearsalFailure, type RehearsalPlan, type RehearsalReport, type Round, type RoundContext, type RoundKind } from './rehearsal.ts'

const POLL_MS = 1_000
/** How long a check may take to succeed again, unless the request limits it. */
const LONGEST_RECOVERY_MS = 120_000
/** Leadership may move by itself while the leader's renewals are observed. */
const PLAN_TRIES = 3

export interface RehearsalOptions {
  /** When aborted, the round under way undoes what it can, and no other begins. */
  readonly signal: AbortSignal
  readonly onEvent?: (event: RehearsalEvent) => void
}

/**
 * Moves leadership several times, each time with a failover, and reports how the candidates cope. It stops at the first
 * unsafe result, and if the next round would not be a fair one. Afterwards, the lease is watched for one more lease duration.
 *
 * Resolves to the report, even if it was interrupted or the API server failed. Rejects only for defects of this program.
 */
export async function runRehearsal(client: ApiClient, clock: Clock, plan: RehearsalPlan, options: RehearsalOptions): Promise<RehearsalReport> {
  return new Rehearsal(client, clock, plan, options).run()
}

class Rehearsal {
  readonly #client: ApiClient
  readonly #clock: Clock
  readonly #plan: RehearsalPlan
  readonly #signal: AbortSignal
  readonly #tell: (event: RehearsalEvent) => void
  readonly #watch: LeaseWatch
  #inAudit: readonly OverwrittenLease[] = []
  #told = { watch: 0, audit: 0 }
  #isUnsafe = false
  /** What has judged the leaders that lost the lease. */
  readonly #judges = new Set<'check' | 'audit'>()

  constructor(client: ApiClient, clock: Clock, plan: RehearsalPlan, { signal, onEvent = () => undefined }: RehearsalOptions) {
    this.#client = client
    this.#clock = clock
    this.#plan = plan
    this.#signal = signal
    this.#tell = onEvent
    this.#watch = new LeaseWatch(client, clock, plan.request.place)
  }

  async run(): Promise<RehearsalReport> {
    const { request, candidates } = this.#plan
    const { place, rounds: count, kinds, maxGapMs } = request
    const startedAt = this.#now()
    const startedAtMs = this.#clock.monotonicMs()
    const over = new AbortController()
    const watching = this.#watch.run(over.signal)
    const rounds: Round[] = []
    const end = (round: Round): void => {
      rounds.push(round)
      this.#tell({ type: 'round-ended', round })
    }
    try {
      for (let number = 1; number <= count && !this.#signal.aborted; number++) {
        const round = await this.#round(number, kinds[(number - 1) % kinds.length]!)
        if (round === null) break
        const isLast = number === count || round.failures.some(({ code }) => ENDING.has(code)) || this.#signal.aborted
        end(isLast ? await this.#watchLonger(round) : round)
        if (isLast) break
      }
    } finally {
      over.abort()
      await watching
    }
    const isJudged = this.#isUnsafe || rounds.some(leaderLostIn)
    const judgedBy = isJudged ? (['check', 'audit'] as const).filter((judge) => this.#judges.has(judge)) : []
    return {
      ...{ place, startedAt, rounds, requested: { rounds: count, kinds, maxGapMs: maxGapMs ?? null } },
      tookMs: Math.round(this.#clock.monotonicMs() - startedAtMs),
      gaps: spreadsOf(rounds, ({ result }) => result?.leaderlessMs ?? null),
      recoveries: spreadsOf(rounds, ({ recoveredMs }) => recoveredMs),
      candidatesAtFirst: candidates,
      oldLeaderActed: this.#isUnsafe ? 'yes' : judgedBy.length > 0 ? 'no' : 'not judged',
      judgedBy,
      deposedWrites: this.#inAudit.length > this.#watch.overwritten.length ? this.#inAudit : this.#watch.overwritten,
      isPassed: rounds.length === count && !this.#signal.aborted && rounds.every(({ failures }) => failures.length === 0),
      isInterrupted: this.#signal.aborted,
    }
  }

  /** Null if the rehearsal was interrupted before the round began. */
  async #round(number: number, kind: RoundKind): Promise<Round | null> {
    const failures = new Failures()
    const round: Mutable<Round> = { number, kind, startedAt: null, from: '', waitedMs: 0, result: null, recoveredMs: null, failures: failures.all }
    const { failure, waitedMs } = await this.#untilReady(number)
    round.waitedMs = waitedMs
    if (failure) failures.all.push(failure)
    this.#tellWrites(failures)
    try {
      if (failures.all.length === 0) await this.#play(round, failures)
    } catch (error) {
      const isInterruption = this.#signal.aborted && (error === this.#signal.reason || error instanceof CrashFailed)
      if (!isInterruption) failures.add(...failureOf(error))
    }
    return round.startedAt === null && failures.all.length === 0 ? null : round
  }

  async #play(round: Mutable<Round>, failures: Failures): Promise<void> {
    const { number, kind } = round
    const { crash, maxGapMs, place } = this.#plan.request
    this.#tell({ type: 'preparing', number, kind })
    const plan = await this.#planned(kind)
    const context: RoundContext = { round: number, kind, place, from: plan.from, pod: plan.holder?.pod?.name ?? null, to: '' }
    const before = await this.#check('before', context, failures)
    if (this.#isInterrupted()) return
    if (before === 'fails') failures.add('checkFailedBefore', 'The check failed before the round.')
    if (before !== 'works') return
    round.startedAt = this.#now()
    round.from = plan.from
    this.#tell({ type: 'round-begun', number, kind, plan })
    const startedAtMs = this.#clock.monotonicMs()
    let during: Promise<unknown> = Promise.resolve()
    const checkDuring = (): void => {
      during = this.#check('during', context, failures)
    }
    const result = await runFailover(this.#client, this.#clock, plan, {
      signal: this.#signal,
      onEvent: (event) => {
        this.#tell({ type: 'progress', number, plan, event })
        if (event.type === 'leader-stopped' || event.type === 'pod-deleted') checkDuring()
      },
      ...(kind === 'crash' && {
        crash: async () => {
          if (!(await crash!(context))) throw new CrashFailed()
          checkDuring()
        },
      }),
    })
    await during
    round.result = result
    if (this.#isInterrupted()) {
      this.#tellWrites(failures)
      return
    }
    this.#judge(plan, result, kind, failures)
    const gapMs = result.leaderlessMs ?? 0
    if (maxGapMs !== undefined && gapMs > maxGapMs) failures.add('gapTooLong', `There was no leader for up to ${durationText(gapMs)}, more than ${durationText(maxGapMs)}.`)
    if (result.outcome !== 'aborted') round.recoveredMs = await this.#recovery({ ...context, to: result.to }, startedAtMs, failures)
    await this.#readAudit(number, failures)
    this.#tellWrites(failures)
  }

  /** The plan of the next failover. Leadership may have moved by itself while it was made. */
  async #planned(kind: RoundKind): Promise<FailoverPlan> {
    for (let tries = 1; ; tries++) {
      try {
        return await planFailover(this.#client, this.#clock, failoverOf(this.#plan.request, kind), this.#signal)
      } catch (error) {
        const isMoved = error instanceof FailoverRefused && error.kind === 'moved'
        if (!isMoved || tries >= PLAN_TRIES) throw error
      }
    }
  }

  #judge(plan: FailoverPlan, { outcome, abortion, from, to }: FailoverResult, kind: RoundKind, failures: Failures): void {
    const { record } = this.#watch
    // The restarted old leader may acquire the lease again, before another candidate does: that is chance.
    const isSameTerm = outcome === 'returned' && to === from && record?.holderIdentity === from && changeSince(plan.acquisition, record) === null
    if (isSameTerm && kind !== 'handover') failures.add('stillLeads', `${from} is still the leader. It renewed the lease throughout the round.`)
    if (outcome === 'free') failures.add('notLed', 'No candidate acquired the lease in time.')
    if (abortion?.cause === 'taken' && to === from) {
      this.#isUnsafe = true
      failures.add('deposedWrite', `${from} wrote the lease although the failover had blocked it.`)
    } else if (abortion) {
      failures.add('notLed', `The failover ${stoppedEarlyText(abortion)}`)
    }
  }

  /** Repeats the check until it succeeds; the time since the round began. Null without a check, or if it does not. */
  async #recovery(context: RoundContext, startedAtMs: number, failures: Failures): Promise<number | null> {
    const { check, maxGapMs } = this.#plan.request
    if (!check) return null
    const limitMs = maxGapMs ?? LONGEST_RECOVERY_MS
    this.#tell({ type: 'recovering', number: context.round, limitMs: Math.max(startedAtMs + limitMs - this.#clock.monotonicMs(), 0) })
    for (;;) {
      const answer = await this.#check('after', context, failures)
      const passedMs = Math.round(this.#clock.monotonicMs() - startedAtMs)
      if (answer === 'works' && passedMs <= limitMs) return passedMs
      if (answer === 'unsafe' || this.#signal.aborted) return null
      if (passedMs > limitMs) {
        failures.add('checkNotRecovered', `The check did not succeed within ${durationText(limitMs)} after the round began.`)
        return null
      }
      await this.#pause(POLL_MS)
    }
  }

  async #check(phase: CheckPhase, context: RoundContext, failures: Failures): Promise<CheckAnswer> {
    const { check } = this.#plan.request
    const answer = check ? await check({ phase, ...context }) : 'works'
    if (check && (answer === 'unsafe' || (answer === 'works' && phase !== 'before'))) this.#judges.add('check')
    if (answer === 'unsafe') {
      this.#isUnsafe = true
      failures.add('unsafeCheck', `The check reported something unsafe ${WHEN[phase]}.`)
    }
    return answer
  }

  /** Waits until as many candidates are Ready as at first. */
  async #untilReady(number: number): Promise<{ readonly waitedMs: number; readonly failure: Failure | null }> {
    const { request, candidates: wanted } = this.#plan
    const { place, readyTimeoutMs } = request
    const startedAtMs = this.#clock.monotonicMs()
    for (;;) {
      const found = await readinessOf(this.#client, this.#clock, place, this.#signal).catch((error: unknown) => advised(error))
      const waitedMs = Math.round(this.#clock.monotonicMs() - startedAtMs)
      if (this.#signal.aborted || ('ready' in found && found.ready >= wanted)) return { waitedMs, failure: null }
      if (waitedMs > readyTimeoutMs) {
        if (!('ready' in found)) return { waitedMs, failure: { code: 'serverFailed', ...found } }
        const names = found.missing.length === 0 ? '' : ` Not Ready: ${found.missing.join(', ')}.`
        return { waitedMs, failure: { code: 'candidateMissing', message: `${found.ready} of ${wanted} candidates of the ${placeText(place)} are Ready after ${durationText(readyTimeoutMs)}.${names}` } }
      }
      if ('ready' in found) this.#tell({ type: 'waiting', number, ready: found.ready, wanted, missing: found.missing })
      await this.#pause(POLL_MS)
    }
  }

  /** An old leader that still acts may write later. And the last round, too, must leave as many candidates as there were. */
  async #watchLonger(round: Round): Promise<Round> {
    const failures = new Failures(round.failures)
    const isOver = failures.all.some(({ code }) => ENDING.has(code))
    if (!this.#signal.aborted && !isOver) {
      await this.#pause(this.#plan.plans[0]!.leaseDurationMs)
      const { failure } = await this.#untilReady(round.number + 1)
      if (failure) failures.all.push(failure)
    }
    await this.#readAudit(round.number, failures)
    this.#tellWrites(failures)
    return { ...round, failures: failures.all }
  }

  async #readAudit(number: number, failures: Failures): Promise<void> {
    const { audit, place } = this.#plan.request
    if (!audit) return
    this.#tell({ type: 'reading-audit', number })
    try {
      const reading = failures.isLed && !this.#signal.aborted ? await readAuditUpTo(this.#client, this.#clock, place, audit, this.#signal) : await audit.read()
      if (reading === null) failures.add('auditIncomplete', 'The audit log does not show the newest writes of the lease. It is not known whether an old leader acted in this round.')
      else {
        this.#judges.add('audit')
        this.#inAudit = overwrittenIn(reading.steps)
      }
    } catch (error) {
      if (this.#isInterrupted()) return
      failures.add('auditIncomplete', `The audit log cannot be read: ${(error as Error).message}`)
    }
  }

  /** Adds what deposed leaders wrote since this was last asked. */
  #tellWrites(failures: Failures): void {
    const { overwritten } = this.#watch
    const writes = [...overwritten.slice(this.#told.watch), ...this.#inAudit.slice(this.#told.audit)]
    this.#told = { watch: overwritten.length, audit: this.#inAudit.length }
    for (const { by, of } of writes) {
      this.#isUnsafe = true
      const message = `${by} wrote the lease while the lease of ${of} had not expired.`
      // The same write is seen by the watch and in the log.
      if (!failures.all.some((failure) => failure.message === message)) failures.add('deposedWrite', message)
    }
  }

  #isInterrupted(): boolean {
    return this.#signal.aborted
  }

  #now(): string {
    return new Date(this.#clock.wallMs()).toISOString()
  }

  async #pause(ms: number): Promise<void> {
    await this.#clock.sleep(ms, this.#signal).catch(() => undefined)
  }
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

/** The failures of one round. */
class Failures {
  readonly all: Failure[]

  constructor(failures: readonly Failure[] = []) {
    this.all = [...failures]
  }

  /** Whether the round ended with a leader, which renews the lease. */
  get isLed(): boolean {
    return !this.all.some(({ code }) => code === 'notLed')
  }

  add(code: RehearsalFailure, message: string, remedy?: Failure['remedy']): void {
    this.all.push({ code, message, ...(remedy && { remedy }) })
  }
}

/** The user's command to crash the leader has failed. */
class CrashFailed extends Error {
  override readonly name = 'CrashFailed'
}

function failureOf(error: unknown): [RehearsalFailure, string, Failure['remedy']?] {
  if (error instanceof CrashFailed) return ['crashFailed', 'The command to crash the leader failed.']
  if (error instanceof FailoverRefused) return ['refused', error.message, error.remedy]
  const cause = clusterErrorOf(error)
  if (!(cause instanceof ClusterError)) throw error
  return [cause.kind === 'tooManyRequests' ? 'evictionRefused' : 'serverFailed', cause.message, cause.remedy]
}

const WHEN: Readonly<Record<CheckPhase, string>> = { before: 'before the round', during: 'while there was no leader', after: 'after the round' }

/** After these, the next round would not be a fair one, or not a safe one. */
const ENDING: ReadonlySet<RehearsalFailure> = new Set([
  'unsafeCheck',
  'deposedWrite',
  'checkFailedBefore',
  'checkNotRecovered',
  'stillLeads',
  'crashFailed',
  'evictionRefused',
  'candidateMissing',
  'auditIncomplete',
  'refused',
  'serverFailed',
])
