import type { RedisClientType, RedisFunctions, RedisModules, RedisScripts } from '@redis/client'
import { LockError } from './errors.ts'
import type { RedisAddress } from './redis-address.ts'
import { redisError, type RedisFacts } from './redis-error.ts'

/** RESP 2, which every Redis speaks. */
type RedisClient = RedisClientType<RedisModules, RedisFunctions, RedisScripts, 2>

const CONNECT_TIMEOUT_MS = 5_000

/**
 * A connection to one Redis. It is opened for the first command, and again for the first command after it broke. A command
 * never waits for a broken connection to come back, because by then its deadline may have passed.
 */
export class RedisConnection {
  readonly #address: RedisAddress
  readonly #facts: RedisFacts
  #opening: Promise<RedisClient> | null = null

  constructor(address: RedisAddress, facts: RedisFacts) {
    this.#address = address
    this.#facts = facts
  }

  /**
   * Sends a command. If the signal is aborted before the answer arrives, the connection is closed as well: if it hangs,
   * the next command would hang too.
   *
   * @throws LockError if the connection or the command fails, or the signal is aborted
   */
  async run<T>(command: (client: RedisClient) => Promise<T>, signal: AbortSignal): Promise<T> {
    const opening = (this.#opening ??= this.#keep(this.#connect()))
    try {
      return await orAborted(
        opening.then((client) => command(client)),
        signal,
      )
    } catch (error) {
      if (signal.aborted) this.#discard(opening)
      throw redisError(error, this.#facts)
    }
  }

  /**
   * Subscribes to a channel, on a connection of its own, until the signal is aborted.
   *
   * @param onSubscribed called once every later message will be received
   * @throws LockError if the connection cannot be opened, or breaks
   */
  async listen(
    channel: string,
    onMessage: (message: string) => void,
    onSubscribed: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const opening = this.#connect()
    const follow = async (): Promise<never> => {
      const client = await opening
      const broken = new Promise<never>((_, reject) => client.on('error', reject))
      const listening = client.subscribe(channel, onMessage).then(onSubscribed)
      await Promise.race([broken, listening])
      return broken
    }
    try {
      await orAborted(follow(), signal)
    } catch (error) {
      if (!signal.aborted) throw redisError(error, this.#facts)
    } finally {
      destroy(opening)
    }
  }

  /** Closes the connection. The next command opens another one. */
  close(): void {
    if (this.#opening) this.#discard(this.#opening)
  }

  async #connect(): Promise<RedisClient> {
    const { createClient } = await import('@redis/client')
    const { host, port, database, isTls, username, password } = this.#address
    const client = createClient({
      RESP: 2,
      socket: { host, port, tls: isTls, connectTimeout: CONNECT_TIMEOUT_MS, reconnectStrategy: false },
      database,
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      disableOfflineQueue: true,
      disableClientInfo: true,
      maintNotifications: 'disabled',
    } as Parameters<typeof createClient>[0]) as unknown as RedisClient
    // The pending command rejects with the error as well. Without a listener, the event would end the process.
    client.on('error', () => undefined)
    try {
      await client.connect()
      return client
    } catch (error) {
      client.destroy()
      throw redisError(error, this.#facts, 'rejected')
    }
  }

  /** Forgets the connection if it could not be opened, or breaks. */
  #keep(opening: Promise<RedisClient>): Promise<RedisClient> {
    const forget = (): void => this.#discard(opening)
    opening.then((client) => client.on('error', forget), forget)
    return opening
  }

  #discard(opening: Promise<RedisClient>): void {
    if (this.#opening === opening) this.#opening = null
    destroy(opening)
  }
}

/** Closes a connection, even one that is still being opened: the client can only close it after that. */
function destroy(opening: Promise<RedisClient>): void {
  opening.then(
    (client) => client.destroy(),
    () => undefined,
  )
}

async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort: (() => void) | undefined
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(reasonOf(signal))
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort!)
  }
}

function reasonOf(signal: AbortSignal): LockError {
  const reason: unknown = signal.reason
  return reason instanceof LockError ? reason : new LockError('unknown', 'The request was canceled.', { cause: reason })
}
