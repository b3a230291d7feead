import type { ConnectionFlags } from '../connection-flags.ts'

/** The flags of `keep`. Durations are in milliseconds. */
export interface KeepFlags extends ConnectionFlags {
  readonly pid: number
  readonly identity: string
  readonly maxHold: number
  readonly release: boolean
  readonly yes?: boolean
  readonly output?: 'json'
}
