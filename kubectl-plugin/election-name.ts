import { harmless } from '../shared/lease/harmless.ts'
import type { LockKind } from '../shared/lease/election.ts'
import { CommandError } from './exit-code.ts'

/** The kinds of lock that live in a cluster, and so have a name within a namespace. */
export type ClusterLockKind = Exclude<LockKind, 'redis'>

/** What a user named: `lease/x`, `cm/x`, or plain `x`. */
export interface ElectionName {
  /** The kind of lock; null where the user named none. */
  readonly lock: ClusterLockKind | null
  readonly name: string
}

const LOCK_BY_TYPE: ReadonlyMap<string, ClusterLockKind> = new Map([
  ...['lease', 'leases', 'lease.coordination.k8s.io', 'leases.coordination.k8s.io'].map((type) => [type, 'lease'] as const),
  ['leases.v1.coordination.k8s.io', 'lease'],
  ...['configmap', 'configmaps', 'cm'].map((type) => [type, 'configmap'] as const),
  ...['endpoints', 'endpoint', 'ep'].map((type) => [type, 'endpoints'] as const),
])

const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/

/**
 * Reads `[TYPE/]NAME` as kubectl users write it.
 *
 * @throws CommandError where the type is none that carries an election, or no object can have that name.
 */
export function parseElectionName(text: string): ElectionName {
  if (/^rediss?:/.test(text)) {
    throw new CommandError('An election in Redis can only be joined: this command looks at those in a cluster.')
  }
  const [first = '', ...rest] = text.split('/')
  if (rest.length === 0) return { lock: null, name: validName(first) }
  const lock = LOCK_BY_TYPE.get(first.toLowerCase())
  if (!lock || rest.length > 1) {
    const hint = rest.length === 1 && SUBDOMAIN.test(first) ? ` For a namespace, write -n ${first}.` : ''
    throw new CommandError(
      `"${harmless(text, 100)}" is not an election's name. Write NAME, lease/NAME, configmap/NAME or endpoints/NAME.${hint}`,
    )
  }
  return { lock, name: validName(rest[0]!) }
}

function validName(name: string): string {
  if (name.length > 0 && name.length <= 253 && SUBDOMAIN.test(name)) return name
  throw new CommandError(
    `"${harmless(name, 100)}" can't be the name of an election: names are small letters, digits, "-" and ".", and ` +
      'begin and end with a letter or a digit.',
  )
}
