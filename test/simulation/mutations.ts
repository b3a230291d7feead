/**
 * Mistakes that an elector, or a failover, could make, as changes of this one's source: `from` stands in `file` exactly once, and
 * becomes `to`. The simulation must catch each: that is the proof that it can fail.
 */
export interface Mutation {
  readonly name: string
  readonly file: string
  readonly from: string
  readonly to: string
}

const MACHINE = 'shared/election/machine/election-machine.ts'
const KNOWLEDGE = 'shared/election/machine/knowledge.ts'
const RECORD = 'shared/election/machine/candidate-record.ts'
const STOPWATCH = 'shared/election/machine/stopwatch.ts'
const RUN = 'shared/election/election-run.ts'
const COURSE = 'shared/actions/failover/course.ts'

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'the deadline is counted from the reply',
    file: MACHINE,
    from: 'this.#renewed(this.#term, sent)',
    to: 'this.#renewed(this.#term, { ...sent, sent: new Stopwatch(now) })',
  },
  {
    name: 'the first deadline is counted from the reply',
    file: MACHINE,
    from: 'this.#term = newTerm(now, sent,',
    to: 'this.#term = newTerm(now, new Stopwatch(now),',
  },
  {
    name: 'the deadline is the lease duration',
    file: RUN,
    from: 'new ElectionMachine(config, hooks.random)',
    to: 'new ElectionMachine({ ...config, renewDeadlineMs: config.leaseDurationMs }, hooks.random)',
  },
  {
    name: 'a leader goes by its monotonic clock alone',
    file: STOPWATCH,
    from: 'return now.monotonicMs - this.startedAtMs + Math.max(0, leadMs(now) - this.#leastLeadMs)',
    to: 'return now.monotonicMs - this.startedAtMs',
  },
  {
    name: 'a wall clock that was set back hides a sleep',
    file: STOPWATCH,
    from: 'this.#leastLeadMs = Math.min(this.#leastLeadMs, leadMs(now))',
    to: 'leadMs(now)',
  },
  {
    name: 'nobody looks whether the machine has slept',
    file: RUN,
    from: 'stopWaking: onWake(this.#hooks.clock, () => this.#handle()),',
    to: 'stopWaking: () => void onWake,',
  },
  {
    name: 'renewTime is trusted',
    file: KNOWLEDGE,
    from: 'return now.monotonicMs + Math.max(this.#candidate.leaseDurationMs, leaseDurationMs(record) ?? 0)',
    to: 'return now.monotonicMs + Date.parse(record.renewTime ?? "") + Math.max(this.#candidate.leaseDurationMs, leaseDurationMs(record) ?? 0) - now.wallMs',
  },
  {
    name: 'a standby goes by the wall clock',
    file: RUN,
    from: 'return { monotonicMs: this.#hooks.clock.monotonicMs(), wallMs: this.#hooks.clock.wallMs() }',
    to: `const { clock } = this.#hooks
    this.lead ??= clock.wallMs() - clock.monotonicMs()
    return { monotonicMs: Math.max(clock.monotonicMs(), clock.wallMs() - this.lead), wallMs: clock.wallMs() }`,
  },
  {
    name: 'a standby takes over before the expiry',
    file: KNOWLEDGE,
    from: 'return now.monotonicMs + Math.max(this.#candidate.leaseDurationMs, leaseDurationMs(record) ?? 0)',
    to: 'return now.monotonicMs + 0.8 * Math.max(this.#candidate.leaseDurationMs, leaseDurationMs(record) ?? 0)',
  },
  {
    name: 'the recorded duration alone counts, however short somebody made it',
    file: KNOWLEDGE,
    from: 'Math.max(this.#candidate.leaseDurationMs, leaseDurationMs(record) ?? 0)',
    to: '(leaseDurationMs(record) ?? 0)',
  },
  {
    name: "a failover's longer duration does not count",
    file: KNOWLEDGE,
    from: 'Math.max(this.#candidate.leaseDurationMs, leaseDurationMs(record) ?? 0)',
    to: 'this.#candidate.leaseDurationMs',
  },
  {
    name: 'writes compare with nothing',
    file: MACHINE,
    from: 'const base = this.#knowledge.view!.locked\n',
    to: 'const known = this.#knowledge.view!.locked\n    const base = known && { ...known, version: "" }\n',
  },
  {
    name: 'updates lose what they do not know',
    file: MACHINE,
    from: 'const base = this.#knowledge.view!.locked\n',
    to: 'const known = this.#knowledge.view!.locked\n    const base = known && { record: known.record, version: known.version, handOver: false }\n',
  },
  {
    name: 'the lease is released before the work has ended',
    file: RUN,
    from: 'this.#work!.controller.abort(new LeadershipEnded(fact.reason))',
    to: "this.#work!.controller.abort(new LeadershipEnded(fact.reason))\n        this.#handle({ type: 'work-ended' })",
  },
  {
    name: 'another holder is ignored',
    file: MACHINE,
    from: "if (view.standing !== 'ours') return this.#lose(now, term, LOSSES[view.standing])",
    to: "if (view.standing !== 'ours' && view.standing !== 'other') return this.#lose(now, term, LOSSES[view.standing])",
  },
  {
    name: 'an emptied lease is ignored',
    file: MACHINE,
    from: "if (view.standing !== 'ours') return this.#lose(now, term, LOSSES[view.standing])",
    to: "if (view.standing !== 'ours' && view.standing !== 'vacant') return this.#lose(now, term, LOSSES[view.standing])",
  },
  {
    name: 'a deleted lease is ignored',
    file: MACHINE,
    from: "if (view.standing !== 'ours') return this.#lose(now, term, LOSSES[view.standing])",
    to: "if (view.standing !== 'ours' && view.standing !== 'absent') return this.#lose(now, term, LOSSES[view.standing])",
  },
  {
    name: 'a stranger with the same name is adopted',
    file: KNOWLEDGE,
    from: "return isOurs ? 'ours' : 'stranger'",
    to: "return isOurs ? 'ours' : 'ours'",
  },
  {
    name: 'an adopted record is not written again',
    file: MACHINE,
    from: "if (now.monotonicMs >= claimAtMs) return this.#claim('acquire', now)",
    to: "if (view.standing === 'ours' && now.monotonicMs >= claimAtMs) { this.#acquired(now, { sent: new Stopwatch(now), write: null as never }, view.version!); return this.#lead(now, this.#term!) }\n    if (now.monotonicMs >= claimAtMs) return this.#claim('acquire', now)",
  },
  {
    name: 'an unanswered write is forgotten',
    file: KNOWLEDGE,
    from: 'if (isOpen) this.#unanswered = [...this.#unanswered, write]',
    to: '',
  },
  {
    name: 'a deletion is taken for a release',
    file: KNOWLEDGE,
    from: 'if (!record) return this.#view?.claimableAtMs ?? now.monotonicMs',
    to: 'if (!record) return now.monotonicMs',
  },
  {
    name: 'a lease emptied by hand is taken for a release',
    file: RECORD,
    from: 'if (record.leaseDurationSeconds === 1 || record.renewTime === null) return true',
    to: 'return true',
  },
  {
    name: 'old news is taken for new',
    file: MACHINE,
    from: 'if (this.#knowledge.compare(version) <= 0) return\n    const pending',
    to: 'const pending',
  },
  {
    name: 'a late answer begins a term',
    file: MACHINE,
    from: 'if (sent.elapsedMs(now) >= this.#config.renewDeadlineMs) return\n',
    to: '',
  },
  {
    name: 'nobody gives up a request that hangs',
    file: MACHINE,
    from: 'if (this.#pending && !isAnswered && this.#pending.sent.elapsedMs(now) >= this.#pending.timeoutMs) {',
    to: 'if (!this.#pending) {',
  },
  {
    name: 'transitions are not counted',
    file: RECORD,
    from: 'previous.leaseTransitions + (sameHolder ? 0 : 1)',
    to: 'previous.leaseTransitions',
  },
  {
    name: 'overrunning work is not reported',
    file: MACHINE,
    from: "      this.#facts.push({ type: 'overran' })\n",
    to: '',
  },
  {
    name: 'overrunning work does not end the process',
    file: RUN,
    from: "if (this.#config.onOverrun === 'exit') hooks.exitProcess()\n",
    to: '',
  },
  {
    name: 'a displaced leader acknowledges before its work has ended',
    file: MACHINE,
    from: 'if (this.#term?.hasWorkEnded) {',
    to: 'if (this.#term?.hasWorkEnded || this.#term?.displacedBy) {',
  },
  {
    name: 'a failover releases before the quarantine ends',
    file: COURSE,
    from: 'const endAtMs = this.#knownAtMs + terms.quarantineMs',
    to: 'const endAtMs = this.#knownAtMs + terms.quarantineMs / 3',
  },
  {
    name: 'a failover releases whatever is there',
    file: COURSE,
    from: 'to === null ? lock.update(locked, record, request)',
    to: "to === null ? lock.update({ ...locked, version: '' }, record, request)",
  },
  {
    name: 'a placeholder lets others in soon',
    file: COURSE,
    from: 'leaseDurationMs: terms.placeholderMs }',
    to: 'leaseDurationMs: 1_000 }',
  },
]
