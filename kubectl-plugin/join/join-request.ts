import type { HealthSettings } from '../../shared/election/health-config.ts'
import type { Timings } from '../../shared/election/timings.ts'
import type { LockAddress } from '../../shared/locks/lock-address.ts'
import type { ConnectionFlags } from '../connection-flags.ts'
import type { Label } from '../label/label-request.ts'
import type { ListenAddress } from '../http-server.ts'

export interface OwnLabelRequest extends Label {
  /** Undefined: as the environment tells. */
  readonly pod: string | undefined
  /** Undefined: all Pods of the namespace. */
  readonly labelSelector: string | undefined
}

/** The request of a `join` command line. */
export interface JoinRequest {
  readonly address: LockAddress
  /** Empty if there is no command. */
  readonly command: readonly string[]
  readonly connection: ConnectionFlags
  readonly timings: Partial<Timings>
  /** Undefined: a generated one. */
  readonly identity: string | undefined
  /** In milliseconds. 0 means no limit; undefined: the default, which depends on the command and the holder. */
  readonly maxHoldMs: number | undefined
  readonly http: ListenAddress | undefined
  readonly readyPort: number | undefined
  /** Keeps a label on this candidate's Pod while it leads. */
  readonly label: OwnLabelRequest | undefined
  readonly health: HealthSettings | undefined
  readonly isOnce: boolean
  readonly isReleasing: boolean
  readonly isAgreed: boolean
  /** Whether to ask for confirmation also if there is a command. */
  readonly isAsking: boolean
  readonly isForced: boolean
  /** Whether to move leadership to this candidate instead of waiting for it. */
  readonly isTaking: boolean
  readonly output: 'json' | 'text'
}
