import type { FailoverEvent, FailoverPlan } from '../../shared/actions/failover.ts'
import { durationText } from '../../shared/duration.ts'

/** What an exit right now leaves behind: leases that failovers have blocked, and for how long. */
export class LeftBehind {
  readonly #blocked = new Set<FailoverPlan>()

  tell({ type }: FailoverEvent, plan: FailoverPlan): void {
    if (type === 'blocked') this.#blocked.add(plan)
    if (type === 'released' || type === 'undone' || type === 'result') this.#blocked.delete(plan)
  }

  get text(): string {
    const within = durationText(Math.max(0, ...[...this.#blocked].map(({ placeholderMs }) => placeholderMs)))
    switch (this.#blocked.size) {
      case 0:
        return ''
      case 1:
        return `The lease stays blocked until it expires on its own, within ${within}.`
      default:
        return `${this.#blocked.size} leases stay blocked until they expire on their own, within ${within}.`
    }
  }
}
