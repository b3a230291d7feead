import { LockError, type LockErrorKind } from './errors.ts'

/** The Redis and the key, for messages. */
export interface RedisFacts {
  /** The URL without a password. */
  readonly server: string
  readonly key: string
}

/** The kind and message for each error code of Redis. Any other code may have interrupted a write, so its outcome is unknown. */
const REPLIES: Readonly<Record<string, readonly [LockErrorKind, (facts: RedisFacts) => string]>> = {
  NOAUTH: ['forbidden', ({ server }) => `${server} requires a password. Put it in the URL: redis://:PASSWORD@HOST:PORT/DB?key=NAME.`],
  WRONGPASS: ['forbidden', ({ server }) => `${server} rejected the user name and password.`],
  NOPERM: ['forbidden', ({ server, key }) => `The user at ${server} is not allowed to run the commands that an election in the key "${key}" needs.`],
  WRONGTYPE: ['rejected', ({ server, key }) => `The key "${key}" at ${server} contains data that is not an election. Use another key.`],
  READONLY: ['rejected', ({ server }) => `${server} is a read-only replica. Use the address of the primary.`],
  MOVED: ['rejected', ({ server, key }) => `${server} is part of a cluster in which another node stores the key "${key}". Use that node's address.`],
  CROSSSLOT: ['rejected', ({ server, key }) => `${server} is part of a cluster, and cannot store the key "${key}" together with its counter. Use a key without braces.`],
  CLUSTERDOWN: ['rejected', ({ server }) => `The cluster of ${server} is down.`],
  MASTERDOWN: ['rejected', ({ server }) => `${server} is a replica that has lost its primary.`],
  LOADING: ['rejected', ({ server }) => `${server} is starting, and is still loading its data.`],
  BUSY: ['rejected', ({ server }) => `${server} is busy with a script.`],
  TRYAGAIN: ['rejected', ({ server }) => `${server} is moving the key to another node of its cluster.`],
  OOM: ['rejected', ({ server }) => `${server} is out of memory, and rejects writes.`],
  MISCONF: ['rejected', ({ server }) => `${server} rejects writes because it cannot save its data.`],
  NOREPLICAS: ['rejected', ({ server }) => `${server} rejects writes because it has too few replicas.`],
}

const CONNECTING: Readonly<Record<string, (server: string) => string>> = {
  ECONNREFUSED: (server) => `${server} refused the connection. Check that Redis is running and that the address is correct.`,
  ENOTFOUND: (server) => `Cannot resolve the host name of ${server}. Check the URL and the network.`,
  EAI_AGAIN: (server) => `Cannot resolve the host name of ${server}: the DNS server does not respond. Check the network.`,
  EHOSTUNREACH: (server) => `There is no route to ${server}. Check the network.`,
  ENETUNREACH: (server) => `There is no route to ${server}. Check the network.`,
}

/**
 * Translates an error of the Redis client.
 *
 * @param otherReply the kind for a reply whose error code is not known
 */
export function redisError(error: unknown, facts: RedisFacts, otherReply: LockErrorKind = 'unknown'): LockError {
  if (error instanceof LockError) return error
  const { message, code } = error instanceof Error ? (error as NodeJS.ErrnoException) : { message: String(error) }
  // Redis 7 reports the error of a script directly. Older versions wrap it: `ERR Error running script … READONLY`.
  const word = /^(?:ERR Error running script.*?)?-?([A-Z]{2,})\b/.exec(message)?.[1] ?? ''
  const reply = REPLIES[word] ?? (/invalid password/i.test(message) ? REPLIES['WRONGPASS'] : undefined)
  if (reply) return new LockError(reply[0], reply[1](facts), { cause: error })
  if (/^[A-Z]{2,} /.test(message)) {
    return new LockError(otherReply, `${facts.server} answered with an error: ${message}.`, { cause: error })
  }
  const known = CONNECTING[code ?? '']
  const text = known ? known(facts.server) : `No answer from ${facts.server}: ${message || code}.`
  return new LockError('unknown', text, { cause: error })
}
