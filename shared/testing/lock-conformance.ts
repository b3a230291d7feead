import assert from 'node:assert/strict'
import { recordFromLeaseSpec, type ElectionRecord } from '../lease/record.ts'
import type { HandoverLock } from '../locks/handover.ts'
import type { Lock, LockedRecord, LockEvent } from '../locks/lock.ts'
import { compareVersions } from '../locks/version.ts'
import { systemClock } from '../time/clock.ts'
import { PATIENCE_MS, Watching } from './watching.ts'

/** Creates locks of the kind to test. */
export interface LockPlace {
  /** A lock on the election of this name. Each call is made for another candidate. */
  lock(name: string): Lock
  /** Deletes the object that stores the record, as a person would with other tools. */
  remove(name: string): Promise<void>
}

/** Optional features of a lock. */
export interface LockTraits {
  /** It has `watch`. */
  readonly watches: boolean
  /** A watch reports deletions by other tools. */
  readonly tellsDeletions: boolean
  /** It has `acknowledge`. */
  readonly acknowledges: boolean
  /** It has `handOver`, as a `HandoverLock`. */
  readonly handsOver: boolean
}

/** One requirement. `run` rejects with an `AssertionError` if the lock does not meet it. */
export interface LockCase {
  readonly name: string
  readonly run: (place: LockPlace) => Promise<void>
}

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

/** One case's own election, with the locks of two candidates. */
interface Scene {
  readonly place: LockPlace
  readonly name: string
  readonly lock: HandoverLock
  readonly other: HandoverLock
  readonly signal: AbortSignal
  /** Creates the record. */
  readonly held: () => Promise<LockedRecord>
}

type Act = (scene: Scene) => Promise<unknown>

let elections = 0

/**
 * What the elector requires of every lock: see `Lock`. Every case uses an election of its own, so the cases can run in any
 * order, and in parallel. They need no test runner.
 */
export function lockConformance(traits: LockTraits): readonly LockCase[] {
  return [
    ...BASICS,
    ...(traits.handsOver ? HAND_OVERS : []),
    ...(traits.acknowledges ? ACKNOWLEDGEMENTS : [HAS_NO_ACKNOWLEDGEMENT]),
    ...(traits.acknowledges && traits.handsOver ? [ENDS_WITH_HAND_OVER] : []),
    ...(traits.watches ? WATCHES : []),
    ...(traits.watches && traits.handsOver ? [TELLS_HAND_OVERS] : []),
    ...(traits.watches && traits.tellsDeletions ? [TELLS_DELETIONS] : []),
  ]
}

function lockCase(name: string, act: Act): LockCase {
  return {
    name,
    async run(place) {
      const election = `election-${++elections}`
      const signal = AbortSignal.timeout(PATIENCE_MS)
      const lock = place.lock(election) as HandoverLock
      const other = place.lock(election) as HandoverLock
      await act({ place, name: election, lock, other, signal, held: () => lock.create(RECORD, signal) })
    },
  }
}

async function assertKind(request: Promise<unknown>, ...kinds: readonly string[]): Promise<void> {
  await assert.rejects(request, (error: { name?: unknown; kind?: unknown }) => {
    assert.equal(error.name, 'LockError')
    assert.ok(kinds.includes(String(error.kind)), `the kind is ${String(error.kind)}, not ${kinds.join(' or ')}`)
    return true
  })
}

async function assertRecord(lock: Lock, signal: AbortSignal, record: ElectionRecord, version?: string): Promise<void> {
  const found = await lock.read(signal)
  assert.deepEqual(found?.record, record)
  if (version !== undefined) assert.equal(found.version, version)
}

function assertGrowth(versions: readonly string[]): void {
  for (const version of versions) assert.match(version, /^\d+$/)
  versions.slice(1).forEach((version, index) => {
    assert.ok(compareVersions(version, versions[index]!) > 0, `${version} is not above ${versions[index]!}`)
  })
}

function assertWritten(event: LockEvent, record: ElectionRecord, handedOver = false): LockedRecord {
  assert.equal(event.type, 'written')
  assert.deepEqual(event.locked.record, record)
  assert.equal(event.locked.handedOver, handedOver)
  return event.locked
}

/** If many clients write at once, one succeeds, and the others fail with the right kind of error. */
async function assertOneWins(lock: Lock, writes: readonly Promise<LockedRecord>[], kind: string, signal: AbortSignal): Promise<void> {
  const results = await Promise.allSettled(writes)
  const won = results.filter((result) => result.status === 'fulfilled')
  assert.equal(won.length, 1)
  await assertRecord(lock, signal, won[0]!.value.record)
  for (const result of results) {
    if (result.status === 'rejected') assert.equal((result.reason as { kind?: unknown }).kind, kind)
  }
}

const READ_BACK: readonly [string, ElectionRecord][] = [
  ['a holder', RECORD],
  ['a release', RELEASED],
  ['an identity with unusual characters', { ...RECORD, holderIdentity: 'pöd "1"\\_\n\u202e{}' }],
  ['many transitions', { ...RECORD, leaseTransitions: 2_147_483_647 }],
]

const BASICS: readonly LockCase[] = [
  lockCase('has a description that contains the name of the election', async ({ lock, name }) => assert.ok(lock.description.includes(name))),
  lockCase('read returns null if there is no record', async ({ lock, signal }) => assert.equal(await lock.read(signal), null)),
  ...READ_BACK.map(([what, record]) =>
    lockCase(`read returns exactly what was written: ${what}`, async ({ lock, other, signal }) => {
      await lock.create(record, signal)
      await assertRecord(other, signal, record)
    }),
  ),
  lockCase('read returns the newest state', async ({ lock, other, signal, held }) => {
    let last = await held()
    for (let count = 0; count < 5; count++) {
      last = await lock.update(last, { ...RENEWED, leaseTransitions: count }, signal)
      await assertRecord(other, signal, { ...RENEWED, leaseTransitions: count })
    }
  }),
  lockCase('read changes nothing', async ({ other, signal, held }) => {
    await held()
    assert.deepEqual(await other.read(signal), await other.read(signal))
  }),
  lockCase('create returns the record and its version', async ({ other, signal, held }) => {
    const created = await held()
    assert.deepEqual(created.record, RECORD)
    assert.equal(created.handedOver, false)
    await assertRecord(other, signal, RECORD, created.version)
  }),
  lockCase('create changes nothing if there is a record', async ({ other, signal, held }) => {
    const before = await held()
    await assertKind(other.create(TAKEN, signal), 'exists')
    await assertRecord(other, signal, RECORD, before.version)
  }),
  lockCase('create succeeds for one of many', async ({ place, name, lock, signal }) => {
    const candidates = Array.from({ length: 8 }, (_, index) => place.lock(name).create({ ...RECORD, leaseTransitions: index }, signal))
    await assertOneWins(lock, candidates, 'exists', signal)
  }),
  lockCase('update replaces the record that was created', async ({ lock, other, signal, held }) => {
    const updated = await lock.update(await held(), RENEWED, signal)
    assert.deepEqual(updated.record, RENEWED)
    await assertRecord(other, signal, RENEWED, updated.version)
  }),
  lockCase('update replaces a record that another candidate wrote', async ({ lock, other, signal, held }) => {
    await held()
    await other.update((await other.read(signal))!, TAKEN, signal)
    await assertRecord(lock, signal, TAKEN)
  }),
  lockCase('update continues from its own answer, repeatedly', async ({ lock, other, signal, held }) => {
    let last = await held()
    for (const record of [RENEWED, TAKEN, RELEASED, RECORD]) last = await lock.update(last, record, signal)
    await assertRecord(other, signal, RECORD)
  }),
  lockCase('update changes nothing if the record was written since', async ({ lock, other, signal, held }) => {
    const stale = await held()
    await other.update((await other.read(signal))!, TAKEN, signal)
    await assertKind(lock.update(stale, RENEWED, signal), 'conflict')
    await assertRecord(lock, signal, TAKEN)
  }),
  lockCase('update changes nothing if the same record was written again since', async ({ lock, other, signal, held }) => {
    const stale = await held()
    await other.update(await other.update(stale, TAKEN, signal), RECORD, signal)
    await assertKind(lock.update(stale, RENEWED, signal), 'conflict')
  }),
  // The API server compares the uid first, and reports a conflict.
  lockCase('update changes nothing if the record was deleted', async ({ place, name, lock, signal, held }) => {
    const stale = await held()
    await place.remove(name)
    await assertKind(lock.update(stale, RENEWED, signal), 'absent', 'conflict')
    assert.equal(await lock.read(signal), null)
  }),
  lockCase('update changes nothing if the record was deleted and created again', async ({ place, name, lock, other, signal, held }) => {
    const stale = await held()
    await place.remove(name)
    await other.create(TAKEN, signal)
    await assertKind(lock.update(stale, RENEWED, signal), 'conflict')
    await assertRecord(lock, signal, TAKEN)
  }),
  lockCase('update succeeds for one of many', async ({ place, name, lock, signal, held }) => {
    const base = await held()
    const candidates = Array.from({ length: 8 }, (_, index) => place.lock(name).update(base, { ...TAKEN, leaseTransitions: index }, signal))
    await assertOneWins(lock, candidates, 'conflict', signal)
  }),
  lockCase('the version is a decimal number that grows with every write', async ({ lock, signal, held }) => {
    const versions = [await held()]
    for (const record of [RENEWED, TAKEN, RELEASED]) versions.push(await lock.update(versions.at(-1)!, record, signal))
    assertGrowth(versions.map(({ version }) => version))
  }),
  lockCase('the version grows even if the record was deleted in between', async ({ place, name, lock, other, signal, held }) => {
    const first = await lock.update(await held(), RENEWED, signal)
    await place.remove(name)
    assertGrowth([first.version, (await other.create(TAKEN, signal)).version])
  }),
  lockCase('read fails with unknown if its signal is aborted', ({ lock }) => assertKind(lock.read(AbortSignal.abort()), 'unknown')),
  lockCase('create fails with unknown if its signal is aborted', ({ lock }) =>
    assertKind(lock.create(RECORD, AbortSignal.abort()), 'unknown'),
  ),
]

const afterHandover = async ({ lock, signal, held }: Scene): Promise<LockedRecord> => lock.handOver(await held(), TAKEN, 'nonce-1', signal)

const HAND_OVERS: readonly LockCase[] = [
  lockCase('a read shows a handover', async (scene) => {
    const { record, handedOver } = await afterHandover(scene)
    assert.deepEqual({ record, handedOver }, { record: TAKEN, handedOver: true })
    const found = (await scene.other.read(scene.signal))!
    assert.deepEqual({ record: found.record, handedOver: found.handedOver }, { record: TAKEN, handedOver: true })
  }),
  ...[{ ...TAKEN, renewTime: RENEWED.renewTime }, TAKEN].map((record) =>
    lockCase(`the first update ends a handover${record === TAKEN ? ', even with the same record' : ''}`, async (scene) => {
      assert.equal((await scene.other.update(await afterHandover(scene), record, scene.signal)).handedOver, false)
      assert.equal((await scene.lock.read(scene.signal))!.handedOver, false)
    }),
  ),
  lockCase('a handover is a compare-and-swap', async ({ lock, other, signal, held }) => {
    const stale = await held()
    await other.update(stale, RENEWED, signal)
    await assertKind(lock.handOver(stale, TAKEN, 'nonce-1', signal), 'conflict')
    assert.equal((await lock.read(signal))!.handedOver, false)
  }),
]

const SAID = { nonce: 'nonce-1', identity: 'pöd "1" \n' }
const acknowledged = async ({ lock, signal, held }: Scene): Promise<LockedRecord> => lock.acknowledge!(await held(), SAID, signal)

const ACKNOWLEDGEMENTS: readonly LockCase[] = [
  lockCase('a read shows an acknowledgement, and the record unchanged', async (scene) => {
    for (const locked of [await acknowledged(scene), (await scene.other.read(scene.signal))!]) {
      assert.deepEqual(locked.record, RECORD)
      assert.deepEqual(locked.acknowledgement, SAID)
      assert.equal(locked.handedOver, false)
    }
  }),
  lockCase('the first update ends an acknowledgement', async (scene) => {
    await scene.other.update(await acknowledged(scene), RENEWED, scene.signal)
    assert.equal((await scene.lock.read(scene.signal))!.acknowledgement ?? null, null)
  }),
  lockCase('an acknowledgement is a compare-and-swap', async ({ lock, other, signal, held }) => {
    const stale = await held()
    await other.update(stale, RENEWED, signal)
    await assertKind(lock.acknowledge!(stale, SAID, signal), 'conflict')
    assert.equal((await lock.read(signal))!.acknowledgement ?? null, null)
  }),
]
const ENDS_WITH_HAND_OVER = lockCase('the first handover ends an acknowledgement', async (scene) => {
  await scene.other.handOver(await acknowledged(scene), TAKEN, 'nonce-2', scene.signal)
  assert.equal((await scene.lock.read(scene.signal))!.acknowledgement ?? null, null)
})
const HAS_NO_ACKNOWLEDGEMENT = lockCase('has no method acknowledge', async ({ lock }) => assert.ok(!lock.acknowledge))

const WATCHES: readonly LockCase[] = [
  lockCase('a watch first reports the present record', async ({ other, held }) => {
    const created = await held()
    using watching = new Watching(other)
    assert.equal(assertWritten(await watching.next(), RECORD).version, created.version)
  }),
  // The case cannot know when the watch has started. A record that is created earlier is reported as well.
  lockCase('a watch reports a creation', async ({ other, held }) => {
    using watching = new Watching(other)
    await systemClock.sleep(50)
    await held()
    assertWritten(await watching.next(), RECORD)
  }),
  lockCase('a watch reports every write', async ({ lock, other, signal, held }) => {
    let last = await held()
    using watching = new Watching(other)
    await watching.next()
    for (const record of [RENEWED, TAKEN, RELEASED]) {
      last = await lock.update(last, record, signal)
      assert.equal(assertWritten(await watching.next(), record).version, last.version)
    }
  }),
  lockCase('an update can continue from an event of a watch', async ({ lock, other, signal, held }) => {
    const base = await held()
    using watching = new Watching(other)
    await watching.next()
    await lock.update(base, RENEWED, signal)
    await other.update(assertWritten(await watching.next(), RENEWED), TAKEN, signal)
    await assertRecord(lock, signal, TAKEN)
  }),
  lockCase('a watch reports nothing about other elections', async ({ place, name, lock, other, signal, held }) => {
    const created = await held()
    using watching = new Watching(other)
    await watching.next()
    await place.lock(`${name}-other`).create(TAKEN, signal)
    await lock.update(created, RENEWED, signal)
    assertWritten(await watching.next(), RENEWED)
  }),
  lockCase('a watch ends when its signal is aborted', async ({ other, held }) => {
    await held()
    const watching = new Watching(other)
    await watching.next()
    watching.stop()
    await watching.ended
  }),
  lockCase('a watch ends immediately if its signal was aborted before', async ({ other }) => {
    await other.watch!(() => assert.fail('it reported something'), AbortSignal.abort())
  }),
]
const TELLS_HAND_OVERS = lockCase('a watch reports a handover', async ({ lock, other, signal, held }) => {
  const base = await held()
  using watching = new Watching(other)
  await watching.next()
  await lock.handOver(base, TAKEN, 'nonce-1', signal)
  assertWritten(await watching.next(), TAKEN, true)
})
const TELLS_DELETIONS = lockCase('a watch reports a deletion, with its version', async ({ place, name, other, held }) => {
  const created = await held()
  using watching = new Watching(other)
  await watching.next()
  await place.remove(name)
  const event = await watching.next()
  assert.equal(event.type, 'deleted')
  assertGrowth([created.version, event.version])
})
