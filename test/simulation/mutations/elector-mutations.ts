import { mistakesIn, type MutatedPart } from './mutation.ts'

const MACHINE = 'shared/election/machine/election-machine.ts'
const LOSES = "if (view.standing !== 'ours') return this.#lose(now, term, LOSSES[view.standing])"
const losesBut = (standing: string): string =>
  `if (view.standing !== 'ours' && view.standing !== '${standing}') return this.#lose(now, term, LOSSES[view.standing])`
const BASE = 'const base = this.#knowledge.view!.locked\n'

/** The election machine, what it knows, and the run around it. */
export const ELECTOR: MutatedPart = {
  tests: ['test/election', 'test/actions/failover-undone.test.ts'],
  mutations: [
    ...mistakesIn(
      MACHINE,
      ['a lease that was handed over while work wound down stays held', 'term.releaseTries < 3', 'term.releaseTries < 2'],
      ['a record that was deleted early was never there', 'if (!locked) this.#learnHeldBack(now)\n', ''],
      ['the deadline is counted from the reply', 'this.#renewed(this.#term, sent)', 'this.#renewed(this.#term, { ...sent, sent: new Stopwatch(now) })'],
      ['the first deadline is counted from the reply', 'this.#term = newTerm(now, sent,', 'this.#term = newTerm(now, new Stopwatch(now),'],
      ['writes compare with nothing', BASE, 'const known = this.#knowledge.view!.locked\n    const base = known && { ...known, version: "" }\n'],
      [
        'updates lose what they do not know',
        BASE,
        'const known = this.#knowledge.view!.locked\n    const base = known && { record: known.record, version: known.version, handedOver: false }\n',
      ],
      ['another holder is ignored', LOSES, losesBut('other')],
      ['an emptied lease is ignored', LOSES, losesBut('free')],
      ['a deleted lease is ignored', LOSES, losesBut('absent')],
      ['a placeholder is ignored', LOSES, losesBut('placeholder')],
      ['a stranger is ignored', LOSES, losesBut('stranger')],
      [
        'an adopted record is not written again',
        "if (now.monotonicMs >= claimAtMs) return this.#claim('acquire', now)\n    if (now.monotonicMs >= this.#reads",
        "if (this.#knowledge.view?.standing === 'ours' && now.monotonicMs >= claimAtMs) { this.#acquired(now, { sent: new Stopwatch(now), write: null as never }, this.#knowledge.view.version!); return this.#lead(now, this.#term!) }\n    if (now.monotonicMs >= claimAtMs) return this.#claim('acquire', now)\n    if (now.monotonicMs >= this.#reads",
      ],
      ['old news is taken for new', 'if (this.#knowledge.compare(version) <= 0) return\n    const pending', 'const pending'],
      ['a late answer begins a term', 'if (sent.elapsedMs(now) >= this.#config.renewDeadlineMs) return\n', ''],
      [
        'a request that hangs has no timeout',
        'if (this.#pending && !isAnswered && this.#pending.sent.elapsedMs(now) >= this.#pending.timeoutMs) {',
        'if (!this.#pending) {',
      ],
      ['overrunning work is not reported', "      this.#facts.push({ type: 'overran' })\n", ''],
      ['a displaced leader acknowledges before its work has ended', 'if (this.#term?.hasWorkEnded) {', 'if (this.#term?.hasWorkEnded || this.#term?.displacedBy) {'],
      ['a candidate that is told to leave leads first', 'if (this.#leavingSinceMs !== null) return\n    const renewAfterMs', 'const renewAfterMs'],
      ['an unhealthy candidate does not leave the lease to others', 'view.claimableAtMs + this.#config.health!.graceMs', 'view.claimableAtMs'],
      ['an unhealthy candidate never leads', 'view.claimableAtMs + this.#config.health!.graceMs', 'Number.POSITIVE_INFINITY'],
      ['an unhealthy leader goes on', "else if (!term.isByGrace) this.#stopLeading(term, 'unhealthy')", ''],
      ['a leader by grace is held to its health at once', "else if (!term.isByGrace) this.#stop", 'else this.#stop'],
      ['a leader by grace is never held to its health', 'if (isHealthy) term.isByGrace = false\n    else', 'if (!isHealthy)'],
      ['a candidate that became unhealthy as it acquired the lease leads', '    this.#healthChecked(this.#isHealthy)\n', ''],
      ['a candidate is healthy before its first check', 'this.#isHealthy = config.health === null', 'this.#isHealthy = true'],
      ['a refused write is tried again at once', 'if (this.#failures === 1) this.#retryAtMs', 'this.#retryAtMs'],
      ['a term that its work has ended is begun again', "if (this.#stopLeading(term, 'work-ended')) this.#isFinished = true", "this.#stopLeading(term, 'work-ended')"],
      ['a leader that lost does not back off', "if (reason !== 'deadline') this.#backOff.begin(now.monotonicMs)", ''],
      ['a leader that reached its maximum hold time does not back off', "if (term.stopReason === 'max-hold') this.#backOff.begin(now.monotonicMs)", ''],
      ['the maximum hold time does not end a term', 'if (this.#maxHoldDueMs(term) <= now.monotonicMs) this.#stopLeading(term, \'max-hold\')', ''],
      ['a standby is not woken by the end of a lease', 'if (this.#pending.type === \'write\' || this.#term) return this.#waitUntil(now, timeoutAtMs)', 'if (this.#pending) return this.#waitUntil(now, timeoutAtMs)'],
      ['a leaving candidate does not read what became of its write', 'const mayBeOurs = this.#isOutdated ? this.#knowledge.isUncertain : this', 'const mayBeOurs = this'],
      ['a leaving candidate releases the lease of another one', "this.#knowledge.view?.standing === 'ours'\n    return this.#config", "this.#knowledge.view?.locked != null\n    return this.#config"],
      ['what is not to be released is', 'return this.#config.releaseOnCancel && inTime && mayBeOurs', 'return inTime && mayBeOurs'],
      ['a lease is released although it has been lost', "const isOurs = view?.standing === 'ours'", "const isOurs = view?.standing === 'ours' || view?.standing === 'other'"],
      ['an undone leader does not lead on', 'const isToBeWritten = isDisplaced || (this.#config.releaseOnCancel && isOurs && !leadsOn)', 'const isToBeWritten = isDisplaced || (this.#config.releaseOnCancel && isOurs)'],
      ['a standby that knows of a change claims anyway', 'if (!view || this.#isOutdated) return Number.POSITIVE_INFINITY', 'if (!view) return Number.POSITIVE_INFINITY'],
      ['a leader renews only when its deadline is near', 'Math.max(term.renewal.startedAtMs + term.renewAfterMs, this.#retryAtMs)', 'Math.max(term.renewal.startedAtMs + this.#config.renewDeadlineMs * 0.9, this.#retryAtMs)'],
      ['time alone does not end a term', 'term.isHeld ? term.renewal.dueMs(now, renewDeadlineMs) : Number.POSITIVE_INFINITY,', 'Number.POSITIVE_INFINITY,'],
      ['a conflict that may have been applied is forgotten', 'if (this.#knowledge.remember(sent)) {', 'if (outcome !== \'conflict\' && this.#knowledge.remember(sent)) {'],
      ['a renewal that turns up does not count', 'explainedBy.sent.startedAtMs > term.renewal.startedAtMs', 'explainedBy.sent.startedAtMs > Number.POSITIVE_INFINITY'],
    ),
    ...mistakesIn(
      'shared/election/machine/knowledge.ts',
      ['what is put back is known again only if its answer came', "else if (previous && previous.standing !== 'placeholder') {", "else if (previous?.standing === 'ours') {"],
      [
        'renewTime is trusted',
        'return now.monotonicMs + Math.max(this.#candidate.leaseDurationMs, leaseDurationMs(record) ?? 0)',
        'return now.monotonicMs + Date.parse(record.renewTime ?? "") + Math.max(this.#candidate.leaseDurationMs, leaseDurationMs(record) ?? 0) - now.wallMs',
      ],
      [
        'a standby takes over before the expiry',
        'return now.monotonicMs + Math.max(this.#candidate.leaseDurationMs, leaseDurationMs(record) ?? 0)',
        'return now.monotonicMs + 0.8 * Math.max(this.#candidate.leaseDurationMs, leaseDurationMs(record) ?? 0)',
      ],
      ['only the recorded duration counts, however short it is', 'Math.max(this.#candidate.leaseDurationMs, leaseDurationMs(record) ?? 0)', '(leaseDurationMs(record) ?? 0)'],
      ["a failover's longer duration does not count", 'Math.max(this.#candidate.leaseDurationMs, leaseDurationMs(record) ?? 0)', 'this.#candidate.leaseDurationMs'],
      ['a stranger with the same name is adopted', "return isOurs ? 'ours' : 'stranger'", "return isOurs ? 'ours' : 'ours'"],
      ['an unanswered write is forgotten', 'if (isOpen) this.#unanswered = [...this.#unanswered, write]', ''],
      ['a deletion is taken for a release', 'if (!record) return this.#view?.claimableAtMs ?? now.monotonicMs', 'if (!record) return now.monotonicMs'],
      ['a change beside the record begins the lease anew', 'recordChanged || !previous ? this.#claimableAtMs', 'true || !previous ? this.#claimableAtMs'],
      ['a handover is not adopted', '(locked?.handedOver ?? false)', 'false'],
      ['a leader that is written back does not recognize its record', 'explainedBy !== null || isPutBack ||', 'explainedBy !== null ||'],
    ),
    ...mistakesIn(
      'shared/lease/candidate-record.ts',
      ['transitions are not counted', 'previous.leaseTransitions + (sameHolder ? 0 : 1)', 'previous.leaseTransitions'],
      ['a renewal takes a new acquire time', 'acquireTime: sameHolder ? previous.acquireTime : now', 'acquireTime: now'],
      ['a renewal at the same wall time is not a change', 'microTime(wallMs + 1) : time', 'time : time'],
    ),
    ...mistakesIn(
      'shared/election/machine/stopwatch.ts',
      [
        'a leader goes by its monotonic clock alone',
        'return now.monotonicMs - this.startedAtMs + Math.max(0, leadMs(now) - this.#leastLeadMs)',
        'return now.monotonicMs - this.startedAtMs',
      ],
      ['a wall clock that was set back hides a sleep', 'this.#leastLeadMs = Math.min(this.#leastLeadMs, leadMs(now))', 'leadMs(now)'],
      ['a wall clock that was set back gains time', 'Math.max(0, leadMs(now) - this.#leastLeadMs)', '(leadMs(now) - this.#leastLeadMs)'],
    ),
    ...mistakesIn(
      'shared/election/machine/back-off.ts',
      ['a candidate does not back off for long enough', 'config.leaseDurationMs + config.retryPeriodMs', 'config.retryPeriodMs'],
    ),
    ...mistakesIn(
      'shared/election/machine/read-schedule.ts',
      ['a silent watch is never doubted', 'this.#dueMs = nowMs + this.longestPollMs', 'this.#dueMs = Number.POSITIVE_INFINITY'],
      ['a watch that ended is still relied on', 'this.#dueMs = Math.min(this.#dueMs, nowMs + this.pollMs())', ''],
      ['standbys do not poll', 'return this.#pace.retryPeriodMs * (1 + this.#pace.jitterFactor * this.#random())', 'return this.#pace.retryPeriodMs * 20 * (1 + this.#pace.jitterFactor * this.#random())'],
    ),
    ...mistakesIn(
      'shared/election/machine/request-pace.ts',
      ['one request may take the whole deadline', 'return Math.max(leftMs / 2, Math.min(pace.retryPeriodMs, leftMs))', 'return leftMs'],
    ),
    ...mistakesIn(
      'shared/election/election-run.ts',
      ['a renewal is told as sent now', 'this.#hooks.onRenewed?.(renewal)', 'this.#hooks.onRenewed?.({ startedAtMs: this.now().monotonicMs } as never)'],
      ['the deadline is the lease duration', 'new ElectionMachine(config, hooks.random)', 'new ElectionMachine({ ...config, renewDeadlineMs: config.leaseDurationMs }, hooks.random)'],
      [
        'a standby goes by the wall clock',
        'return { monotonicMs: this.#hooks.clock.monotonicMs(), wallMs: this.#hooks.clock.wallMs() }',
        'const { clock } = this.#hooks\n    this.lead ??= clock.wallMs() - clock.monotonicMs()\n    return { monotonicMs: Math.max(clock.monotonicMs(), clock.wallMs() - this.lead), wallMs: clock.wallMs() }',
      ],
      ['the lease is released before the work has ended', 'work.controller.abort(new LeadershipEnded(reason))', "work.controller.abort(new LeadershipEnded(reason))\n    this.#handle({ type: 'work-ended' })"],
      ['overrunning work does not end the process', "if (this.#config.onOverrun === 'exit') hooks.exitProcess()\n", ''],
      ['an error is taken for a conflict', 'outcome: outcomeOf(error) }', "outcome: 'refused' }"],
      ['a late renewal is not listened to', "if (this.#lateRenewal === request) this.#handle(answers.onLateAnswer!(answer))", ''],
      ['a silent watch is not begun again', "case 'watch-silent':\n        return this.#watch.restart()", "case 'watch-silent':\n        return"],
    ),
    ...mistakesIn(
      'shared/election/wake.ts',
      ['a sleep of the machine is not noticed', 'if (Math.abs(leadMs - toldMs) <= JUMP_MS) continue', 'continue'],
      ['the clocks are compared once a second', 'const TICK_MS = 50', 'const TICK_MS = 1_000'],
    ),
  ],
}
