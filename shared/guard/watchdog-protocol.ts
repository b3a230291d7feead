import type { Moment } from '../lease/status.ts'

/** When a command must be gone if the lease is not renewed; milliseconds since the last renewal was sent. */
export interface Deadlines {
  /** When the command is told to end (SIGTERM), if `join` has not done so. */
  readonly endAfterMs: number
  /** When the command is killed (SIGKILL). */
  readonly killAfterMs: number
}

/** Signals that are passed to a command that runs while leading. */
export const PASSED_SIGNALS = ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'] as const

export type PassedSignal = (typeof PASSED_SIGNALS)[number]

/** The instructions of `join` to its watchdog. Moments refer to the machine's clocks: see `machine-clock.ts`. */
export type Instruction =
  /** Prepare the command: start a process that waits for `go`, and exits on its own if the watchdog exits first. */
  | {
      readonly type: 'start'
      readonly command: readonly string[]
      /** Added to the watchdog's own environment. */
      readonly env: Readonly<Record<string, string>>
      readonly deadlines: Deadlines
      readonly renewed: Moment
    }
  /** The waiting process may become the command, because `join` now knows it and can end it without the watchdog. */
  | { readonly type: 'go' }
  /** The lease was renewed, by a request that was sent at this moment. */
  | { readonly type: 'renewed'; readonly renewed: Moment }
  /** Pass a signal to the command. */
  | { readonly type: 'signal'; readonly signal: PassedSignal }
  /** End the command: SIGTERM now, SIGKILL after `graceMs` or at the deadline, whichever is earlier. */
  | { readonly type: 'stop'; readonly graceMs: number }

/** An instruction with its number: 1, 2, 3… in the order of sending. The watchdog answers each with `heard`. */
export type Order = Instruction & { readonly number: number }

/** The reports of the watchdog to `join`. */
export type Report =
  /** Acknowledges the order of this number and all before it; without a number, all orders sent so far. */
  | { readonly type: 'heard'; readonly number?: number }
  /** This process waits for `go`. */
  | { readonly type: 'waiting'; readonly pid: number }
  /** The waiting process has become the command. */
  | { readonly type: 'started'; readonly pid: number }
  /** The command cannot be run; `code` is the system's error code, for example ENOENT. */
  | { readonly type: 'not-run'; readonly code: string; readonly message: string }
  /** The command itself has ended. Other processes of its group may still run. */
  | {
      readonly type: 'exited'
      readonly exitCode: number | null
      readonly signal: NodeJS.Signals | null
      /** Whether the command was told to end. */
      readonly wasTold: boolean
    }
  /** The command's whole process group is gone. */
  | { readonly type: 'gone' }

/** Returns a message if it is a valid order, otherwise null. An invalid message must not crash the watchdog. */
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
