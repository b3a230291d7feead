/** A Pod, as far as labeling needs it. */
export interface LabeledPod {
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
  /** Whether it bears the label's key, with any value. */
  readonly isLabeled: boolean
  /** What the last writer left: `TOKEN.COUNT`; null if no writer ever wrote it. */
  readonly fence: string | null
}

/** What came of a write. */
export type WriteResult =
  | { readonly result: 'written'; readonly resourceVersion: string }
  /** The Pod has changed since it was read. */
  | { readonly result: 'conflict' }
  | { readonly result: 'gone' }
  /** The server will not take it, now or again; the reason for a person. */
  | { readonly result: 'refused'; readonly reason: string }
  /** There was no answer: the write may have happened, or may still happen. */
  | { readonly result: 'unknown' }

/** What the writer has to do next. */
export type LabelStep =
  /** List all Pods consistently: as they are in etcd after this step began. */
  | { readonly step: 'list' }
  /** Read one Pod consistently. */
  | { readonly step: 'read'; readonly name: string }
  /** Read the lease of the writers consistently: does this writer still hold it? */
  | { readonly step: 'confirm' }
  /** Write one Pod, on the condition of its resource version: the fence, and the label or its absence. */
  | { readonly step: 'write'; readonly pod: LabeledPod; readonly isLabeled: boolean; readonly fence: string }
  /** Nothing to do until the leader changes. `refusals`: Pods that cannot be written, so none is labeled. */
  | { readonly step: 'wait'; readonly labeled: string | null; readonly refusals: readonly Refusal[] }
  /** Another writer has begun a later term. This one must never write again. */
  | { readonly step: 'end' }
  /** After {@link LabelMachine.withdraw}: no Pod bears this writer's label, nor will, but for those that cannot be written. */
  | { readonly step: 'withdrawn'; readonly refusals: readonly Refusal[] }

export interface Refusal {
  readonly pod: string
  readonly reason: string
}

/** What this writer knows of one Pod. */
interface Entry {
  pod: LabeledPod
  /** Whether this writer has written it without the label since it began, and no later write of its own is unanswered. */
  isFenced: boolean
  /** Whether it has to be read before it is written. */
  isOutdated: boolean
  /** Whether this writer has labeled it, or a write without an answer may. */
  mayBeLabeled: boolean
  refusal: string | null
}

/**
 * Decides how one writer, in one term, labels the leader's Pod, so that at no revision of etcd two Pods bear the label. Pure:
 * no I/O and no clock. It counts on three facts only: a write is applied only to the resource version that it names; a list, a
 * read and a confirmation are not older than their step; and tokens grow from term to term.
 *
 * - Before it labels a Pod, a writer writes **every** other Pod, labeled or not. An earlier writer may have read any of them,
 *   and its write, however late, then fails. A count in the fence makes each write a change, since the API server gives a Pod
 *   that does not change no new resource version.
 * - It labels a Pod only if it held the lease of the writers after it had read this Pod. So the next writer lists later than
 *   that, and finds the Pod: also one that was created after this writer's own list.
 * - A write without an answer may still happen. The Pod counts as labeled until another write to it was answered.
 */
export class LabelMachine {
  readonly #token: bigint
  readonly #entries = new Map<string, Entry>()
  #count = 0
  #hasListed = false
  #hasEnded = false
  #isWithdrawing = false
  #target: string | null = null
  /** Set once the target was read for the next write: whether the lease was confirmed since. */
  #candidate: { isConfirmed: boolean } | null = null
  #labeled: string | null = null

  /** @param fencingToken that of the writer's term: a decimal number */
  constructor(fencingToken: string) {
    this.#token = BigInt(fencingToken)
  }

  /** The Pod that is to bear the label, by name; null for none. */
  set target(name: string | null) {
    if (name === this.#target) return
    this.#target = name
    this.#candidate = null
  }

  get target(): string | null {
    return this.#target
  }

  next(): LabelStep {
    if (this.#isWithdrawing) return this.#nextToWithdraw()
    if (this.#hasEnded) return { step: 'end' }
    if (!this.#hasListed) return { step: 'list' }
    const others = [...this.#entries].filter(([name, entry]) => name !== this.#target && !entry.isFenced && entry.refusal === null)
    const [open] = others
    if (open) return open[1].isOutdated ? { step: 'read', name: open[0] } : this.#write(open[1].pod, false)
    const refusals = refusalsOf([...this.#entries])
    const target = this.#target
    if (target === null || refusals.length > 0 || this.#labeled === target) return { step: 'wait', labeled: this.#labeled, refusals }
    if (this.#candidate === null) return { step: 'read', name: target }
    if (!this.#candidate.isConfirmed) return { step: 'confirm' }
    return this.#write(this.#entries.get(target)!.pod, true)
  }

  /**
   * The term is over: from now on, this writer only removes the label from the Pod that it labeled, or may have. A Pod that a
   * later writer has written needs no more.
   */
  withdraw(): void {
    this.#isWithdrawing = true
    this.target = null
  }

  #nextToWithdraw(): LabelStep {
    const left = [...this.#entries].filter(([, { mayBeLabeled }]) => mayBeLabeled)
    const open = left.find(([, { refusal }]) => refusal === null)
    if (!open) return { step: 'withdrawn', refusals: refusalsOf(left) }
    return open[1].isOutdated ? { step: 'read', name: open[0] } : this.#write(open[1].pod, false)
  }

  listed(pods: readonly LabeledPod[]): void {
    for (const pod of pods) this.#learn(pod)
    this.#hasListed = true
  }

  /** @param pod null if it does not exist */
  read(name: string, pod: LabeledPod | null): void {
    if (pod === null) this.#forget(name)
    else this.#learn(pod)
    if (name === this.#target && pod !== null) this.#candidate = { isConfirmed: false }
  }

  confirmed(isHeld: boolean): void {
    if (!isHeld) this.#hasEnded = true
    else if (this.#candidate) this.#candidate.isConfirmed = true
  }

  wrote({ pod, isLabeled, fence }: Extract<LabelStep, { step: 'write' }>, result: WriteResult): void {
    const entry = this.#entries.get(pod.name)!
    this.#candidate = null
    switch (result.result) {
      case 'written':
        entry.pod = { ...pod, resourceVersion: result.resourceVersion, isLabeled, fence }
        entry.isFenced = !isLabeled
        entry.mayBeLabeled = isLabeled
        if (isLabeled) this.#labeled = pod.name
        else if (this.#labeled === pod.name) this.#labeled = null
        break
      case 'gone':
        this.#forget(pod.name)
        break
      case 'conflict':
        entry.isOutdated = true
        break
      case 'unknown':
        entry.isOutdated = true
        entry.isFenced = false
        if (isLabeled) entry.mayBeLabeled = true
        break
      case 'refused':
        entry.refusal = result.reason
        break
    }
  }

  /** Tries again what was refused. */
  retry(): void {
    for (const entry of this.#entries.values()) {
      if (entry.refusal !== null) entry.isOutdated = true
      entry.refusal = null
    }
  }

  /** A Pod was deleted, or another client changed its label. */
  changed(name: string): void {
    const entry = this.#entries.get(name)
    if (!entry) return
    entry.isOutdated = true
    entry.isFenced = false
    if (this.#labeled === name) this.#labeled = null
  }

  #write(pod: LabeledPod, isLabeled: boolean): LabelStep {
    return { step: 'write', pod, isLabeled, fence: `${this.#token}.${++this.#count}` }
  }

  #learn(pod: LabeledPod): void {
    const isOvertaken = tokenOf(pod.fence) > this.#token
    if (isOvertaken) this.#hasEnded = true
    const entry = this.#entries.get(pod.name)
    if (!entry) {
      this.#entries.set(pod.name, { pod, isFenced: false, isOutdated: false, mayBeLabeled: false, refusal: null })
      return
    }
    // A later writer has written it, or it is another Pod with the same name: no write of this writer applies any more.
    if (isOvertaken || pod.uid !== entry.pod.uid) entry.mayBeLabeled = false
    Object.assign(entry, { pod, isOutdated: false })
  }

  #forget(name: string): void {
    this.#entries.delete(name)
    if (this.#labeled === name) this.#labeled = null
    if (this.#target === name) this.target = null
  }
}

function refusalsOf(entries: readonly (readonly [string, Entry])[]): readonly Refusal[] {
  return entries.flatMap(([pod, { refusal }]) => (refusal === null ? [] : [{ pod, reason: refusal }]))
}

/** The token of a fence; -1 for what no writer has written. */
function tokenOf(fence: string | null): bigint {
  const token = /^(\d+)\.\d+$/.exec(fence ?? '')?.[1]
  return token === undefined ? -1n : BigInt(token)
}
