import { mistakesIn, type MutatedPart } from './mutation.ts'

/** A program that is debugged while this window leads. */
export const HOLD: MutatedPart = {
  tests: ['test/extension/hold-session.test.ts', 'test/guard/marked-processes.test.ts'],
  mutations: [
    ...mistakesIn(
      'extension/debug/hold-session.ts',
      ['a lease may be released while the program runs', 'return this.#isCertain && this.#run === null', 'return this.#isCertain'],
      ['a lease may be released although the program may run', 'if (ran && !end?.isCertain) this.#isCertain = false\n', ''],
      ['a debugged program starts before it is guarded', 'await Promise.race([ready.promise, aborted(stop.signal)])\n', ''],
      ['a debugger that starts late is left alone', 'if (running && stop.signal.aborted) running.end()\n', ''],
      ['a debugger is not told to end its program', 'await aborted(stop.signal)\n      running.end()', 'await aborted(stop.signal)'],
      ['a debugger that starts its program in steps is not waited for', ' && !running.isStarting', ''],
      ['a debugger is not waited for although its program may run', 'isCertain && canLeave ? undefined', 'canLeave ? undefined'],
      ['what a debugger starts in the last moment is left', 'await guard.finish()\n', ''],
      ['a program runs on after its lease was lost', "leadership.signal.addEventListener('abort', lost, { once: true })\n", ''],
      ['a program runs on without its watchdog', "guard.lost.addEventListener('abort', watchdogLost, { once: true })\n", ''],
      ['a debugged program has no maximum hold time', "if (leftMs === 0) this.#end({ type: 'max-hold' })\n", ''],
      ['a restart ends the term', "if (!this.#isRestarting) this.#end({ type: 'program-ended' })", "this.#end({ type: 'program-ended' })"],
      ['a restart has the marker of the run before it', 'const runId = randomUUID()', "const runId = '1'"],
      ['a restart does not wait for the debugger', 'const canLeave = !isStartingAnew && ', 'const canLeave = '],
    ),
    ...mistakesIn(
      'shared/guard/marked-processes.ts',
      ['a process is known by its ID alone', 'return this.#known.get(pid) === startTime', 'return this.#known.has(pid)'],
      ['a program is gone with the processes that are known', 'return !isAnyRunning && this.look().length === 0', 'return !isAnyRunning'],
      ['what a program starts is not its own', 'if (own.has(parentPid)) own.add(pid)', 'if (own.has(parentPid)) own.add(parentPid)'],
      ['a program that was never seen is gone', 'if (found.length > 0) this.#hasSeen = true', 'this.#hasSeen = true'],
    ),
  ],
}
