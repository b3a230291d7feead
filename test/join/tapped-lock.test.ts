import { beforeEach, describe, expect, it } from 'vitest'
import { tappedLock } from '../../kubectl-plugin/join/tapped-lock.ts'
import type { ElectionRecord } from '../../shared/lease/record.ts'
import { LockError, type Lock, type LockedRecord, type LockEvent } from '../../shared/locks/index.ts'

/** What counts as a renewal, and from when. */
const record = (renewTime: string, holderIdentity = 'me'): ElectionRecord => ({
  holderIdentity,
  leaseDurationSeconds: 15,
  leaseTransitions: 0,
  acquireTime: 'a',
  renewTime,
  strategy: null,
  preferredHolder: null,
})
const locked = (its: ElectionRecord): LockedRecord => ({ record: its, version: '1', handedOver: false })

const { signal } = new AbortController()
let nowMs: number
let stored: ElectionRecord
let failure: LockError | null
/** What the server makes of what is written. */
let changed: Partial<ElectionRecord>
let tell: (event: LockEvent) => void
let renewals: number[]
let heard: string[]
let lock: Lock

const write = async (its: ElectionRecord): Promise<LockedRecord> => {
  stored = { ...its, ...changed }
  nowMs += 500
  if (failure) throw failure
  return locked(stored)
}

beforeEach(() => {
  nowMs = 1_000
  failure = null
  changed = {}
  renewals = []
  heard = []
  const plain: Lock = {
    description: 'a lock',
    read: async () => locked(stored),
    create: (its) => write(its),
    update: (_previous, its) => write(its),
    watch: async (listener) => {
      tell = listener
    },
  }
  lock = tappedLock(plain, {
    identity: 'me',
    now: () => ({ monotonicMs: nowMs, wallMs: 0 }),
    onRenewed: ({ monotonicMs }) => renewals.push(monotonicMs),
    onAnswer: (request) => heard.push(request),
    onFailure: (request, error) => heard.push(`${request} failed: ${(error as LockError).kind}`),
  })
})

describe('a lock that is listened to', () => {
  it.each(['create', 'update'] as const)('counts a %s from when it was sent', async (request) => {
    const answer = request === 'create' ? lock.create(record('1'), signal) : lock.update(locked(record('0')), record('1'), signal)
    expect(await answer).toEqual(locked(record('1')))
    expect(renewals).toEqual([1_000])
    expect(heard).toEqual([request])
  })

  it('counts a write that was not answered when it is read, from when it was sent', async () => {
    failure = new LockError('unknown', 'lost')
    await expect(lock.update(locked(record('0')), record('1'), signal)).rejects.toBe(failure)
    expect(renewals).toEqual([])
    await lock.read(signal)
    expect(renewals).toEqual([1_000])
    expect(heard).toEqual(['update failed: unknown', 'read'])
  })

  it('counts a write that the server changed', async () => {
    changed = { leaseDurationSeconds: 60, renewTime: 'rounded' }
    await lock.update(locked(record('0')), record('1'), signal)
    expect(renewals).toEqual([1_000])
  })

  it.each([
    ['to another holder', { holderIdentity: 'other' }],
    ['so that nobody can see it', { renewTime: '0' }],
  ])('does not count a write that the server changed %s', async (_how, how) => {
    changed = how
    await lock.update(locked(record('0')), record('1'), signal)
    expect(renewals).toEqual([])
  })

  it('counts it when the watch tells of it', async () => {
    failure = new LockError('unknown', 'lost')
    const told: LockEvent[] = []
    await lock.watch!((event) => told.push(event), signal)
    await expect(lock.update(locked(record('0')), record('1'), signal)).rejects.toBe(failure)
    tell({ type: 'written', locked: locked(record('1')) })
    tell({ type: 'deleted', version: '2' })
    expect(renewals).toEqual([1_000])
    expect(told.map(({ type }) => type)).toEqual(['written', 'deleted'])
  })

  it('counts each write once', async () => {
    await lock.create(record('1'), signal)
    await lock.read(signal)
    expect(renewals).toEqual([1_000])
  })

  it.each([
    ["somebody else's", record('1', 'other')],
    ['a release', record('1', '')],
  ])('does not count %s', async (_name, its) => {
    await lock.update(locked(record('0')), its, signal)
    expect(renewals).toEqual([])
  })

  it('watches only where the lock does', () => {
    const without = { ...lock }
    delete without.watch
    expect(tappedLock(without, { identity: '', now: () => ({ monotonicMs: 0, wallMs: 0 }), onRenewed() {}, onAnswer() {}, onFailure() {} })).not.toHaveProperty('watch')
  })
})
