import { CALM_HEARING_MS, HEARING_MS } from '../../../shared/guard/supervisor.ts'
import type { Kind } from './plan.ts'

/** How long one process of a command ran, by its own account; milliseconds of a clock that all processes share. */
export interface Pulse {
  readonly election: string
  readonly candidate: string
  /** The fencing token of its term. */
  readonly token: string
  readonly pid: number
  readonly firstMs: number
  readonly lastMs: number
}

/** What was done to a candidate. */
export interface Disturbance {
  readonly kind: Kind
  /** How long it really lasted; 0 for what has no end. */
  readonly durationMs: number
}

/** How a `join` ended, and what had been done to it. */
export interface Ending {
  readonly candidate: string
  readonly exit: number | NodeJS.Signals
  readonly stderr: string
  /** Whether it got as far as to say that it is a candidate. */
  readonly hasBegun: boolean
  /** Why its terms ended, by what it told. */
  readonly reasons: readonly string[]
  readonly disturbances: readonly Disturbance[]
}

export interface Evidence {
  /** The elections that there were. */
  readonly elections: readonly string[]
  readonly pulses: readonly Pulse[]
  readonly endings: readonly Ending[]
  /** Processes that were left when all had ended. */
  readonly leftovers: readonly string[]
  /** Elections without a running command, long after the last interruption. */
  readonly leaderless: readonly string[]
}

/** By so much earlier than its patience ends, a watchdog must be continued to get its turn in time. */
const TURN_MS = 100

/** What must not be; empty where all is well. */
export function judge({ elections, pulses, endings, leftovers, leaderless }: Evidence): string[] {
  return [
    ...elections
      .filter((name) => !pulses.some(({ election }) => election === name))
      .map((name) => `${name}: no command ever ran, so nothing was tried`),
    ...elections.flatMap((name) => overlaps(pulses.filter(({ election }) => election === name))),
    ...endings.flatMap(wrongEnding),
    ...leftovers.map((what) => `left over: ${what}`),
    ...leaderless.map((name) => `${name}: no command runs, although nothing disturbs it any more`),
  ]
}

/** Whether `join` ended because it took its watchdog for lost. */
export function hasLostWatchdog({ exit, stderr }: Ending): boolean {
  return exit === 125 && stderr.includes('watchdog process was stopped or killed')
}

/** Every two processes of different terms that ran at once. */
function overlaps(pulses: readonly Pulse[]): string[] {
  const found: string[] = []
  let running: Pulse[] = []
  for (const pulse of pulses.toSorted((a, b) => a.firstMs - b.firstMs)) {
    running = running.filter(({ lastMs }) => lastMs >= pulse.firstMs)
    for (const other of running) {
      if (other.candidate === pulse.candidate && other.token === pulse.token) continue
      const ms = Math.min(other.lastMs, pulse.lastMs) - pulse.firstMs
      found.push(`${pulse.election}: ${nameOf(other)} and ${nameOf(pulse)} ran at once for ${ms.toFixed(1)} ms, from ${pulse.firstMs.toFixed(1)}`)
    }
    running.push(pulse)
  }
  return found
}

function nameOf({ candidate, token, pid }: Pulse): string {
  return `${candidate} (term ${token}, process ${pid})`
}

function wrongEnding(ending: Ending): string[] {
  const { candidate, exit, stderr, disturbances } = ending
  if (isOwed(ending)) return []
  const what = disturbances.map(({ kind, durationMs }) => `${kind} ${Math.round(durationMs)} ms`).join(', ') || 'nothing'
  return [`${candidate}: join ended with ${exit}, after ${what}: ${stderr.trim() || '(no message)'}`]
}

/** Whether a `join` might end so after what was done to it. */
function isOwed(ending: Ending): boolean {
  const { exit, hasBegun, disturbances } = ending
  const was = (...kinds: readonly Kind[]): boolean => disturbances.some(({ kind }) => kinds.includes(kind))
  if (exit === 'SIGKILL') return was('kill-join')
  // Before it can hear what it is asked, the system does what it does by default.
  if (exit === 'SIGTERM') return was('terminate-join') && !hasBegun
  if (hasLostWatchdog(ending)) {
    const enoughMs = patienceMs(ending) - TURN_MS
    return was('kill-watchdog') || disturbances.some(({ kind, durationMs }) => kind === 'stop-watchdog' && durationMs >= enoughMs)
  }
  // It can't begin without the API server.
  if (exit === 125) return was('cut', 'outage')
  // The command's own code, or that of an interruption.
  return [0, 130, 137, 143].includes(Number(exit)) && was('terminate-join')
}

/** How long a watchdog of this `join` may be stopped: longer where no command had to end. */
function patienceMs({ reasons, disturbances }: Ending): number {
  const isInHurry = disturbances.some(({ kind }) => kind === 'terminate-join') || reasons.some((reason) => reason !== 'stopped')
  return isInHurry ? HEARING_MS : CALM_HEARING_MS
}

/** Reads a command's journal; null where its process was killed before it wrote a moment. */
export function pulseOf(journal: string): Pulse | null {
  const [about, ...lines] = journal.slice(0, journal.lastIndexOf('\n') + 1).split('\n').slice(0, -1)
  if (about === undefined || lines.length === 0) return null
  const msOf = (line: string): number => Number(BigInt(line.split(' ')[1]!) / 1_000n) / 1e3
  return { ...(JSON.parse(about) as Omit<Pulse, 'firstMs' | 'lastMs'>), firstMs: msOf(lines[0]!), lastMs: msOf(lines.at(-1)!) }
}
