import { systemClock, type Clock } from '../time/clock.ts'

/**
 * The clocks of this machine. The monotonic one is shared by all processes (`CLOCK_MONOTONIC`, macOS's
 * `mach_absolute_time`), so that one process can send a moment to another. `performance.now()` starts anew in each process.
 */
export const machineClock: Clock = {
  wallMs: () => systemClock.wallMs(),
  monotonicMs: () => Number(process.hrtime.bigint()) / 1e6,
  sleep: (durationMs, signal) => systemClock.sleep(durationMs, signal),
}
