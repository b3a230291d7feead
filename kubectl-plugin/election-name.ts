import { LockAddressError } from '../shared/locks/lock-address-error.ts'
import { parseLockAddress, type ClusterLockAddress, type LockAddress } from '../shared/locks/lock-address.ts'
import { CommandError } from './exit-code.ts'

/**
 * Parses `[TYPE/]NAME`, for the commands that work on a cluster.
 *
 * @throws CommandError if the type is not a kind of lock, or the name is not a valid object name.
 */
export function parseElectionName(text: string): ClusterLockAddress {
  const inRedis = /^rediss?:/.test(text)
  if (inRedis) throw new CommandError('This command does not support Redis. Only join can use an election in Redis.')
  return parseAddress(text) as ClusterLockAddress
}

/**
 * Parses `[TYPE/]NAME` or a `redis://` URL.
 *
 * @throws CommandError if it is neither
 */
export function parseAddress(text: string): LockAddress {
  try {
    return parseLockAddress(text)
  } catch (error) {
    if (!(error instanceof LockAddressError)) throw error
    const hint = error.namespace === null ? '' : ` For a namespace, use -n ${error.namespace}.`
    throw new CommandError(`${error.message}${hint}`)
  }
}
