import { isBlocking, placeholderNonce } from '../lease/placeholder.ts'
import type { Moment } from '../lease/status.ts'
import { isLostRace, LockError, type LockErrorKind } from '../locks/errors.ts'
import { lockPhrase } from '../lease/election-ref.ts'
import { phrase, saying } from '../phrase.ts'
import type { Lock, LockedRecord, LockEvent, LockRefusal } from '../locks/lock.ts'
import { systemClock } from '../time/clock.ts'
import { Alarm } from './alarm.ts'
import { checkedLock } from './checked-lock.ts'
import type { ElectorConfig } from './config.ts'
import { ElectionRefused } from './election-refused.ts'
import type { ElectorHooks } from './elector-options.ts'
import { HealthMonitor, type HealthChange } from './health-monitor.ts'
import { isAbort, LeadershipEnded } from './leadership.ts'
import { ElectionMachine } from './machine/election-machine.ts'
import type { Action, Fact, Input, StopReason, Write } from './machine/protocol.ts'
import type { Stopwatch } from './machine/stopwatch.ts'
import { openProcessDeadline, type ProcessDeadline } from './process-deadline.ts'
import { onWake } from './wake.ts'
import { WatchLoop } from './watch-loop.ts'
import { WriteAltered } from './write-altered.ts'

/** The guarded work of one term. */
interface GuardedWork {
  readonly controller: AbortController
  readonly stopWaking: () => void
  /** Aborted when the work has ended. */
  readonly ended: AbortController
  stopReason: StopReason | null
}

interface Request {
  readonly controller: AbortController
  readonly isRenewal: boolean
  /** Stops comparing the clocks, which goes on while an acquiring write is under way. */
  readonly stopWaking: () => void
}

/** The machine's input for each way in which a request can end. */
interface Answers<Answer> {
  readonly onAnswer: (answer: Answer) => Input
  readonly onError: (error: unknown) => Input
  /** For a renewal: the input for an answer that arrives after its timeout. */
  readonly onLateAnswer?: (answer: Answer) => Input
  /** Whether the write may begin a term. The machine then needs to know how long ago it was sent, even if the machine slept. */
  readonly isAcquiring?: boolean
}

/**
 * One run of an elector: passes everything that happens to the machine, in the same turn of the event loop, and carries
 * out what the machine decides.
 */
export class ElectionRun {
  readonly #config: ElectorConfig
  readonly #lock: Lock
  readonly #hooks: ElectorHooks
  readonly #machine: ElectionMachine
  readonly #alarm: Alarm
  readonly #watch: WatchLoop
  readonly #health: HealthMonitor | null
  readonly #ended = new AbortController()
  readonly #inputs: (Input | undefined)[] = []
  #isStepping = false
  hasRead = false
  /** The request under way. Answers to other requests are ignored, except the one to the late renewal. */
  #request: Request | null = null
  /**
   * A renewal that timed out, but was not canceled. If the API server is slow rather than gone, it still applies this
   * renewal in the end, and canceling it would only add load.
   */
  #lateRenewal: AbortController | null = null
  /** Whether {@link Lock.examine} has been called: it looks for reasons to refuse that the record does not show. */
  #isExamined = false
  #work: GuardedWork | null = null
  #lastReason: StopReason | null = null
  #failure: { readonly error: unknown } | null = null
  /** With `onOverrun: 'exit'`: ends the process in time, even if its event loop is blocked. */
  #deadline: ProcessDeadline | null = null
  #toldRenewal: Stopwatch | null = null
  #settle: (() => void) | null = null

  constructor(config: ElectorConfig, given: ElectorHooks) {
    const hooks = { ...given, random: () => checkedRandom(given.random()) }
    this.#config = config
    this.#hooks = hooks
    this.#machine = new ElectionMachine(config, hooks.random)
    this.#alarm = new Alarm(hooks.clock, () => this.#handle(), (error) => this.#crash(error))
    const { retryPeriodMs, jitterFactor } = config
    this.#lock = checkedLock(config.lock, (error) => this.#tellError(error))
    this.#watch = new WatchLoop({
      lock: this.#lock,
      clock: hooks.clock,
      pauseMs: () => retryPeriodMs * (1 + jitterFactor * hooks.random()),
      onEvent: (event) => this.#watched(event),
      onEnd: () => this.#handle({ type: 'watch-ended' }),
      onError: (error) => this.#tellError(error),
    })
    this.#health = config.health && new HealthMonitor(config.health, hooks.clock, (change) => this.#healthChanged(change))
  }

  #healthChanged(change: HealthChange): void {
    this.#notify(() => this.#hooks.onHealth?.(change))
    this.#handle({ type: 'health', isHealthy: change.isHealthy })
  }

  get machine(): ElectionMachine {
    return this.#machine
  }

  get isLeading(): boolean {
    return this.#machine.isLeading && !this.#ended.signal.aborted
  }

  now(): Moment {
    return { monotonicMs: this.#hooks.clock.monotonicMs(), wallMs: this.#hooks.clock.wallMs() }
  }

  /** Runs until the candidate has left. Resolves with why its last term ended; null if it never led. */
  async run(signal: AbortSignal): Promise<StopReason | null> {
    if (signal.aborted) return null
    // A clock other than the system's belongs to a test. The deadline's thread cannot follow it.
    const isToEnd = this.#config.onOverrun === 'exit' && this.#hooks.clock === systemClock
    if (isToEnd) this.#deadline = openProcessDeadline(this.#config.endProcessAfterMs)
    const stop = (): void => this.#handle({ type: 'stop' })
    signal.addEventListener('abort', stop, { once: true })
    try {
      await new Promise<void>((resolve) => {
        this.#settle = resolve
        this.#watch.run(this.#ended.signal).catch((error: unknown) => this.#crash(error))
        this.#health?.run(this.#ended.signal).catch((error: unknown) => this.#crash(error))
        this.#handle()
      })
    } finally {
      signal.removeEventListener('abort', stop)
      this.#closeDeadline()
    }
    if (this.#failure) throw this.#failure.error
    return this.#lastReason
  }

  extendHold(byMs: number): void {
    this.#handle({ type: 'hold-extended', byMs })
  }

  /** Lets the machine take a step. An input that arrives during a step waits for its end. */
  #handle(input?: Input): void {
    this.#inputs.push(input)
    if (this.#isStepping) return
    this.#isStepping = true
    try {
      while (this.#inputs.length > 0 && !this.#ended.signal.aborted) {
        const { facts, action } = this.#machine.step(checkedMoment(this.now()), this.#inputs.shift())
        // Set the deadline before announcing anything: the work may block the event loop from its first line on.
        this.#tellRenewal(this.#machine.guardedRenewal)
        for (const fact of facts) this.#announce(fact)
        this.#act(action)
      }
    } catch (error) {
      this.#crash(error)
    } finally {
      this.#isStepping = false
    }
  }

  /**
   * A step failed, or a clock did, so the machine can no longer end the term in time. The work must end immediately.
   * Nothing more is written, and the lease expires on its own. The run rejects once the work has ended.
   */
  #crash(error: unknown): void {
    if (this.#ended.signal.aborted) return
    this.#failure ??= { error }
    this.#close()
    const work = this.#work
    if (!work || work.ended.signal.aborted) return this.#settle?.()
    if (work.stopReason === null) {
      this.#stopWork(work, 'failed')
      this.#notify(() => this.#hooks.metrics?.leaderOff(this.#config.name))
    }
    void this.#watchOverrun(work)
  }

  /** Watches for an overrun in place of the machine. If the clock fails here as well, assume that no time is left. */
  async #watchOverrun(work: GuardedWork): Promise<void> {
    try {
      const unrenewedMs = this.#machine.unrenewedMs(checkedMoment(this.now())) ?? 0
      await this.#hooks.clock.sleep(this.#config.overrunAfterMs - unrenewedMs, work.ended.signal)
    } catch {
      // The work has ended, or the clock failed.
    }
    if (work.ended.signal.aborted) return
    this.#notify(() => this.#hooks.onOverran?.())
    if (this.#config.onOverrun === 'exit') this.#notify(() => this.#hooks.exitProcess())
  }

  #close(): void {
    this.#alarm.clear()
    this.#request?.stopWaking()
    this.#request?.controller.abort()
    this.#lateRenewal?.abort()
    this.#ended.abort()
  }

  #announce(fact: Fact): void {
    const { hooks, name } = { hooks: this.#hooks, name: this.#config.name }
    switch (fact.type) {
      case 'started-leading':
        this.#startWork(fact.fencingToken)
        return this.#notify(() => hooks.metrics?.leaderOn(name))
      case 'stopped-leading':
        this.#stopWork(this.#work!, fact.reason)
        this.#lateRenewal?.abort()
        return this.#notify(() => hooks.metrics?.leaderOff(name))
      case 'overran':
        this.#notify(() => hooks.onOverran?.())
        // The event loop works, so the hook decides how the process ends.
        this.#closeDeadline()
        if (this.#config.onOverrun === 'exit') hooks.exitProcess()
        return
      case 'term-ended':
        return this.#notify(() => hooks.onTermEnded?.({ reason: fact.reason, released: fact.released }))
      case 'new-leader':
        return this.#notify(() => hooks.onNewLeader?.(fact.identity, fact.isStranger))
      case 'identity-in-use':
        return this.#notify(() => hooks.onIdentityInUse?.())
      case 'slow-path':
        return this.#notify(() => hooks.metrics?.slowpathExercised(name))
      case 'request-abandoned':
        return this.#abandonRequest(fact.hasTimedOut)
      case 'watch-silent':
        return this.#watch.restart()
      case 'write-altered':
        this.#failure ??= { error: new WriteAltered(this.#config.lock.description, fact.alteration) }
    }
  }

  #act(action: Action): void {
    switch (action.type) {
      case 'read':
        this.#send((signal) => this.#read(signal), {
          onAnswer: (found) => {
            this.hasRead = true
            return { type: 'read', found }
          },
          onError: () => ({ type: 'read-failed' }),
        })
        // The machine sets the timeout of the read in its next step.
        return this.#handle()
      case 'write':
        if (action.write.kind === 'acknowledge' && !this.#lock.acknowledge) {
          return this.#handle({ type: 'write-failed', outcome: 'refused' })
        }
        this.#send<LockedRecord>((signal) => this.#write(action.write, signal), {
          onAnswer: (locked) => {
            this.#lateRenewal?.abort()
            return { type: 'written', locked }
          },
          onError: (error) => ({ type: 'write-failed', outcome: outcomeOf(error) }),
          isAcquiring: action.write.kind === 'acquire',
          ...(action.write.kind === 'renew' && {
            onLateAnswer: (locked) => ({ type: 'written-late', write: action.write, locked }),
          }),
        })
        return this.#handle()
      case 'wait':
        return this.#alarm.set(action.untilMs)
      case 'done':
        this.#close()
        this.#settle?.()
    }
  }

  async #read(signal: AbortSignal): Promise<LockedRecord | null> {
    const found = await this.#lock.read(signal)
    this.#checkRefusal(this.#lock.refusal?.(found))
    const holder = found?.record.holderIdentity ?? ''
    const isOthers = holder !== '' && holder !== this.#config.identity && !isBlocking(holder)
    if (this.#lock.examine && isOthers && !this.#isExamined) {
      this.#checkRefusal(await this.#lock.examine(found!, signal))
      this.#isExamined = true
    }
    return found
  }

  #watched(event: LockEvent): void {
    if (event.type === 'written') this.#notify(() => this.#checkRefusal(this.#lock.refusal?.(event.locked)))
    this.#handle({ type: 'watched', event })
  }

  /** Makes the candidate leave before it acts on a record that it must not write. */
  #checkRefusal(refusal: LockRefusal | null | undefined): void {
    if (!refusal || (refusal.kind === 'category' && this.#config.allowNonElection)) return
    this.#fail(new ElectionRefused(refusal))
  }

  async #write({ kind, base, record }: Write, signal: AbortSignal): Promise<LockedRecord> {
    const { identity } = this.#config
    const lock = this.#lock
    if (kind === 'acknowledge') {
      return lock.acknowledge!(base!, { nonce: placeholderNonce(record.holderIdentity)!, identity }, signal)
    }
    return base ? lock.update(base, record, signal) : lock.create(record, signal)
  }

  #send<Answer>(send: (signal: AbortSignal) => Promise<Answer>, answers: Answers<Answer>): void {
    const request = new AbortController()
    const stopWaking = answers.isAcquiring ? this.#onWake() : () => undefined
    this.#request = { controller: request, isRenewal: answers.onLateAnswer !== undefined, stopWaking }
    const settle = (input: () => Input): void => {
      stopWaking()
      this.#request = null
      this.#handle(input())
    }
    const isAwaited = (): boolean => this.#request?.controller === request
    const answered = (answer: Answer): void => {
      if (isAwaited()) return settle(() => answers.onAnswer(answer))
      if (this.#lateRenewal === request) this.#handle(answers.onLateAnswer!(answer))
    }
    const failed = (error: unknown): void => {
      if (!isAwaited()) return
      settle(() => {
        // Losing to another candidate is normal, and not reported as an error.
        if (!isLostRace(error)) this.#tellError(error)
        return answers.onError(error)
      })
    }
    send(request.signal).then(answered, failed)
  }

  #abandonRequest(hasTimedOut: boolean): void {
    const { controller, isRenewal, stopWaking } = this.#request ?? {}
    stopWaking?.()
    this.#request = null
    if (!isRenewal) return controller?.abort(hasTimedOut ? this.#unanswered() : undefined)
    this.#lateRenewal?.abort()
    this.#lateRenewal = controller!
  }

  #unanswered(): LockError {
    const said = phrase`The server did not answer a request for the ${lockPhrase(this.#config.lock.description)} in time. The candidate tries again.`
    return saying(new LockError('unknown', said.text), said)
  }

  /** Compares the clocks until the returned function is called, because a wall clock that was set back must not hide a sleep. */
  #onWake(): () => void {
    return onWake(this.#hooks.clock, { onJump: () => this.#handle(), onFailure: (error) => this.#crash(error) })
  }

  #startWork(fencingToken: string): void {
    const controller = new AbortController()
    const work: GuardedWork = {
      controller,
      stopWaking: this.#onWake(),
      ended: new AbortController(),
      stopReason: null,
    }
    this.#work = work
    const leadership = { signal: controller.signal, fencingToken, identity: this.#config.identity }
    const start = async (): Promise<void> => this.#hooks.onStartedLeading(leadership)
    start().then(
      () => this.#workEnded(work),
      (error: unknown) => {
        if (!isAbort(error, controller.signal)) this.#fail(error)
        this.#workEnded(work)
      },
    )
  }

  #stopWork(work: GuardedWork, reason: StopReason): void {
    work.stopReason = reason
    this.#lastReason = reason
    work.controller.abort(new LeadershipEnded(reason))
  }

  #workEnded(work: GuardedWork): void {
    work.stopWaking()
    work.ended.abort()
    this.#notify(() => this.#hooks.onStoppedLeading?.(work.stopReason ?? 'work-ended'))
    this.#handle({ type: 'work-ended' })
    // After a crash, the run has waited only for the work to end.
    if (this.#ended.signal.aborted) this.#settle?.()
  }

  #tellRenewal(renewal: Stopwatch | null): void {
    this.#deadline?.set(renewal)
    if (renewal && renewal !== this.#toldRenewal) this.#notify(() => this.#hooks.onRenewed?.(renewal))
    this.#toldRenewal = renewal
  }

  #closeDeadline(): void {
    this.#deadline?.[Symbol.dispose]()
    this.#deadline = null
  }

  #tellError(error: unknown): void {
    this.#notify(() => this.#hooks.onError?.(error))
  }

  /** Calls a callback. If it throws, the candidate leaves the election as usual, and the run rejects with the error. */
  #notify(callback: () => void): void {
    try {
      callback()
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#handle({ type: 'stop' })
  }
}

const OUTCOMES: Readonly<Record<LockErrorKind, 'conflict' | 'refused' | 'unknown'>> = {
  conflict: 'conflict',
  absent: 'conflict',
  exists: 'conflict',
  forbidden: 'refused',
  rejected: 'refused',
  unknown: 'unknown',
}

function outcomeOf(error: unknown): 'conflict' | 'refused' | 'unknown' {
  return error instanceof LockError && Object.hasOwn(OUTCOMES, error.kind) ? OUTCOMES[error.kind] : 'unknown'
}

/** With a clock that returns NaN, no deadline would ever pass. */
function checkedMoment(now: Moment): Moment {
  checkTime('monotonicMs', now.monotonicMs)
  checkTime('wallMs', now.wallMs)
  return now
}

function checkTime(name: keyof Moment, value: number): void {
  if (!Number.isFinite(value)) throw new TypeError(`clock.${name}() returned ${String(value)}, not a finite number`)
}

function checkedRandom(value: number): number {
  if (value >= 0 && value < 1) return value
  throw new TypeError(`random() returned ${String(value)}, not a number from 0 to below 1`)
}
