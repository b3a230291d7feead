import type { ConnectionFlags } from '../connection-flags.ts'

/** The flags of `failover`. Durations are in milliseconds. */
export interface FailoverFlags extends ConnectionFlags {
  readonly selector?: string
  readonly allNamespaces?: boolean
  readonly onNode?: readonly string[]
  readonly inZone?: readonly string[]
  readonly atOnce?: number
  readonly to?: string
  readonly notOn?: readonly string[]
  readonly notIn?: readonly string[]
  readonly tries?: number
  readonly blockFor?: number
  readonly deletePod?: boolean
  readonly reason?: string
  readonly dryRun?: 'client' | 'server'
  readonly yes?: boolean
  readonly force?: boolean
  readonly timeout?: number
  readonly output?: 'json'
}
