import { hasLostWatchdog, type Ending } from './judge.ts'
import { KINDS } from './plan.ts'
import type { Outcome } from './run.ts'

/** What a run came to, for people. */
export function report({ violations, kinds, endings, pulses, terms, durationMs, folder }: Outcome): string {
  const others = endings.filter((ending) => ending.exit === 125 && !hasLostWatchdog(ending))
  const total = [...kinds.values()].reduce((sum, count) => sum + count, 0)
  return [
    '',
    `${total} interruptions in ${Math.round(durationMs / 1000)} s: ${KINDS.map((kind) => `${kind} ${kinds.get(kind) ?? 0}`).join(', ')}`,
    `${terms} terms led, ${pulses.length} processes of commands, ${endings.length} candidates`,
    `ended with: ${counts(endings.map(({ exit }) => String(exit)))}`,
    `a watchdog given up after: ${counts(endings.filter(hasLostWatchdog).map(causeOf))}`,
    `other endings with 125: ${counts(others.map(({ stderr }) => messageOf(stderr)))}`,
    `${violations.length} violations`,
    ...violations.map((violation) => `VIOLATION: ${violation}`),
    ...(folder === null ? [] : [`The journals of the commands, and what each join told, are in ${folder}.`]),
  ].join('\n')
}

/** The harshest that was done to the watchdog. */
function causeOf({ disturbances }: Ending): string {
  if (disturbances.some(({ kind }) => kind === 'kill-watchdog')) return 'kill-watchdog'
  const stoppedMs = disturbances.filter(({ kind }) => kind === 'stop-watchdog').map(({ durationMs }) => durationMs)
  const longestMs = Math.max(0, ...stoppedMs)
  if (longestMs === 0) return disturbances.map(({ kind }) => kind).join(' + ') || 'nothing'
  return longestMs < 500 ? 'stop-watchdog below 0.5 s' : longestMs < 5_000 ? 'stop-watchdog of 0.5 to 5 s' : 'stop-watchdog above 5 s'
}

/** Without what differs from one to the other. */
function messageOf(stderr: string): string {
  return stderr.trim().replace(/http:\S+/, 'the server')
}

function counts(items: readonly string[]): string {
  const found = new Map<string, number>()
  for (const item of items) found.set(item, (found.get(item) ?? 0) + 1)
  return [...found].map(([item, count]) => `${item} ${count}`).join(', ') || 'none'
}
