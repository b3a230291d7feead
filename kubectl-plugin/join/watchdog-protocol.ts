import type { Moment } from '../../shared/lease/status.ts'
import { PASSED_SIGNALS } from '../interruption.ts'

/** When a command must be gone that nobody renews a lease for; milliseconds since the last renewal was sent. */
export interface Deadlines {
  /** It is told to end (SIGTERM), should `join` not have told it. */
  readonly endAfterMs: number
  /** It is killed (SIGKILL). */
  readonly killAfterMs: number
}

/** Signals that are not `join`'s own business: the command gets them. */
export type PassedSignal = (typeof PASSED_SIGNALS)[number]

/** What `join` tells its watchdog. Moments are of the machine's clocks: see `machine-clock.ts`. */
export type Instruction =
  /** Get the command ready: a process that waits for `go`, and ends by itself if the watchdog does first. */
  | {
      readonly type: 'start'
      readonly command: readonly string[]
      /** Added to the watchdog's own environment. */
      readonly env: Readonly<Record<string, string>>
      readonly deadlines: Deadlines
      readonly renewed: Moment
    }
  /** `join` knows the process that waits, and can end it without the watchdog: it may become the command. */
  | { readonly type: 'go' }
  /** The lease was renewed, by a request that was sent at this moment. */
  | { readonly type: 'renewed'; readonly renewed: Moment }
  /** Send the command a signal that is meant for it. */
  | { readonly type: 'signal'; readonly signal: PassedSignal }
  /** End the command: SIGTERM now, SIGKILL once `graceMs` have passed or the deadline has. */
  | { readonly type: 'stop'; readonly graceMs: number }

/** An instruction, and its number: 1, 2, 3… in the order in which they are sent. Each is answered by `heard`. */
export type Order = Instruction & { readonly number: number }

/** What the watchdog tells `join`. */
export type Report =
  /** The order of this number was heard, and all before it. Without a number: all that were sent by now. */
  | { readonly type: 'heard'; readonly number?: number }
  /** This process waits for `go`. */
  | { readonly type: 'waiting'; readonly pid: number }
  /** It has become the command. */
  | { readonly type: 'started'; readonly pid: number }
  /** It can't be run; `code` is the system's, like ENOENT. */
  | { readonly type: 'not-run'; readonly code: string; readonly message: string }
  /** The command itself has ended; others of its process group may not have. */
  | {
      readonly type: 'exited'
      readonly exitCode: number | null
      readonly signal: NodeJS.Signals | null
      /** Whether it was told to. */
      readonly wasTold: boolean
    }
  /** Its whole process group is gone. */
  | { readonly type: 'gone' }

/** What was received, if it is an order that can be followed. The watchdog must outlive any that can't. */
export function asOrder(message: unknown): Order | null {
  const order = message as Order | null
  if (typeof order !== 'object' || order === null || !Number.isFinite(order.number)) return null
  switch (order.type) {
    case 'start':
      return isCommand(order) && isMoment(order.renewed) ? order : null
    case 'renewed':
      return isMoment(order.renewed) ? order : null
    case 'signal':
      return PASSED_SIGNALS.includes(order.signal) ? order : null
    case 'stop':
      return Number.isFinite(order.graceMs) ? order : null
    case 'go':
      return order
    default:
      return null
  }
}

function isCommand(order: object): boolean {
  const { command, env, deadlines } = order as { command?: unknown; env?: unknown; deadlines?: Partial<Deadlines> | null }
  const areTexts = (values: readonly unknown[]): boolean => values.every((value) => typeof value === 'string')
  const isProgram = Array.isArray(command) && command.length > 0 && areTexts(command)
  const isEnvironment = typeof env === 'object' && env !== null && areTexts(Object.values(env))
  return isProgram && isEnvironment && Number.isFinite(deadlines?.endAfterMs) && Number.isFinite(deadlines?.killAfterMs)
}

function isMoment(moment: Partial<Moment> | null | undefined): boolean {
  return Number.isFinite(moment?.monotonicMs) && Number.isFinite(moment?.wallMs)
}
