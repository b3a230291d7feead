import { durationText } from '../../shared/duration.ts'
import type { KeepPlan } from '../../shared/keep/keep-election.ts'
import type { ProcessSample } from '../../shared/keep/process/process-sample.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { placeText } from '../../shared/lease/election-ref.ts'

/** What the user has to confirm. */
export interface ShownKeep extends KeepPlan {
  readonly identity: string
  /** See `contextText`. */
  readonly context: string
  readonly pid: number
  readonly process: ProcessSample
  /** Milliseconds; 0 means no limit. */
  readonly maxHoldMs: number
  readonly isReleasing: boolean
}

export const QUESTION = 'Keep the lease?'

/** Runtimes whose debuggers stop a program from the inside, by the names of their programs. */
const RUNTIMES: readonly (readonly [RegExp, string])[] = [
  [/^java$/, 'the JVM'],
  [/^node(js)?$/, 'Node.js'],
  [/^python[\d.]*$/, 'Python'],
  [/^dotnet$/, '.NET'],
]

/** The plan as text, for the question. */
export function planText({ place, election, identity, context, pid, process, maxHoldMs, isReleasing }: ShownKeep): string {
  const limit = maxHoldMs === 0 ? 'without a limit' : `for at most ${durationText(maxHoldMs)} per stop (--max-hold)`
  const after = isReleasing ? 'released if it is certain that the process held it, and otherwise expires' : 'not released, but expires'
  return [
    `Election:  ${harmless(placeText(place))}`,
    `Context:   ${harmless(context)}`,
    `Process:   ${pid} (${harmless(process.command)}), ${process.state}`,
    `Identity:  ${harmless(identity, 120)}, ${holderText(election, identity)}`,
    `While the process is stopped, this command renews the lease in its name, ${limit}. The election's work stops for that time.`,
    `When the process has ended, the lease is ${after}.`,
    ...cautions(process),
  ].join('\n')
}

export function planJson({ place, identity, context, pid, process, maxHoldMs, isReleasing, election }: ShownKeep): object {
  const holderIdentity = election?.record.holderIdentity ?? ''
  return { type: 'plan', ...place, context, identity, holderIdentity, pid, command: process.command, state: process.state, maxHoldMs, isReleasing }
}

function holderText(election: KeepPlan['election'], identity: string): string {
  const holder = election?.record.holderIdentity ?? ''
  if (holder === identity) return 'the current holder'
  return holder === '' ? 'the lease has no holder' : `the current holder is ${harmless(holder, 120)}`
}

function cautions({ command, state }: ProcessSample): string[] {
  const cautions: string[] = []
  const runtime = RUNTIMES.find(([name]) => name.test(command))?.[1]
  if (runtime !== undefined) cautions.push(`The process runs ${runtime}. Pauses of its own debugger cannot be seen from outside; only a stop by a signal, gdb or lldb can.`)
  if (state === 'stopped') cautions.push('The process is already stopped. keep renews its lease from the next stop on, after it has observed the process renew it.')
  return cautions.map((text) => `Caution: ${text}`)
}
