import { ClusterError } from '../cluster/errors.ts'
import type { Leadership } from '../election/leadership.ts'
import type { Clock } from '../time/clock.ts'
import { LabelMachine, type LabeledPod, type LabelStep, type Refusal, type WriteResult } from './label-machine.ts'
import type { LabeledPods } from './labeled-pods.ts'
import type { SelectorCheck } from './selector-check.ts'

/** What a writer reports. Text from the cluster is not escaped. */
export type LabelEvent =
  | { readonly type: 'labeled'; readonly pod: string }
  | { readonly type: 'unlabeled'; readonly pod: string }
  /** No Pod is labeled, because these Pods cannot be written. */
  | { readonly type: 'refused'; readonly refusals: readonly Refusal[] }
  /** The Pod is not labeled: it does not match the selector, does not exist, or is another one with the same name. */
  | { readonly type: 'not-selected' | 'gone' | 'replaced'; readonly pod: string }
  /** The term is over, and the label could not be removed. The next writer does that. */
  | { readonly type: 'left-labeled'; readonly pod: string; readonly reason: string }
  /** A request failed; it is tried again. */
  | { readonly type: 'retrying'; readonly reason: string }
  /** A later term has begun elsewhere. */
  | { readonly type: 'superseded' }

/** Which Pod is to bear the label. */
export interface LabelTarget {
  /** Null for none. */
  readonly pod: string | null
  /** If it is given, another Pod with the same name is not labeled. */
  readonly uid?: string
  /** Calls `listener` at the next change. */
  onChange(listener: () => void): void
}

export interface LabelTermOptions {
  readonly clock: Clock
  readonly pods: LabeledPods
  readonly check: SelectorCheck
  readonly target: LabelTarget
  /** Reads the lease of the writers, from etcd: whether this writer holds it. */
  readonly isHeld: (signal: AbortSignal) => Promise<boolean>
  readonly onEvent: (event: LabelEvent) => void
}

const RETRY_MS = 1_000
const REFUSED_RETRY_MS = 10_000
/** How often the Pod is looked at, in case another client has removed the label, or made it match the selector. */
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

export class LabelTerm {
  readonly #options: LabelTermOptions
  readonly #machine: LabelMachine
  #signal: AbortSignal
  #labeled: string | null = null
  #told = ''
  /** A Pod that is not labeled although it is the target. */
  #excluded: string | null = null

  constructor(options: LabelTermOptions, fencingToken: string, signal: AbortSignal) {
    this.#options = options
    this.#machine = new LabelMachine(fencingToken)
    this.#signal = signal
  }

  /** Resolves when a later term has begun; rejects with the signal's reason. */
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
      await this.#carryOutOrPause(step)
    }
  }

  /**
   * Removes the label from the Pod that this term labeled, or may have, once {@link run} has ended.
   * @param signal ends the attempts, with its reason
   */
  async withdraw(signal: AbortSignal): Promise<void> {
    this.#signal = signal
    this.#machine.withdraw()
    for (;;) {
      signal.throwIfAborted()
      const step = this.#machine.next()
      if (step.step === 'withdrawn') {
        for (const left of step.refusals) this.#options.onEvent({ type: 'left-labeled', ...left })
        return
      }
      await this.#carryOutOrPause(step)
    }
  }

  async #carryOutOrPause(step: LabelStep): Promise<void> {
    try {
      await this.#carryOut(step)
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error
      await this.#pauseAfter(error.message)
    }
  }

  async #carryOut(step: LabelStep): Promise<void> {
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
        if (isTarget) this.#checkTarget(step.name, pod, selected !== null)
        if (this.#excluded === step.name && pod) break
        if (pod) await check.check([pod], this.#signal)
        machine.read(step.name, pod)
        break
      }
      case 'confirm':
        machine.confirmed(await isHeld(this.#signal))
        break
      case 'write': {
        const result = await this.#write(step)
        machine.wrote(step, result)
        if (result.result === 'written') this.#wrote(step)
        if (result.result === 'unknown') await this.#pauseAfter(`no answer to the write of Pod ${step.pod.name}`)
        break
      }
      case 'wait':
        await this.#wait(step)
        break
      case 'end':
      case 'withdrawn':
    }
  }

  /** A write that was given up may still happen, and that must be known when the label is removed. */
  async #write(step: Extract<LabelStep, { step: 'write' }>): Promise<WriteResult> {
    try {
      return await this.#options.pods.write(step, this.#signal)
    } catch (error) {
      this.#machine.wrote(step, { result: 'unknown' })
      throw error
    }
  }

  #checkTarget(name: string, pod: LabeledPod | null, isSelected: boolean): void {
    const { uid } = this.#options.target
    const type = pod === null ? 'gone' : uid !== undefined && pod.uid !== uid ? 'replaced' : isSelected ? null : 'not-selected'
    this.#excluded = type === null ? null : name
    if (type === null || type === this.#told) return
    this.#told = type
    this.#options.onEvent({ type, pod: name })
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
    this.#excluded = null
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
