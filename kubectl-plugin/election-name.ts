import { LockAddressError } from '../shared/locks/lock-address-error.ts'
import { parseLockAddress, type ClusterLockAddress, type ClusterLockKind } from '../shared/locks/lock-address.ts'
import { CommandError } from './exit-code.ts'

export type { ClusterLockKind }

/** What a user named: `lease/x`, `cm/x`, or plain `x`. */
export type ElectionName = ClusterLockAddress

/**
 * Reads `[TYPE/]NAME` as kubectl users write it, for the commands that look at a cluster.
 *
 * @throws CommandError where the type is none that carries an election, or no object can have that name.
 */
export function parseElectionName(text: string): ElectionName {
  const inRedis = /^rediss?:/.test(text)
  if (inRedis) throw new CommandError('An election in Redis can only be joined: this command looks at those in a cluster.')
  try {
    return parseLockAddress(text) as ClusterLockAddress
  } catch (error) {
    if (error instanceof LockAddressError) throw new CommandError(error.message)
    throw error
  }
}
