import { recordFromAnnotation, type ElectionRecord } from '../lease/record.ts'
import { writeRecordJson } from './annotation-record.ts'
import { LockError, type LockErrorKind } from './errors.ts'
import { handoverMark, isHandedOver, type HandoverLock } from './handover.ts'
import type { LockedRecord, LockEvent } from './lock.ts'
import { redisServer, type RedisAddress } from './redis-address.ts'
import { RedisConnection } from './redis-connection.ts'
import type { RedisFacts } from './redis-error.ts'
import { WRITE_SCRIPT } from './redis-script.ts'

/** Passed to {@link WRITE_SCRIPT} in place of an expected version: there must be no record. */
const NONE = ''

const LOST: Readonly<Record<string, [LockErrorKind, string]>> = {
  exists: ['exists', 'Another client created it in the meantime.'],
  absent: ['absent', 'It was deleted in the meantime.'],
  conflict: ['conflict', 'Another client wrote it in the meantime.'],
}

/**
 * A lock in Redis. The key is a hash with the fields `version` and `record`, the JSON that client-go writes into
 * annotations. A second key, `{KEY}:version`, counts the versions, and keeps counting if the first key is deleted. Changes
 * are published on a channel. The keys never expire: as in Kubernetes, standbys decide whether a leader is gone.
 *
 * What it does **not** guarantee: Redis can lose writes that it has confirmed, if it ends before they are saved, or if a
 * replica without them takes over. A lost acquisition can create two leaders, and a lost counter can repeat fencing
 * tokens. If that must not happen, run Redis with `appendfsync always` and without automatic failover, or use a Lease.
 * Eviction (`maxmemory-policy`) must not affect these keys. This uses a single Redis, not Redlock.
 *
 * The user needs `+hgetall +eval +hget +exists +incr +set +hset +hdel +publish +subscribe` (and `+select`) on the two
 * keys and the channel. Without `publish` or `subscribe`, candidates poll.
 */
export class RedisLock implements HandoverLock, Disposable {
  readonly description: string
  readonly #key: string
  readonly #counter: string
  readonly #channel: string
  readonly #facts: RedisFacts
  readonly #connection: RedisConnection

  constructor(address: RedisAddress) {
    const { key, database } = address
    const server = redisServer(address)
    this.#facts = { server, key }
    this.description = `${server}?key=${key}`
    this.#key = key
    // In a Redis Cluster, both keys must be in the same slot. The part of a key in braces decides.
    const slot = /\{[^}]+\}/.test(key) ? key : `{${key}}`
    this.#counter = `${slot}:version`
    // All databases share their channels, so the channel's name contains the database.
    this.#channel = `${slot}:changes:${database}`
    this.#connection = new RedisConnection(address, this.#facts)
  }

  async read(signal: AbortSignal): Promise<LockedRecord | null> {
    const fields = await this.#connection.run((client) => client.hGetAll(this.#key), signal)
    if (Object.keys(fields).length === 0) return null
    const locked = lockedFrom(fields['version'], fields['handover'], fields['record'])
    if (locked) return locked
    const { server, key } = this.#facts
    throw new LockError('rejected', `The key "${key}" at ${server} contains a hash that is not an election. Use another key.`)
  }

  async create(record: ElectionRecord, signal: AbortSignal): Promise<LockedRecord> {
    return this.#write(null, record, '', signal)
  }

  async update(previous: LockedRecord, record: ElectionRecord, signal: AbortSignal): Promise<LockedRecord> {
    return this.#write(previous, record, '', signal)
  }

  async handOver(
    previous: LockedRecord,
    record: ElectionRecord,
    nonce: string,
    signal: AbortSignal,
  ): Promise<LockedRecord> {
    return this.#write(previous, record, handoverMark(nonce, record), signal)
  }

  async watch(listener: (event: LockEvent) => void, signal: AbortSignal): Promise<void> {
    const tell = (locked: LockedRecord | null): void => {
      if (locked && !signal.aborted) listener({ type: 'written', locked })
    }
    const onMessage = (message: string): void => {
      const [version, mark, json] = message.split('\n', 3)
      tell(lockedFrom(version, mark, json))
    }
    await this.#connection.listen(this.#channel, onMessage, async () => tell(await this.read(signal)), signal)
  }

  /** Closes the connection. An open one keeps the process alive. */
  [Symbol.dispose](): void {
    this.#connection.close()
  }

  async #write(
    previous: LockedRecord | null,
    record: ElectionRecord,
    mark: string,
    signal: AbortSignal,
  ): Promise<LockedRecord> {
    const expected = typeof previous?.handle === 'string' ? previous.handle : NONE
    const json = writeRecordJson(record, expected)
    const script = {
      keys: [this.#key, this.#counter],
      arguments: [previous?.version ?? NONE, json, mark, this.#channel, expected],
    }
    const reply = await this.#connection.run((client) => client.eval(WRITE_SCRIPT, script), signal)
    const [outcome, version] = reply as unknown as [string, string | undefined]
    const lost = LOST[outcome]
    if (lost) throw new LockError(lost[0], `${this.description} was not written. ${lost[1]}`)
    const locked = lockedFrom(version, mark, json)
    if (!locked) throw new LockError('unknown', `${this.description} returned an unknown answer to a write.`)
    return { ...locked, record }
  }
}

function lockedFrom(version: unknown, mark: unknown, json: unknown): LockedRecord | null {
  if (typeof version !== 'string' || !/^\d+$/.test(version) || typeof json !== 'string') return null
  const record = recordFromAnnotation(json)
  return record && { record, version, handedOver: isHandedOver(mark, record), handle: json }
}
