import { mistakesIn, type MutatedPart } from './mutation.ts'

/** A failover's course, and what proves that the old leader has stopped. */
export const FAILOVER: MutatedPart = {
  tests: ['test/actions', 'test/simulation/many'],
  mutations: [
    ...mistakesIn(
      'shared/actions/failover/failover-steps.ts',
      ['a failover releases before the block ends', 'const endAtMs = this.#knownAtMs + this.#durations.blockMs', 'const endAtMs = this.#knownAtMs + this.#durations.blockMs / 3'],
      ['a failover releases whatever is there', 'to === null ? lock.update(locked, record, request)', "to === null ? lock.update({ ...locked, version: '' }, record, request)"],
      ['a placeholder lets others in soon', 'leaseDurationMs: placeholderMs }', 'leaseDurationMs: 1_000 }'],
      ['the placeholder is not renewed', 'if (this.#now >= renewAtMs) {', 'if (this.#now >= renewAtMs + 1e9) {'],
      ['anybody may acknowledge', 'acknowledgement?.nonce === nonce && acknowledgement.identity === terms.from', 'acknowledgement?.nonce === nonce'],
      ['an acknowledgement to another failover counts', 'acknowledgement?.nonce === nonce && acknowledgement.identity', 'acknowledgement?.identity'],
      ['any leader is displaced', 'if (base?.record.holderIdentity !== terms.from) return this.#lost()', 'if (!base) return this.#lost()'],
      ['a changed holder is displaced', 'if (change) return', 'if (change && this.#now < 0) return'],
      ['an interrupted failover goes on', "if (signal.aborted && !this.#isUncertain) return { cause: 'interrupted', left: 'untouched' }", ''],
      ['it is undone at any time', 'this.#now < undoUntilMs) {', 'this.#now < undoUntilMs + 1e9) {'],
      ['a handover without a new leader is a success', 'if (isHeld && !isOurs) return this.#end', 'if (isHeld) return this.#end'],
      ['free is said without looking', "await this.#readBy(untilMs)\n        hasLooked = true\n      }\n    }\n  }\n\n  // What all", "hasLooked = true\n      }\n    }\n  }\n\n  // What all"],
      ['transitions are counted for the placeholder', ', leaseTransitions: record.leaseTransitions }', ' }'],
      ['a lost lease is given away', 'if (isSomebodys) return this.#lost()\n      if (this.#now >= untilMs) throw', 'if (this.#now >= untilMs) throw'],
    ),
    ...mistakesIn(
      'shared/actions/failover-many/schedule.ts',
      ['more failovers are under way than asked for', 'if (this.#underway.size >= this.#atOnce) return null', 'if (this.#underway.size > this.#atOnce) return null'],
      ['two failovers of one owner are under way', '(owner === null || ![...this.#underway].some((other) => other.owner === owner))', 'true'],
      ['the control plane does not come last', '(isOnlyControlPlane || !isControlPlane) && ', ''],
      ['another failover begins after Ctrl-C', 'signal.aborted ? null : schedule.next()', 'schedule.next()'],
    ),
    ...mistakesIn(
      'shared/actions/failover/pod-proof.ts',
      ['a Pod on a Node that is not ready proves something', 'if (node?.isReady) return', 'if (node) return'],
    ),
    ...mistakesIn(
      'shared/actions/failover/lock-view.ts',
      ['a view takes old news for new', 'compareVersions(version, this.#newestVersion) <= 0) return', 'compareVersions(version, this.#newestVersion) <= -1e9) return'],
    ),
  ],
}
