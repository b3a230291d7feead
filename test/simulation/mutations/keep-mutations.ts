import { mistakesIn, type MutatedPart } from './mutation.ts'

/** Keep mode: when a lease is renewed in another program's name, and when it is released. */
export const KEEP: MutatedPart = {
  tests: ['test/keep/keep-machine.test.ts', 'test/keep/keeper.test.ts', 'test/simulation/keep'],
  mutations: [
    ...mistakesIn(
      'shared/keep/machine/keep-machine.ts',
      ['an expired lease is kept', "return nowMs - this.#changedAtMs >= durationMs ? 'expired' : null\n  }\n\n  #notNamed", 'return null\n  }\n\n  #notNamed'],
      ['the lease of another holder is kept', "return holderIdentity === identity ? null : 'other-holder'", 'return null'],
      ['a program that has given up is kept', "if (trail.unrenewedMs(nowMs) > this.intervalMs! * GIVEN_UP_AFTER) return 'given-up'\n", ''],
      ['a lease is kept without a limit', "if (this.limitAtMs !== null && nowMs >= this.limitAtMs) return 'limit'\n", ''],
      ['a lease that the API server gives is kept', "if (record.strategy !== null) return 'coordinated'\n    const durationMs", 'const durationMs'],
      ['a program that was not observed renewing is kept', "if (!trail?.hasRenewedRunning || handedOver) return 'unproven'\n    if (trail.is", "if (!trail || handedOver) return 'unproven'\n    if (trail.is"],
      ['a lease that was handed over is kept', "hasRenewedRunning || handedOver) return 'unproven'", "hasRenewedRunning) return 'unproven'"],
      ['a lease that another process renews is kept', "if (trail.isContradictedInStop) return 'renewed'\n", ''],
      ['a renewal is missed before it is due', 'const MISSED_AFTER = 1.5', 'const MISSED_AFTER = 0.5'],
      ['a failed write is tried again at once', 'return Math.max(dueMs, this.#lastTriedAtMs + intervalMs / 4)', 'return dueMs'],
      ['own writes count as those of the program', 'if (own) {', 'if (own && this.#endedAtMs !== null) {'],
      ['one stop proves whose the lease is', 'const STOPS_TO_PROVE = 2', 'const STOPS_TO_PROVE = 1'],
      ['one of two holders is taken for the program', 'this.#proven.length === 1 ? this.#proven[0]! : null', 'this.#proven[0] ?? null'],
      ['a lease is released that was written after the end', "if (this.#isChangedAfterEnd || handedOver) return 'changed'", "if (handedOver) return 'changed'"],
      ['a lease is released although child processes may run', "if (!this.#isComplete) return 'unseen'\n", ''],
      ['a lease is released although another process renewed it', "if (trail?.isContradicted) return 'renewed'\n", ''],
      ['a lease is released as soon as the program has ended', 'const QUIET_AFTER_END = 2', 'const QUIET_AFTER_END = 0'],
      ['a lease is released although its holder is not proven', 'trail.provenStops > 0 ? quietAtMs : Math', 'trail.provenStops >= 0 ? quietAtMs : Math'],
    ),
    ...mistakesIn(
      'shared/keep/keeper.ts',
      ['a lease is kept while the program runs', '} else if (this.#options.isStopped()) {', '} else if (this.#options.isStopped() || true) {'],
      ['a lease is kept that was not checked', 'if (this.#options.check && !this.#isChecked) {', 'if (this.#options.check && this.#isChecked) {'],
      ['a lease is released over any record', 'lock.update(step.over, released, signal)', "lock.update({ ...step.over, version: '' }, released, signal)"],
    ),
  ],
}
