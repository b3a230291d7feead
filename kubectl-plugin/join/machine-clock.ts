import { systemClock, type Clock } from '../../shared/time/index.ts'

/**
 * The clocks of this machine, with a monotonic one that all its processes share (`CLOCK_MONOTONIC`, macOS's
 * `mach_absolute_time`), so that one process can tell another when something was: `performance.now()` begins anew in
 * each.
 */
export const machineClock: Clock = {
  wallMs: () => systemClock.wallMs(),
  monotonicMs: () => Number(process.hrtime.bigint()) / 1e6,
  sleep: (durationMs, signal) => systemClock.sleep(durationMs, signal),
}
