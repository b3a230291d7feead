import { mistakesIn, type MutatedPart } from './mutation.ts'

/** `join`'s supervisor, and the watchdog's guard. */
export const JOIN: MutatedPart = {
  tests: ['test/join/supervisor.test.ts', 'test/join/guard.test.ts', 'test/join/supervisor-and-guard.test.ts'],
  mutations: [
    ...mistakesIn(
      'shared/guard/supervisor.ts',
      ['a watchdog that is lost leaves its command running', 'if (current.pid !== null) await this.#killGroup', 'if (current.pid === -1) await this.#killGroup'],
      ['join does not hold the deadline beside its watchdog', '      void this.#holdDeadline(current)\n    }\n', '    }\n'],
      ['a command is killed once only', 'while (!group.isGone()) {\n      group.signal', 'if (!group.isGone()) {\n      group.signal'],
      ['a command begins that has to end', 'if (current.stop.aborted || this.lost.aborted) return\n', ''],
      ['no order is answered for', 'if (!hasStalled && !isSettled()) this.#lose()', 'if (hasStalled && !isSettled()) this.#lose()'],
      ['orders of an earlier run are waited for', '      over.abort()\n', ''],
      ['a command runs before its lease was renewed', 'if (!this.#renewal) await Promise', 'if (this.#renewal === undefined) await Promise'],
      ['a command that is told to end is not told', "this.#send({ type: 'stop', graceMs: run.graceMs() }, HEARING_MS)", "this.#send({ type: 'renewed', renewed: this.#renewal!.startMoment }, HEARING_MS)"],
      ['a run ends with its command, whatever that left behind', "if (current.isStarted) current.onExited(current.end)\n        return", "if (current.isStarted) current.onExited(current.end)\n        return current.settled.resolve('gone')"],
    ),
    ...mistakesIn(
      'shared/guard/guard.ts',
      ['the watchdog does not hold the deadline', 'if (unrenewedMs >= killAfterMs || this.#options', 'if (this.#options'],
      ['the watchdog does not tell at the deadline', 'if (unrenewedMs >= endAfterMs && !charge.isTold)', 'if (unrenewedMs >= killAfterMs && !charge.isTold)'],
      ['grace never ends', '|| this.#options.clock.monotonicMs() >= charge.killAtMs) charge', ') charge'],
      ['renewals do not reach the command that runs', 'if (this.#charge) this.#charge.renewal = new Stopwatch(order.renewed)', ''],
      ['renewals while launching are forgotten', 'if (this.#launching) this.#launching.renewed = order.renewed', ''],
      ['a stop while launching is forgotten', 'if (this.#launching) this.#launching.stopGraceMs = graceMs', ''],
      ["a watchdog whose join is gone lets the command run", 'this.#stop(this.#charge?.isTold ? 0 : ORPHAN_GRACE_MS)', ''],
      ['what a command left behind runs on', 'if (!charge.isTold && !charge.group.isGone()) this.#tell(charge, LEFTOVER_GRACE_MS)', ''],
      ['the group is gone with its first process', 'if (charge.hasExited && charge.group.isGone()) return\n', 'if (charge.hasExited) return\n'],
      ['the clocks of the watchdog are not sampled', '    renewal.sample(now)\n', ''],
      ['a later grace replaces an earlier one', 'charge.killAtMs = Math.min(charge.killAtMs, killAtMs)', 'charge.killAtMs = killAtMs'],
      ['a command begins although it was told to end', 'if (charge.becoming || charge.isTold || charge.hasExited) return', 'if (charge.becoming || charge.hasExited) return'],
    ),
    ...mistakesIn(
      'shared/guard/deadlines.ts',
      ['a command is killed when its lease has expired', 'killAfterMs: leaseMs - marginMs', 'killAfterMs: leaseMs + marginMs'],
    ),
    ...mistakesIn(
      'shared/guard/supervisor.ts',
      ['a watchdog does not hear that the wall clock was set back', "{ type: 'renewed', renewed: renewal.startMoment }", "{ type: 'renewed', renewed: { monotonicMs: renewal.startedAtMs, wallMs: this.#options.clock.wallMs() - (this.#options.clock.monotonicMs() - renewal.startedAtMs) } }"],
    ),
  ],
}
