import type { ApiClient } from '../cluster/client.ts'
import { harmless } from '../lease/harmless.ts'
import type { LockKind, ElectionRef } from '../lease/election-ref.ts'
import { AnnotationLock } from './annotation-lock.ts'
import type { HandoverLock } from './handover.ts'
import { LeaseLock } from './lease-lock.ts'
import type { ObjectLockOptions } from './object-lock.ts'
import { LockAddressError } from './lock-address-error.ts'
import { parseRedisAddress, type RedisAddress } from './redis-address.ts'

/** An election in a cluster, as the user named it: `lease/x`, `cm/x`, or plain `x`. */
export interface ClusterLockAddress {
  /** Null if no type was named. */
  readonly lock: LockKind | null
  readonly name: string
}

/** An election in Redis. */
export interface RedisLockAddress extends RedisAddress {
  readonly lock: 'redis'
}

export type LockAddress = ClusterLockAddress | RedisLockAddress

const LOCK_BY_TYPE: ReadonlyMap<string, LockKind> = new Map([
  ...['lease', 'leases', 'lease.coordination.k8s.io', 'leases.coordination.k8s.io'].map((type) => [type, 'lease'] as const),
  ['leases.v1.coordination.k8s.io', 'lease'],
  ...['configmap', 'configmaps', 'cm'].map((type) => [type, 'configmap'] as const),
  ...['endpoints', 'endpoint', 'ep'].map((type) => [type, 'endpoints'] as const),
])

/** RFC 1123, as apimachinery's `IsDNS1123Subdomain`. */
const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/

/**
 * Reads `[TYPE/]NAME` as kubectl users write it, or a `redis://` URL.
 *
 * @throws LockAddressError if the type cannot store an election, or the name is invalid
 */
export function parseLockAddress(text: string): LockAddress {
  if (/^rediss?:/.test(text)) return { lock: 'redis', ...parseRedisAddress(text) }
  const [first = '', ...rest] = text.split('/')
  if (rest.length === 0) return { lock: null, name: validName(first) }
  const lock = LOCK_BY_TYPE.get(first.toLowerCase())
  if (!lock || rest.length > 1) {
    throw new LockAddressError(
      `"${harmless(text, 100)}" is not a valid election name. Use NAME, lease/NAME, configmap/NAME or endpoints/NAME.`,
      rest.length === 1 && SUBDOMAIN.test(first) ? first : null,
    )
  }
  return { lock, name: validName(rest[0]!) }
}

/** The lock of an election in a cluster. */
export function clusterLock(client: ApiClient, { lock, namespace, name }: ElectionRef, options: ObjectLockOptions = {}): HandoverLock {
  const place = { namespace, name }
  return lock === 'lease' ? new LeaseLock(client, place, options) : new AnnotationLock(client, lock, place, options)
}

function validName(name: string): string {
  if (name.length > 0 && name.length <= 253 && SUBDOMAIN.test(name)) return name
  throw new LockAddressError(
    `"${harmless(name, 100)}" is not a valid election name: use lowercase letters, digits, "-" and ".", and ` +
      'start and end with a letter or digit.',
  )
}
