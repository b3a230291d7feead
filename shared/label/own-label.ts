import type { ApiClient } from '../cluster/client.ts'
import type { Leadership } from '../election/leadership.ts'
import type { Lock } from '../locks/lock.ts'
import { aborted } from '../time/aborted.ts'
import type { Clock } from '../time/clock.ts'
import { withPatience } from '../time/with-patience.ts'
import { LabelTerm, type LabelEvent } from './label-term.ts'
import { LabeledPods, type LabelPlace } from './labeled-pods.ts'
import { LabelRefused, SelectorCheck } from './selector-check.ts'

/** The label of a candidate's own Pod. */
export interface OwnLabelOptions {
  readonly client: ApiClient
  readonly clock: Clock
  /** The election's. Its namespace is the Pods'. */
  readonly lock: Lock
  readonly place: LabelPlace
  /** The name of the candidate's Pod. */
  readonly pod: string
  readonly onEvent?: (event: LabelEvent) => void
}

/**
 * A label that a candidate keeps on its own Pod while it leads, and on no other. The candidate is the writer, and its term's
 * fencing token the writer's: so the guarantee of `LabelMachine` holds among all candidates that label, if they have the same
 * label and selector. A candidate must not lead with two identities at once.
 */
export class OwnLabel {
  readonly #options: OwnLabelOptions
  readonly #pods: LabeledPods
  readonly #check: SelectorCheck
  /** The UID of the Pod that was found. */
  #uid: string | null = null

  constructor(options: OwnLabelOptions) {
    const { client, clock, place } = options
    this.#options = options
    this.#pods = new LabeledPods(client, clock, place)
    this.#check = new SelectorCheck(client, place)
  }

  get pod(): string {
    return this.#options.pod
  }

  /**
   * Finds out, before the candidate leads, whether its Pod could be labeled. Changes nothing.
   * @throws LabelRefused if the Pod does not exist or is not selected, or if a controller counts on the label
   * @throws ClusterError if a request fails or is not allowed
   */
  async prepare(signal: AbortSignal): Promise<void> {
    this.#uid ??= await this.#prepare(signal)
  }

  async #prepare(signal: AbortSignal): Promise<string> {
    const { pod: name, place } = this.#options
    const own = await this.#pods.readSelected(name, signal)
    if (!own) {
      if (!(await this.#pods.read(name, signal))) throw new LabelRefused(`Pod "${name}" does not exist in namespace "${place.namespace}".`)
      throw new LabelRefused(`Pod "${name}" does not match the selector "${place.labelSelector}", which must select the Pods of all candidates.`)
    }
    await this.#check.check(await this.#pods.list(signal), signal)
    await this.#pods.tryWrite(own, signal)
    return own.uid
  }

  /**
   * Labels the Pod during one term, and removes the label when `over` is aborted. Resolves once it is removed, or cannot be
   * removed within `patienceMs`. The next candidate that leads then removes it.
   *
   * @throws LabelRefused if the label must not be written
   */
  async during({ fencingToken, identity }: Leadership, { over, patienceMs }: { readonly over: AbortSignal; readonly patienceMs: number }): Promise<void> {
    const { clock, lock, pod, onEvent = () => undefined } = this.#options
    const term = new LabelTerm(
      {
        clock,
        pods: this.#pods,
        check: this.#check,
        target: { pod, ...(this.#uid !== null && { uid: this.#uid }), onChange: () => undefined },
        isHeld: async (signal) => (await lock.read(signal))?.record.holderIdentity === identity,
        onEvent,
      },
      fencingToken,
      over,
    )
    try {
      await term.run()
      // A later term has begun elsewhere, and this candidate has not heard of it yet.
      await aborted(over)
    } catch (error) {
      if (!over.aborted) throw error
    } finally {
      await this.#withdraw(term, patienceMs)
    }
  }

  async #withdraw(term: LabelTerm, patienceMs: number): Promise<void> {
    const { clock, pod, onEvent } = this.#options
    await withPatience(clock, patienceMs, async (tooLate) => {
      try {
        await term.withdraw(tooLate)
      } catch (error) {
        if (!tooLate.aborted) throw error
        onEvent?.({ type: 'left-labeled', pod, reason: 'no answer in time' })
      }
    })
  }
}
