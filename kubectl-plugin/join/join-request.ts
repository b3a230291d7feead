import type { LockAddress } from '../../shared/locks/lock-address.ts'
import type { ConnectionFlags } from '../connection-flags.ts'
import type { ListenAddress } from './http-sidecar.ts'
import type { TimingFlags } from './timings.ts'

/** What the command line asks of `join`. */
export interface JoinRequest {
  readonly address: LockAddress
  /** Empty: none. */
  readonly command: readonly string[]
  readonly connection: ConnectionFlags
  readonly timings: TimingFlags
  /** Undefined: one of its own. */
  readonly identity: string | undefined
  /** 0 is without limit; undefined: by what it is for. */
  readonly maxHoldMs: number | undefined
  readonly http: ListenAddress | undefined
  readonly readyPort: number | undefined
  readonly isOnce: boolean
  readonly isReleasing: boolean
  readonly isAgreed: boolean
  readonly isForced: boolean
  /** Whether leadership is moved to this candidate, instead of waiting for it. */
  readonly isTaking: boolean
  readonly output: 'json' | 'text'
}
