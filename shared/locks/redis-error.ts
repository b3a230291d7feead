import { LockError, type LockErrorKind } from './errors.ts'

/** Which Redis it was, for messages. */
export interface RedisFacts {
  /** Without a password. */
  readonly server: string
  readonly key: string
}

/** What of a Redis error's code follows; a code that is not here may have come in the midst of a write. */
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
 * Turns what the Redis client threw into an error for a person.
 *
 * @param otherReply what an error that Redis answered means where its code does not say
 */
export function redisError(error: unknown, facts: RedisFacts, otherReply: LockErrorKind = 'unknown'): LockError {
  if (error instanceof LockError) return error
  const { message, code } = error instanceof Error ? (error as NodeJS.ErrnoException) : { message: String(error) }
  // A script that fails is told with the error inside it (Redis 7), or before it (`ERR Error running script … READONLY`).
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
