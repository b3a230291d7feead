import { placeholderNonce, type Moment } from '../lease/index.ts'
import { LockError, type LockedRecord, type LockErrorKind } from '../locks/index.ts'
import { Alarm } from './alarm.ts'
import type { ElectorConfig } from './config.ts'
import type { ElectorHooks } from './elector.ts'
import { isAbort, LeadershipEnded } from './leadership.ts'
import { ElectionMachine } from './machine/election-machine.ts'
import type { Action, Fact, Input, StopReason, Write } from './machine/protocol.ts'
import { onWake } from './wake.ts'
import { WatchLoop } from './watch-loop.ts'

/** What is running for the sake of one term. */
interface GuardedWork {
  readonly controller: AbortController
  readonly stopWaking: () => void
  stopReason: StopReason | null
}

interface Request {
  readonly controller: AbortController
  readonly isRenewal: boolean
}

/** What an answer is to the machine. */
interface Answers<Answer> {
  readonly onAnswer: (answer: Answer) => Input
  readonly onError: (error: unknown) => Input
  /** With a renewal: what it is once it is no longer waited for. */
  readonly onLateAnswer?: (answer: Answer) => Input
}

/**
 * One candidacy: it tells the machine what happens, in the turn of the event loop in which it happens, and does what
 * the machine answers.
 */
export class ElectionRun {
  readonly #config: ElectorConfig
  readonly #hooks: ElectorHooks
  readonly #machine: ElectionMachine
  readonly #alarm: Alarm
  readonly #watch: WatchLoop
  readonly #ended = new AbortController()
  readonly #inputs: (Input | undefined)[] = []
  #isStepping = false
  /** The request under way; an answer to any other no longer counts, but that of the late renewal. */
  #request: Request | null = null
  /**
   * A renewal that took too long, beside which another is tried: where the API server is slow rather than gone, it is
   * applied in the end, and to break it off would make the server slower still.
   */
  #lateRenewal: AbortController | null = null
  #work: GuardedWork | null = null
  #lastReason: StopReason | null = null
  #failure: { readonly error: unknown } | null = null
  #settle: (() => void) | null = null

  constructor(config: ElectorConfig, hooks: ElectorHooks) {
    this.#config = config
    this.#hooks = hooks
    this.#machine = new ElectionMachine(config, hooks.random)
    this.#alarm = new Alarm(hooks.clock, () => this.#handle())
    const { lock, retryPeriodMs, jitterFactor } = config
    this.#watch = new WatchLoop({
      lock,
      clock: hooks.clock,
      pauseMs: () => retryPeriodMs * (1 + jitterFactor * hooks.random()),
      onEvent: (event) => this.#handle({ type: 'watched', event }),
      onEnd: () => this.#handle({ type: 'watch-ended' }),
      onError: (error) => this.#notify(() => hooks.onError?.(error)),
    })
  }

  get machine(): ElectionMachine {
    return this.#machine
  }

  now(): Moment {
    return { monotonicMs: this.#hooks.clock.monotonicMs(), wallMs: this.#hooks.clock.wallMs() }
  }

  /** Runs until the candidate has left. Resolves with why its last term ended; null if it never led. */
  async run(signal: AbortSignal): Promise<StopReason | null> {
    if (signal.aborted) return null
    const stop = (): void => this.#handle({ type: 'stop' })
    signal.addEventListener('abort', stop, { once: true })
    try {
      await new Promise<void>((resolve) => {
        this.#settle = resolve
        void this.#watch.run(this.#ended.signal)
        this.#handle()
      })
    } finally {
      signal.removeEventListener('abort', stop)
    }
    if (this.#failure) throw this.#failure.error
    return this.#lastReason
  }

  /** Lets the machine take a step. What happens during a step waits for its end. */
  #handle(input?: Input): void {
    this.#inputs.push(input)
    if (this.#isStepping) return
    this.#isStepping = true
    while (this.#inputs.length > 0 && !this.#ended.signal.aborted) {
      const { facts, action } = this.#machine.step(this.now(), this.#inputs.shift())
      for (const fact of facts) this.#announce(fact)
      this.#act(action)
    }
    this.#isStepping = false
  }

  #announce(fact: Fact): void {
    const { hooks, name } = { hooks: this.#hooks, name: this.#config.name }
    switch (fact.type) {
      case 'started-leading':
        this.#startWork(fact.fencingToken)
        return this.#notify(() => hooks.metrics?.leaderOn(name))
      case 'stopped-leading':
        this.#work!.stopReason = fact.reason
        this.#work!.controller.abort(new LeadershipEnded(fact.reason))
        this.#lateRenewal?.abort()
        this.#lastReason = fact.reason
        return this.#notify(() => hooks.metrics?.leaderOff(name))
      case 'overran':
        this.#notify(() => hooks.onOverran?.())
        if (this.#config.onOverrun === 'exit') hooks.exitProcess()
        return
      case 'term-ended':
        return this.#notify(() => hooks.onTermEnded?.({ reason: fact.reason, released: fact.released }))
      case 'new-leader':
        return this.#notify(() => hooks.onNewLeader?.(fact.identity))
      case 'slow-path':
        return this.#notify(() => hooks.metrics?.slowpathExercised(name))
      case 'request-abandoned':
        return this.#abandonRequest()
      case 'watch-silent':
        this.#watch.restart()
    }
  }

  #act(action: Action): void {
    switch (action.type) {
      case 'read':
        this.#send((signal) => this.#config.lock.read(signal), {
          onAnswer: (found) => ({ type: 'read', found }),
          onError: () => ({ type: 'read-failed' }),
        })
        // Time goes on while it is under way.
        return this.#handle()
      case 'write':
        if (action.write.kind === 'acknowledge' && !this.#config.lock.acknowledge) {
          return this.#handle({ type: 'write-failed', outcome: 'refused' })
        }
        this.#send<LockedRecord>((signal) => this.#write(action.write, signal), {
          onAnswer: (locked) => {
            this.#lateRenewal?.abort()
            return { type: 'written', locked }
          },
          onError: (error) => ({ type: 'write-failed', outcome: outcomeOf(error) }),
          ...(action.write.kind === 'renew' && { onLateAnswer: (locked) => ({ type: 'written-late', locked }) }),
        })
        return this.#handle()
      case 'wait':
        return this.#alarm.set(action.untilMs)
      case 'done':
        this.#alarm.clear()
        this.#request?.controller.abort()
        this.#lateRenewal?.abort()
        this.#ended.abort()
        this.#settle?.()
    }
  }

  async #write({ kind, base, record }: Write, signal: AbortSignal): Promise<LockedRecord> {
    const { lock, identity } = this.#config
    if (kind === 'acknowledge') {
      return lock.acknowledge!(base!, { nonce: placeholderNonce(record.holderIdentity)!, identity }, signal)
    }
    return base ? lock.update(base, record, signal) : lock.create(record, signal)
  }

  #send<Answer>(send: (signal: AbortSignal) => Promise<Answer>, answers: Answers<Answer>): void {
    const request = new AbortController()
    this.#request = { controller: request, isRenewal: answers.onLateAnswer !== undefined }
    const settle = (input: () => Input): void => {
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
        this.#notify(() => this.#hooks.onError?.(error))
        return answers.onError(error)
      })
    }
    try {
      send(request.signal).then(answered, failed)
    } catch (error) {
      // Not in this step: the machine is about to be told that the request is under way.
      queueMicrotask(() => failed(error))
    }
  }

  #abandonRequest(): void {
    const { controller, isRenewal } = this.#request ?? {}
    this.#request = null
    if (!isRenewal) return controller?.abort(new LockError('unknown', 'no answer in time'))
    this.#lateRenewal?.abort()
    this.#lateRenewal = controller!
  }

  #startWork(fencingToken: string): void {
    const controller = new AbortController()
    const work: GuardedWork = {
      controller,
      stopWaking: onWake(this.#hooks.clock, () => this.#handle()),
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

  #workEnded(work: GuardedWork): void {
    work.stopWaking()
    this.#notify(() => this.#hooks.onStoppedLeading?.(work.stopReason ?? 'work-ended'))
    this.#handle({ type: 'work-ended' })
  }

  /** Calls back. What a callback throws ends the candidacy, in good order, and is what the run rejects with. */
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
  return error instanceof LockError ? OUTCOMES[error.kind] : 'unknown'
}
