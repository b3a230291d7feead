import type { ActingTerm, CandidateState, Timings } from './candidate-state.ts'

/** The elector's tick by which it learns that its machine has slept; milliseconds of its own clock. */
export const WAKE_TICK_MS = 50
/** From a SIGKILL until what it was sent to is gone, at most; milliseconds. */
export const KILL_MS = 20
/** The wall clock is read in whole milliseconds, and a jump by less than this tells the elector nothing. */
const WALL_PRECISION_MS = 3
/** Arithmetic. */
const EPSILON_MS = 0.01

/** S2 for a leader of ours: on neither of its clocks has more than the renew deadline passed. Null where it is so. */
export function faultOfDeadline(by: CandidateState, what: 'starts to act' | 'acts', nowMs: number, timings: Timings): string | null {
  const elapsedMs = unrenewedMs(by)
  if (elapsedMs <= timings.renewDeadlineMs + EPSILON_MS + WALL_PRECISION_MS) return null
  const fault = `S2: ${by.process.name} ${what} ${Math.round(elapsedMs)} ms after it sent its last renewal`
  if (what === 'starts to act') return fault
  const { resumed, jumpedAtMs, rate } = by.process
  // For one turn of the event loop; after its machine slept, until the clocks are next compared.
  const sinceMs = resumed ? nowMs - resumed.atMs : Number.POSITIVE_INFINITY
  if (sinceMs <= (resumed?.from === 'asleep' ? (WAKE_TICK_MS + 1) / rate : 0)) return null
  // Somebody set the wall clock ahead: the same.
  return nowMs - jumpedAtMs <= (WAKE_TICK_MS + 1) / rate ? null : fault
}

/** S4: work that outlives its lease is reported, or ends with its process. What is wrong with a term's work as it is. */
export function faultsOfWork(term: ActingTerm, nowMs: number, timings: Timings): string[] {
  const { by } = term
  if (by.kind !== 'ours' || (term.settledAtMs !== null && term.settledAtMs < nowMs)) return []
  if (by.process.isSuspended) return []
  const { resumed, rate } = by.process
  if (resumed && nowMs - resumed.atMs <= (WAKE_TICK_MS + 1) / rate) return []
  const limitMs = timings.leaseDurationMs + EPSILON_MS + 1
  const outlivedByMs = unrenewedMs(by, 'monotonic') - limitMs
  if (outlivedByMs <= 0) return []
  const fault = `S4: the work of ${by.process.name} outlived its lease by ${Math.round(outlivedByMs)} ms`
  return [...(term.hasReportedOverrun ? [] : [`${fault}, untold`]), ...(by.onOverrun === 'exit' ? [fault] : [])]
}

/** S4 for a command: it is gone before its lease has run out, whatever became of `join` or of its watchdog. */
export function faultsOfCommand({ by, actor }: ActingTerm, nowMs: number, timings: Timings): string[] {
  const { resumed, rate } = actor
  if (resumed && nowMs - resumed.atMs <= (WAKE_TICK_MS + 1) / rate + KILL_MS) return []
  const outlivedByMs = unrenewedMs(by, 'monotonic') - timings.leaseDurationMs - EPSILON_MS
  return outlivedByMs > 0 ? [`S4: the command of ${by.process.name} outlived its lease by ${Math.round(outlivedByMs)} ms`] : []
}

/** How long ago the last renewal that was applied had been sent, on the process's own clocks; milliseconds. */
function unrenewedMs({ lastApplied, process }: CandidateState, which: 'both' | 'monotonic' = 'both'): number {
  if (!lastApplied) return Number.POSITIVE_INFINITY
  const { clock } = process
  const monotonicMs = clock.monotonicMs() - lastApplied.sent.monotonicMs
  return which === 'monotonic' ? monotonicMs : Math.max(monotonicMs, clock.wallMs() - lastApplied.sent.wallMs)
}
