import type { Moment } from '../../shared/lease/status.ts'

/** When a command must be gone that nobody renews a lease for; milliseconds since the last renewal was sent. */
export interface Deadlines {
  /** It is told to end (SIGTERM), should `join` not have told it. */
  readonly endAfterMs: number
  /** It is killed (SIGKILL). */
  readonly killAfterMs: number
}

/** What `join` tells its watchdog. Moments are of the machine's clocks: see `machine-clock.ts`. */
export type Order =
  | {
      readonly type: 'start'
      readonly command: readonly string[]
      /** Added to the watchdog's own environment. */
      readonly env: Readonly<Record<string, string>>
      readonly deadlines: Deadlines
      readonly renewed: Moment
    }
  /** The lease was renewed, by a request that was sent at this moment. Answered by `heard`. */
  | { readonly type: 'renewed'; readonly renewed: Moment }
  /** End the command: SIGTERM now, SIGKILL once `graceMs` have passed or the deadline has. Answered by `heard`. */
  | { readonly type: 'stop'; readonly graceMs: number }

/** What the watchdog tells `join`. */
export type Report =
  | { readonly type: 'heard' }
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
