import { ClusterError } from '../cluster/errors.ts'
import type { Leadership } from '../election/leadership.ts'
import type { Clock } from '../time/index.ts'
import { LabelMachine, type LabelStep, type Refusal } from './label-machine.ts'
import type { LabeledPods } from './labeled-pods.ts'
import type { LeaderTarget } from './leader-target.ts'
import type { SelectorCheck } from './selector-check.ts'

/** What a writer reports. Text from the cluster is not escaped. */
export type LabelEvent =
  | { readonly type: 'labeled'; readonly pod: string }
  | { readonly type: 'unlabeled'; readonly pod: string }
  /** No Pod is labeled, because these Pods cannot be written. */
  | { readonly type: 'refused'; readonly refusals: readonly Refusal[] }
  /** The leader's Pod does not match the selector. */
  | { readonly type: 'not-selected'; readonly pod: string }
  /** A request failed; it is tried again. */
  | { readonly type: 'retrying'; readonly reason: string }
  /** A later term has begun elsewhere. */
  | { readonly type: 'superseded' }

export interface LabelTermOptions {
  readonly clock: Clock
  readonly pods: LabeledPods
  readonly check: SelectorCheck
  readonly target: LeaderTarget
  /** Reads the lease of the writers, from etcd: whether this writer holds it. */
  readonly isHeld: (signal: AbortSignal) => Promise<boolean>
  readonly onEvent: (event: LabelEvent) => void
}

const RETRY_MS = 1_000
const REFUSED_RETRY_MS = 10_000
/** How often the labeled Pod is looked at, in case another client has removed the label. */
const CHECK_MS = 30_000

/**
 * The guarded work of one writer: carries out what the {@link LabelMachine} decides. It resolves when its signal is aborted, or
 * when a later term has begun. The label stays when it ends: the next writer moves or removes it.
 *
 * @throws LabelRefused if the label must not be written
 */
export async function labelForTerm(options: LabelTermOptions, { fencingToken, signal }: Leadership): Promise<void> {
  const term = new LabelTerm(options, fencingToken, signal)
  try {
    await term.run()
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

class LabelTerm {
  readonly #options: LabelTermOptions
  readonly #machine: LabelMachine
  readonly #signal: AbortSignal
  #labeled: string | null = null
  #told = ''
  /** A Pod that does not match the selector, so it is not labeled. */
  #excluded: string | null = null

  constructor(options: LabelTermOptions, fencingToken: string, signal: AbortSignal) {
    this.#options = options
    this.#machine = new LabelMachine(fencingToken)
    this.#signal = signal
  }

  async run(): Promise<void> {
    for (;;) {
      this.#signal.throwIfAborted()
      const { pod } = this.#options.target
      if (pod !== this.#excluded) this.#excluded = null
      this.#machine.target = this.#excluded === null ? pod : null
      const step = this.#machine.next()
      if (step.step === 'end') {
        this.#options.onEvent({ type: 'superseded' })
        return
      }
      try {
        await this.#carryOut(step)
      } catch (error) {
        if (!(error instanceof ClusterError)) throw error
        await this.#pauseAfter(error.message)
      }
    }
  }

  async #carryOut(step: Exclude<LabelStep, { step: 'end' }>): Promise<void> {
    const { pods, check, isHeld } = this.#options
    const machine = this.#machine
    switch (step.step) {
      case 'list': {
        const listed = await pods.list(this.#signal)
        await check.check(listed, this.#signal)
        machine.listed(listed)
        break
      }
      case 'read': {
        const isTarget = step.name === machine.target
        const selected = isTarget ? await pods.readSelected(step.name, this.#signal) : null
        const pod = selected ?? (await pods.read(step.name, this.#signal))
        if (isTarget && pod && !selected) {
          this.#excluded = step.name
          this.#options.onEvent({ type: 'not-selected', pod: step.name })
          break
        }
        if (pod) await check.check([pod], this.#signal)
        machine.read(step.name, pod)
        break
      }
      case 'confirm':
        machine.confirmed(await isHeld(this.#signal))
        break
      case 'write': {
        const result = await pods.write(step, this.#signal)
        machine.wrote(step, result)
        if (result.result === 'written') this.#wrote(step)
        if (result.result === 'unknown') await this.#pauseAfter(`no answer to the write of Pod ${step.pod.name}`)
        break
      }
      case 'wait':
        await this.#wait(step)
        break
    }
  }

  #wrote({ pod, isLabeled }: Extract<LabelStep, { step: 'write' }>): void {
    if (isLabeled && this.#labeled !== pod.name) this.#options.onEvent({ type: 'labeled', pod: pod.name })
    if (!isLabeled && pod.isLabeled) this.#options.onEvent({ type: 'unlabeled', pod: pod.name })
    if (isLabeled) this.#labeled = pod.name
    else if (this.#labeled === pod.name) this.#labeled = null
    this.#told = ''
  }

  async #wait({ labeled, refusals }: Extract<LabelStep, { step: 'wait' }>): Promise<void> {
    if (refusals.length > 0) {
      const text = JSON.stringify(refusals)
      if (text !== this.#told) this.#options.onEvent({ type: 'refused', refusals })
      this.#told = text
      await this.#changeOr(REFUSED_RETRY_MS)
      this.#machine.retry()
      return
    }
    await this.#changeOr(CHECK_MS)
    if (labeled === null || this.#options.target.pod !== labeled) return
    const pod = await this.#options.pods.read(labeled, this.#signal)
    if (pod?.isLabeled) return
    this.#labeled = null
    this.#machine.changed(labeled)
  }

  /** Waits for another target, at most for so long. */
  async #changeOr(timeoutMs: number): Promise<void> {
    const { target, clock } = this.#options
    const over = new AbortController()
    if (target.pod !== (this.#excluded ?? this.#machine.target)) return
    target.onChange(() => over.abort())
    await clock.sleep(timeoutMs, AbortSignal.any([this.#signal, over.signal])).catch(() => undefined)
    this.#signal.throwIfAborted()
  }

  async #pauseAfter(reason: string): Promise<void> {
    if (reason !== this.#told) this.#options.onEvent({ type: 'retrying', reason })
    this.#told = reason
    await this.#options.clock.sleep(RETRY_MS, this.#signal)
  }
}
