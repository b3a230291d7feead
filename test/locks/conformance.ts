import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ElectionRecord, recordFromLeaseSpec } from '../../shared/lease/index.ts'
import { compareVersions, type HandOverLock, type Lock, type LockedRecord, type LockEvent } from '../../shared/locks/index.ts'

/** A place where elections can be kept, as the suite needs it. */
export interface LockPlace {
  /** A lock on an election of this name. Each call stands for another candidate, but for one connection. */
  lock(name: string): HandOverLock
  /** Deletes what the record is kept in, as a person with other tools does. */
  remove(name: string): Promise<void>
  close(): Promise<void>
}

/** Longer than anything here takes on a busy machine. */
const PATIENCE_MS = 20_000

const RECORD: ElectionRecord = {
  ...recordFromLeaseSpec({}),
  holderIdentity: 'a_1',
  leaseDurationSeconds: 15,
  acquireTime: '2026-01-02T03:04:05.678901Z',
  renewTime: '2026-01-02T03:04:06.000009Z',
}
const RENEWED: ElectionRecord = { ...RECORD, renewTime: '2026-01-02T03:04:08.123450Z' }
const TAKEN: ElectionRecord = {
  ...RECORD,
  holderIdentity: 'b_2',
  leaseTransitions: 1,
  acquireTime: '2026-01-02T03:05:00.000000Z',
  renewTime: '2026-01-02T03:05:00.000000Z',
}
const RELEASED: ElectionRecord = {
  ...TAKEN,
  holderIdentity: '',
  leaseDurationSeconds: 1,
  acquireTime: '2026-01-02T03:06:00.000001Z',
  renewTime: '2026-01-02T03:06:00.000001Z',
}

/**
 * What the elector builds on, whatever keeps the record; see the port, `shared/locks/lock.ts`.
 *
 * @param traits.acknowledges whether it has a place for what a displaced leader says
 * @param traits.tellsDeletions whether a deletion by other tools is told to those who watch
 */
export function describeLock(
  where: string,
  traits: { readonly tellsDeletions: boolean; readonly acknowledges: boolean },
  open: () => Promise<LockPlace>,
): void {
  describe(where, () => {
    let place: LockPlace
    let signal: AbortSignal
    let lock: HandOverLock
    let other: Lock
    let name = ''
    let elections = 0

    beforeAll(async () => {
      place = await open()
    })
    afterAll(() => place.close())
    beforeEach(() => {
      name = `election-${++elections}`
      signal = AbortSignal.timeout(PATIENCE_MS)
      lock = place.lock(name)
      other = place.lock(name)
    })

    const held = async (): Promise<LockedRecord> => lock.create(RECORD, signal)

    it('is described by its name', () => {
      expect(lock.description).toContain(name)
    })

    describe('read', () => {
      it('gives null where there is no record', async () => {
        expect(await lock.read(signal)).toBeNull()
      })

      it.each<[string, ElectionRecord]>([
        ['a holder', RECORD],
        ['a release', RELEASED],
        ['an identity of many kinds of character', { ...RECORD, holderIdentity: 'pöd "1"\\_\n\u202e{}' }],
        ['many transitions', { ...RECORD, leaseTransitions: 2_147_483_647 }],
      ])('gives back what was written, to the last digit: %s', async (_what, record) => {
        await lock.create(record, signal)
        expect((await other.read(signal))!.record).toEqual(record)
      })

      it('gives the newest state', async () => {
        let last = await held()
        for (let count = 0; count < 5; count++) {
          last = await lock.update(last, { ...RENEWED, leaseTransitions: count }, signal)
          expect((await other.read(signal))!.record.leaseTransitions).toBe(count)
        }
      })

      it('changes nothing', async () => {
        await held()
        const before = await other.read(signal)
        expect(await other.read(signal)).toEqual(before)
      })
    })

    describe('create', () => {
      it('answers with the record and its version', async () => {
        const created = await held()
        expect(created).toMatchObject({ record: RECORD, handOver: false })
        expect(created.version).toBe((await other.read(signal))!.version)
      })

      it('does nothing where there is a record', async () => {
        const before = await held()
        await expect(other.create(TAKEN, signal)).rejects.toMatchObject({ name: 'LockError', kind: 'exists' })
        expect(await other.read(signal)).toMatchObject({ record: RECORD, version: before.version })
      })

      it('is won by one of many', async () => {
        const candidates = Array.from({ length: 8 }, (_, index) => place.lock(name).create({ ...RECORD, leaseTransitions: index }, signal))
        const results = await Promise.allSettled(candidates)
        const [won, ...more] = results.filter((result) => result.status === 'fulfilled')
        expect(more).toEqual([])
        expect((await lock.read(signal))!.record).toEqual(won!.value.record)
        for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject({ kind: 'exists' })
      })
    })

    describe('update', () => {
      it('replaces the record that was created', async () => {
        const updated = await lock.update(await held(), RENEWED, signal)
        expect(updated.record).toEqual(RENEWED)
        expect(await other.read(signal)).toMatchObject({ record: RENEWED, version: updated.version })
      })

      it('replaces what another candidate wrote', async () => {
        await held()
        const found = await other.read(signal)
        await other.update(found!, TAKEN, signal)
        expect((await lock.read(signal))!.record).toEqual(TAKEN)
      })

      it('goes on from its own answer, again and again', async () => {
        let last = await held()
        for (const record of [RENEWED, TAKEN, RELEASED, RECORD]) last = await lock.update(last, record, signal)
        expect((await other.read(signal))!.record).toEqual(RECORD)
      })

      it('does nothing where the record was written since', async () => {
        const stale = await held()
        await other.update((await other.read(signal))!, TAKEN, signal)
        await expect(lock.update(stale, RENEWED, signal)).rejects.toMatchObject({ name: 'LockError', kind: 'conflict' })
        expect((await lock.read(signal))!.record).toEqual(TAKEN)
      })

      it('does nothing where the record was written since, and says the same again', async () => {
        const stale = await held()
        const taken = await other.update(stale, TAKEN, signal)
        await other.update(taken, RECORD, signal)
        await expect(lock.update(stale, RENEWED, signal)).rejects.toMatchObject({ kind: 'conflict' })
      })

      it('does nothing where the record was deleted', async () => {
        const stale = await held()
        await place.remove(name)
        // The API server compares the uid first, and calls that a conflict.
        await expect(lock.update(stale, RENEWED, signal)).rejects.toMatchObject({ kind: expect.stringMatching(/^(absent|conflict)$/) })
        expect(await lock.read(signal)).toBeNull()
      })

      it('does nothing where the record was deleted and created again', async () => {
        const stale = await held()
        await place.remove(name)
        await other.create(TAKEN, signal)
        await expect(lock.update(stale, RENEWED, signal)).rejects.toMatchObject({ kind: 'conflict' })
        expect((await lock.read(signal))!.record).toEqual(TAKEN)
      })

      it('is won by one of many', async () => {
        const base = await held()
        const results = await Promise.allSettled(
          Array.from({ length: 8 }, (_, index) => place.lock(name).update(base, { ...TAKEN, leaseTransitions: index }, signal)),
        )
        const [won, ...more] = results.filter((result) => result.status === 'fulfilled')
        expect(more).toEqual([])
        expect((await lock.read(signal))!.record).toEqual(won!.value.record)
      })
    })

    describe('version', () => {
      it('is a decimal number that grows with every write', async () => {
        const versions = [await held()]
        for (const record of [RENEWED, TAKEN, RELEASED]) versions.push(await lock.update(versions.at(-1)!, record, signal))
        expectGrowth(versions.map(({ version }) => version))
      })

      it('grows when the record was deleted in between', async () => {
        const first = await lock.update(await held(), RENEWED, signal)
        await place.remove(name)
        const second = await other.create(TAKEN, signal)
        expectGrowth([first.version, second.version])
      })
    })

    describe('hand-over', () => {
      const handedOver = async (): Promise<LockedRecord> => lock.handOver(await held(), TAKEN, 'nonce-1', signal)

      it('is seen by who reads', async () => {
        expect(await handedOver()).toMatchObject({ record: TAKEN, handOver: true })
        expect(await other.read(signal)).toMatchObject({ record: TAKEN, handOver: true })
      })

      it('ends with the first update', async () => {
        const adopted = await other.update(await handedOver(), { ...TAKEN, renewTime: RENEWED.renewTime }, signal)
        expect(adopted.handOver).toBe(false)
        expect((await lock.read(signal))!.handOver).toBe(false)
      })

      it('does not come back with the same record', async () => {
        await other.update(await handedOver(), TAKEN, signal)
        expect((await lock.read(signal))!.handOver).toBe(false)
      })

      it('is a compare-and-swap like any other', async () => {
        const stale = await held()
        await other.update(stale, RENEWED, signal)
        await expect(lock.handOver(stale, TAKEN, 'nonce-1', signal)).rejects.toMatchObject({ kind: 'conflict' })
        expect((await lock.read(signal))!.handOver).toBe(false)
      })
    })

    if (traits.acknowledges) {
      describe('acknowledgement', () => {
        const SAID = { nonce: 'nonce-1', identity: 'pöd "1" \n' }
        const acknowledged = async (): Promise<LockedRecord> => lock.acknowledge!(await held(), SAID, signal)

        it('is seen by who reads, beside the record as it was', async () => {
          expect(await acknowledged()).toMatchObject({ record: RECORD, acknowledgement: SAID })
          expect(await other.read(signal)).toMatchObject({ record: RECORD, acknowledgement: SAID, handOver: false })
        })

        it.each<[string, (previous: LockedRecord) => Promise<LockedRecord>]>([
          ['update', (previous) => other.update(previous, RENEWED, signal)],
          ['hand-over', (previous) => place.lock(name).handOver(previous, TAKEN, 'nonce-2', signal)],
        ])('ends with the first %s', async (_what, write) => {
          await write(await acknowledged())
          expect((await lock.read(signal))!.acknowledgement ?? null).toBeNull()
        })

        it('is a compare-and-swap like any other', async () => {
          const stale = await held()
          await other.update(stale, RENEWED, signal)
          await expect(lock.acknowledge!(stale, SAID, signal)).rejects.toMatchObject({ kind: 'conflict' })
          expect((await lock.read(signal))!.acknowledgement ?? null).toBeNull()
        })
      })
    } else {
      it('has no place for an acknowledgement', () => expect(lock).not.toHaveProperty('acknowledge'))
    }

    describe('watch', () => {
      let watching: Watching | undefined
      afterEach(() => watching?.stop())

      it('tells first of the record that there is', async () => {
        const created = await held()
        watching = new Watching(other)
        expect(await watching.next()).toMatchObject({ type: 'written', locked: { record: RECORD, version: created.version } })
      })

      it('tells of a creation', async () => {
        watching = new Watching(other)
        const pauseMs = 50
        let created: LockedRecord | null = null
        // Whether it has begun can't be told from outside: what is created before is told as well.
        setTimeout(() => void held().then((locked) => (created = locked)), pauseMs)
        expect(await watching.next()).toMatchObject({ type: 'written', locked: { record: RECORD } })
        await expect.poll(() => created).not.toBeNull()
      })

      it('tells of every write', async () => {
        let last = await held()
        watching = new Watching(other)
        await watching.next()
        for (const record of [RENEWED, TAKEN, RELEASED]) {
          last = await lock.update(last, record, signal)
          expect(await watching.next()).toMatchObject({ type: 'written', locked: { record, version: last.version, handOver: false } })
        }
      })

      it('tells of a hand-over', async () => {
        const base = await held()
        watching = new Watching(other)
        await watching.next()
        await lock.handOver(base, TAKEN, 'nonce-1', signal)
        expect(await watching.next()).toMatchObject({ type: 'written', locked: { record: TAKEN, handOver: true } })
      })

      it('tells enough to update from', async () => {
        const base = await held()
        watching = new Watching(other)
        await watching.next()
        await lock.update(base, RENEWED, signal)
        const event = await watching.next()
        await other.update((event as { locked: LockedRecord }).locked, TAKEN, signal)
        expect((await lock.read(signal))!.record).toEqual(TAKEN)
      })

      it('tells nothing of other elections', async () => {
        const created = await held()
        watching = new Watching(other)
        await watching.next()
        await place.lock(`${name}-other`).create(TAKEN, signal)
        await lock.update(created, RENEWED, signal)
        expect(await watching.next()).toMatchObject({ locked: { record: RENEWED } })
      })

      if (traits.tellsDeletions) {
        it('tells of a deletion, with its version', async () => {
          const created = await held()
          watching = new Watching(other)
          await watching.next()
          await place.remove(name)
          const event = await watching.next()
          expect(event.type).toBe('deleted')
          expectGrowth([created.version, (event as { version: string }).version])
        })
      }

      it('ends when it is told to', async () => {
        await held()
        watching = new Watching(other)
        await watching.next()
        watching.stop()
        await expect(watching.ended).resolves.toBeUndefined()
      })

      it('ends at once when it was told to before', async () => {
        await expect(other.watch!(() => expect.unreachable(), AbortSignal.abort())).resolves.toBeUndefined()
      })
    })

    it.each<[string, () => Promise<unknown>]>([
      ['read', () => lock.read(AbortSignal.abort())],
      ['create', () => lock.create(RECORD, AbortSignal.abort())],
    ])('fails to %s under a signal that is aborted, as unknown', async (_what, act) => {
      await expect(act()).rejects.toMatchObject({ name: 'LockError', kind: 'unknown' })
    })
  })
}

function expectGrowth(versions: readonly string[]): void {
  expect(versions).toEqual([...versions].sort(compareVersions))
  expect(new Set(versions).size).toBe(versions.length)
  for (const version of versions) expect(version).toMatch(/^\d+$/)
}

/** A watch, and what it has told. Repeated events, which a lock may tell, are left out. */
export class Watching {
  readonly ended: Promise<void>
  readonly events: LockEvent[] = []
  readonly #abort = new AbortController()
  #read = 0

  constructor(lock: Lock) {
    this.ended = lock.watch!((event) => {
      const last = this.events.at(-1)
      if (!last || versionOf(last) !== versionOf(event)) this.events.push(event)
    }, this.#abort.signal)
    // A failure is seen by who awaits it, or by `next`.
    this.ended.catch(() => undefined)
  }

  /** The next event that was not read yet. */
  async next(): Promise<LockEvent> {
    const giveUp = new Promise<never>((_, reject) => {
      this.ended.then(() => reject(new Error('the watch has ended')), reject)
    })
    giveUp.catch(() => undefined)
    await Promise.race([expect.poll(() => this.events.length, { timeout: PATIENCE_MS, interval: 5 }).toBeGreaterThan(this.#read), giveUp])
    return this.events[this.#read++]!
  }

  stop(): void {
    this.#abort.abort()
  }
}

function versionOf(event: LockEvent): string {
  return event.type === 'written' ? event.locked.version : event.version
}
