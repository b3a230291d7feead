import { once } from 'node:events'
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RedisLock } from '../../shared/locks/redis-lock.ts'
import type { LockedRecord } from '../../shared/locks/lock.ts'
import { parseRedisAddress } from '../../shared/locks/redis-address.ts'
import { startRealRedis, type RealRedis, type RealRedisOptions } from '../support/real-redis.ts'
import { describeLock, Watching } from './conformance.ts'

describeLock('a key of a real Redis', { tellsDeletions: false, acknowledges: false }, async () => {
  const redis = await startRealRedis()
  const locks: RedisLock[] = []
  return {
    lock(name) {
      const lock = new RedisLock(parseRedisAddress(`${redis.url}?key=${name}`))
      locks.push(lock)
      return lock
    },
    async remove(name) {
      await redis.send('DEL', name)
    },
    async close() {
      for (const lock of locks) lock[Symbol.dispose]()
      await redis.close()
    },
  }
})

/** Hands bytes on to a port of this machine, until it is told to keep those of the connections there are. */
class Relay implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  static async to(port: number): Promise<Relay> {
    const relay = new Relay(port)
    await once(relay.#server.listen(0, '127.0.0.1'), 'listening')
    return relay
  }

  private constructor(port: number) {
    this.#server = createServer((socket) => {
      const onward = createConnection({ port, host: '127.0.0.1' })
      for (const end of [socket, onward]) {
        this.#sockets.add(end)
        end.on('error', () => undefined)
      }
      socket.pipe(onward).pipe(socket)
    })
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  silence(): void {
    for (const socket of this.#sockets) socket.unpipe().pause()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

const RECORD = {
  holderIdentity: 'a_1',
  leaseDurationSeconds: 15,
  leaseTransitions: 0,
  acquireTime: '2026-01-02T03:04:05.678901Z',
  renewTime: '2026-01-02T03:04:06.000009Z',
  strategy: null,
  preferredHolder: null,
}
const RENEWED = { ...RECORD, renewTime: '2026-01-02T03:04:08.123450Z' }

describe('a lock in a real Redis', () => {
  let resources: AsyncDisposableStack
  let signal: AbortSignal

  beforeEach(() => {
    resources = new AsyncDisposableStack()
    signal = AbortSignal.timeout(30_000)
  })
  afterEach(() => resources.disposeAsync())

  const start = async (options?: RealRedisOptions): Promise<RealRedis> => resources.use(await startRealRedis(options))
  const lockAt = (url: string, key = 'e'): RedisLock => resources.use(new RedisLock(parseRedisAddress(`${url}?key=${key}`)))

  it('works with a password', async () => {
    const lock = lockAt((await start({ password: 'p@ss/w?rd' })).url)
    await lock.create(RECORD, signal)
    expect((await lock.read(signal))!.record).toEqual(RECORD)
  })

  it('keeps the databases of one Redis apart', async () => {
    const { port } = await start()
    const [one, two] = [0, 7].map((database) => lockAt(`redis://127.0.0.1:${port}/${database}`)) as [RedisLock, RedisLock]
    const watching = new Watching(two)
    await two.create(RECORD, signal)
    await watching.next()
    const others = await one.create({ ...RECORD, holderIdentity: 'other' }, signal)
    await one.update(others, { ...RENEWED, holderIdentity: 'other' }, signal)
    await two.update((await two.read(signal))!, RENEWED, signal)
    expect(await watching.next()).toMatchObject({ locked: { record: RENEWED } })
    watching.stop()
  })

  it('keeps what others put beside the record', async () => {
    const redis = await start()
    const lock = lockAt(redis.url)
    const created = await lock.create(RECORD, signal)
    await redis.send('HSET', 'e', 'note', 'ours')
    await redis.send('HSET', 'e', 'record', JSON.stringify({ ...JSON.parse(created.handle as string), extra: 1 }))
    await lock.update((await lock.read(signal))!, RENEWED, signal)
    expect(await redis.send('HGET', 'e', 'note')).toContain('ours')
    expect(await redis.send('HGET', 'e', 'record')).toContain('"extra":1')
  })

  it('gives versions that grow on from the record when the counter was lost', async () => {
    const redis = await start()
    const lock = lockAt(redis.url)
    let last: LockedRecord = await lock.create(RECORD, signal)
    for (let count = 0; count < 4; count++) last = await lock.update(last, { ...RENEWED, leaseTransitions: count }, signal)
    await redis.send('DEL', '{e}:version')
    const next = await lock.update(last, RENEWED, signal)
    expect(Number(next.version)).toBe(Number(last.version) + 1)
    expect(Number((await lock.update(next, RECORD, signal)).version)).toBe(Number(last.version) + 2)
  })

  it('does not take a version from before the counter was lost for that of another record', async () => {
    const redis = await start()
    const lock = lockAt(redis.url)
    const before = await lock.create(RECORD, signal)
    await redis.send('FLUSHALL')
    const after = await lock.create({ ...RECORD, holderIdentity: 'other' }, signal)
    expect(after.version).toBe(before.version)
    await expect(lock.update(before, RENEWED, signal)).rejects.toMatchObject({ kind: 'conflict' })
    expect((await lock.read(signal))!.record.holderIdentity).toBe('other')
  })

  it.each([
    ['e', '{e}:version'],
    ['{app}.e', '{app}.e:version'],
  ])('has the counter of %s in the same hash slot', async (key, counter) => {
    const redis = await start()
    await lockAt(redis.url, encodeURIComponent(key)).create(RECORD, signal)
    expect(await redis.send('GET', counter)).toBe('$1\r\n1\r\n')
  })

  describe('says what is wrong, and writes nothing', () => {
    const refusal = async (lock: RedisLock): Promise<unknown> => lock.create(RECORD, signal).catch((error: unknown) => error)

    it.each<[string, RealRedisOptions, (redis: RealRedis) => string, string, RegExp]>([
      ['no password', { password: 'x' }, ({ port }) => `redis://127.0.0.1:${port}/0`, 'forbidden', /requires a password/],
      ['no password, in another database', { password: 'x' }, ({ port }) => `redis://127.0.0.1:${port}/1`, 'forbidden', /requires a password/],
      ['a wrong password', { password: 'x' }, ({ port }) => `redis://:secret-y@127.0.0.1:${port}/0`, 'forbidden', /rejected the user name and password/],
      ['a user that is not known', {}, ({ port }) => `redis://bob:secret-y@127.0.0.1:${port}/0`, 'forbidden', /rejected the user name and password/],
      ['a database that is not there', {}, ({ port }) => `redis://127.0.0.1:${port}/99`, 'rejected', /DB index is out of range/],
      ['no memory', { flags: ['--maxmemory', '1'] }, ({ url }) => url, 'rejected', /out of memory/],
    ])('%s', async (_what, options, url, kind, message) => {
      const redis = await start(options)
      const error = await refusal(lockAt(url(redis)))
      expect(error).toMatchObject({ kind, message: expect.stringMatching(message) })
      expect(String(error)).not.toContain('secret-y')
      expect(await redis.send('EXISTS', 'e', '{e}:version')).toBe(':0\r\n')
    })

    it('a user without the right', async () => {
      const redis = await start()
      await redis.send('ACL', 'SETUSER', 'bob', 'on', '>pw', '~e', '+@all')
      const error = await refusal(lockAt(`redis://bob:pw@127.0.0.1:${redis.port}/0`))
      expect(error).toMatchObject({ kind: 'forbidden', message: expect.stringContaining('is not allowed to run the commands that an election in the key "e" needs') })
      expect(await redis.send('EXISTS', 'e')).toBe(':0\r\n')
    })

    it('a replica', async () => {
      const primary = await start()
      const replica = await start({ replicaOf: primary.port })
      await expect.poll(() => replica.send('INFO', 'replication'), { timeout: 30_000 }).toContain('master_link_status:up')
      expect(await refusal(lockAt(replica.url))).toMatchObject({ kind: 'rejected', message: expect.stringContaining('is a read-only replica') })
    })

    it.each([
      ['a string', ['SET', 'e', 'x'], /contains data that is not an election/],
      ['a list', ['RPUSH', 'e', 'x'], /contains data that is not an election/],
      ['a hash of another program', ['HSET', 'e', 'x', 'y'], /a hash that is not an election/],
      ['a record that can\'t be read', ['HSET', 'e', 'version', '1', 'record', '['], /a hash that is not an election/],
    ])('%s at the key, to a reader', async (_what, command, message) => {
      const redis = await start()
      await redis.send(...command)
      await expect(lockAt(redis.url).read(signal)).rejects.toMatchObject({ kind: 'rejected', message: expect.stringMatching(message) })
      await expect(refusal(lockAt(redis.url))).resolves.toMatchObject({ name: 'LockError' })
      expect(await redis.send('TYPE', 'e')).not.toContain('none')
      expect(await redis.send('EXISTS', '{e}:version')).toBe(':0\r\n')
    })

    it('no server at the port', async () => {
      const redis = await start()
      await redis.kill()
      expect(await refusal(lockAt(redis.url))).toMatchObject({ kind: 'unknown', message: expect.stringContaining('refused the connection. Check that Redis is running') })
    })

    it('a host that is not known', async () => {
      expect(await refusal(lockAt('redis://nowhere.invalid:6379/0'))).toMatchObject({ kind: 'unknown', message: expect.stringContaining('Cannot resolve the host name') })
    })
  })

  describe('when Redis goes away', () => {
    it('fails at once, waits for nothing, and goes on when it is back', async () => {
      const redis = await start({ isPersistent: true })
      const lock = lockAt(redis.url)
      const created = await lock.create(RECORD, signal)
      await redis.kill()
      await expect(lock.update(created, RENEWED, signal)).rejects.toMatchObject({ kind: 'unknown' })
      await expect(lock.read(signal)).rejects.toMatchObject({ kind: 'unknown' })
      await redis.restart()
      // What failed was not kept to be written later.
      const found = await lock.read(signal)
      expect(found).toMatchObject({ record: RECORD, version: created.version })
      expect((await lock.update(found!, RENEWED, signal)).record).toEqual(RENEWED)
    })

    it('reports to watchers, and can be watched again', async () => {
      const redis = await start({ isPersistent: true })
      const lock = lockAt(redis.url)
      const created = await lock.create(RECORD, signal)
      const before = new Watching(lock)
      await before.next()
      await redis.kill()
      await expect(before.ended).rejects.toMatchObject({ name: 'LockError', kind: 'unknown' })
      await redis.restart()
      const after = new Watching(lock)
      expect(await after.next()).toMatchObject({ locked: { version: created.version } })
      after.stop()
    })

    it('has lost the election with its data: the old version writes nothing', async () => {
      const redis = await start()
      const lock = lockAt(redis.url)
      const created = await lock.create(RECORD, signal)
      await redis.restart()
      await expect(lock.update(created, RENEWED, signal)).rejects.toMatchObject({ kind: 'absent' })
    })

    it('leaves a request that hangs to its signal, and works again after', async () => {
      const redis = await start()
      const lock = lockAt(redis.url)
      const created = await lock.create(RECORD, signal)
      redis.pause()
      const hung = lock.update(created, RENEWED, AbortSignal.timeout(300))
      await expect(hung).rejects.toMatchObject({ kind: 'unknown' })
      redis.resume()
      // It may have been carried out or not: the next read says which.
      const found = await lock.read(signal)
      expect([RECORD, RENEWED]).toContainEqual(found!.record)
      await lock.update(found!, { ...RENEWED, leaseTransitions: 9 }, signal)
    })

    it('asks again on a new connection when one has gone silent', async () => {
      const redis = await start()
      const relay = resources.use(await Relay.to(redis.port))
      const lock = lockAt(`redis://127.0.0.1:${relay.port}/0`)
      const created = await lock.create(RECORD, signal)
      relay.silence()
      await expect(lock.update(created, RENEWED, AbortSignal.timeout(300))).rejects.toMatchObject({ kind: 'unknown' })
      expect((await lock.read(signal))!.record).toEqual(RECORD)
    })

    it('leaves a connection that is not made to the signal', async () => {
      const redis = await start()
      redis.pause()
      const lock = lockAt(redis.url.replace('/0', '/1'))
      await expect(lock.read(AbortSignal.timeout(300))).rejects.toMatchObject({ kind: 'unknown' })
      redis.resume()
      expect(await lock.read(signal)).toBeNull()
    })
  })

  it('leaves no connection behind when a watch ends', async () => {
    const redis = await start()
    const watching = new Watching(lockAt(redis.url))
    const listeners = async (): Promise<boolean> => (await redis.send('CLIENT', 'LIST', 'TYPE', 'pubsub')).includes('addr=')
    await expect.poll(listeners, { timeout: 20_000 }).toBe(true)
    watching.stop()
    await expect.poll(listeners, { timeout: 20_000 }).toBe(false)
  })

  it('ends a watch at once, also while Redis does not answer', async () => {
    const redis = await start()
    redis.pause()
    const watching = new Watching(lockAt(redis.url))
    watching.stop()
    await expect(watching.ended).resolves.toBeUndefined()
    redis.resume()
  })

  it('asks nothing more of Redis while it watches in silence', async () => {
    const redis = await start()
    const lock = lockAt(redis.url)
    await lock.create(RECORD, signal)
    const watching = new Watching(lock)
    await watching.next()
    const commands = async (): Promise<number> =>
      Number(/total_commands_processed:(\d+)/.exec(await redis.send('INFO', 'stats'))![1])
    const before = await commands()
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    // The second INFO itself.
    expect((await commands()) - before).toBe(1)
    watching.stop()
  })
})
