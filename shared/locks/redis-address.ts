import { LockAddressError } from './lock-address-error.ts'

/** The address of a key in a Redis. */
export interface RedisAddress {
  readonly host: string
  readonly port: number
  readonly database: number
  readonly isTls: boolean
  readonly username: string | undefined
  readonly password: string | undefined
  readonly key: string
}

const DEFAULT_PORT = 6379

/**
 * Reads `redis://[[USER]:PASSWORD@]HOST[:PORT][/DB]?key=NAME`; `rediss://` for TLS. Special characters must be
 * percent-encoded.
 *
 * @throws LockAddressError if the URL is invalid; the message never repeats the URL, because it may contain a password
 */
export function parseRedisAddress(text: string): RedisAddress {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || (url.protocol !== 'redis:' && url.protocol !== 'rediss:') || url.hostname === '') {
    throw refused('does not have the form redis://HOST:PORT/DB?key=NAME')
  }
  const database = url.pathname.replace(/^\//, '')
  if (!/^\d{0,9}$/.test(database)) throw refused('has a path that is not a database number')
  if (url.hash !== '') throw refused('contains #. Write it as %23')
  // Do not name the parameter: if a user name or password has an unencoded "?", the rest of it is parsed as parameters.
  if ([...url.searchParams.keys()].some((parameter) => parameter !== 'key')) throw refused('has a parameter other than "key"')
  const keys = url.searchParams.getAll('key')
  if (keys.length !== 1 || keys[0] === '') throw refused('must name exactly one key, as in ?key=NAME')
  return {
    // A URL has IPv6 addresses in brackets.
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
    database: Number(database),
    isTls: url.protocol === 'rediss:',
    username: decoded(url.username),
    password: decoded(url.password),
    key: keys[0]!,
  }
}

/** The server, for messages, without the password: `redis://host:6379/0`. */
export function redisServer({ host, port, database, isTls }: RedisAddress): string {
  return `${isTls ? 'rediss' : 'redis'}://${host.includes(':') ? `[${host}]` : host}:${port}/${database}`
}

function decoded(text: string): string | undefined {
  if (text === '') return undefined
  try {
    return decodeURIComponent(text)
  } catch {
    throw refused('has a user or password that is not percent-encoded correctly')
  }
}

function refused(problem: string): LockAddressError {
  return new LockAddressError(`The Redis URL ${problem}.`)
}
