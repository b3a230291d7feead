import type { RedisClientType, RedisFunctions, RedisModules, RedisScripts } from '@redis/client'
import { LockError } from './errors.ts'
import type { RedisAddress } from './redis-address.ts'
import { redisError, type RedisFacts } from './redis-error.ts'

/** RESP 2, which every Redis speaks. */
type RedisClient = RedisClientType<RedisModules, RedisFunctions, RedisScripts, 2>

const CONNECT_TIMEOUT_MS = 5_000

/**
 * A connection to one Redis, which is opened when it is needed and again when it is needed after it broke. A command is
 * sent at once or fails: none waits for a connection that may come back when its time is over.
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
   * Sends a command. When the signal is aborted before the answer, the connection is given up with it: one that hangs
   * is of no use to the next command either.
   *
   * @throws LockError
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
   * Listens to a channel on a connection of its own, until the signal is aborted.
   *
   * @param onSubscribed called once nothing that is published can be missed any more
   * @throws LockError when the connection can't be made, or breaks
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

  /** Closes the connection; the next command opens another. */
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
    // Whoever waits for an answer is told; without a listener it would end the process.
    client.on('error', () => undefined)
    try {
      await client.connect()
      return client
    } catch (error) {
      client.destroy()
      throw redisError(error, this.#facts, 'rejected')
    }
  }

  /** Lets go of the connection when it could not be opened, or breaks. */
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

/** Also a connection that is still being made: it can't be stopped before it is. */
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
