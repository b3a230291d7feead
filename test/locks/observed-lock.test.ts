import { expect, it } from 'vitest'
import { LockError } from '../../shared/locks/errors.ts'
import { observedLock } from '../../shared/locks/observed-lock.ts'
import type { Lock } from '../../shared/locks/lock.ts'
import { MemoryLock } from '../election/memory-lock.ts'
import { heldBy } from '../election/records.ts'

const { signal } = new AbortController()
const RECORD = heldBy('me')

function observe(lock: Lock): { readonly lock: Lock; readonly told: string[] } {
  const told: string[] = []
  const observed = observedLock(lock, {
    onAnswer: (request) => told.push(request),
    onFailure: (request, error, given) => told.push(`${request} failed: ${(error as LockError).kind} ${given === signal}`),
  })
  return { lock: observed, told }
}

it('tells of each answer, and passes it on', async () => {
  const { lock, told } = observe(new MemoryLock())
  const created = await lock.create(RECORD, signal)
  expect(await lock.read(signal)).toEqual(created)
  const updated = await lock.update(created, RECORD, signal)
  await lock.acknowledge?.(updated, { nonce: 'n', identity: 'me' }, signal)
  expect(told).toEqual(['create', 'read', 'update', ...(lock.acknowledge ? ['update'] : [])])
})

it('tells of each failure with its signal, and rejects with the same', async () => {
  const failure = new LockError('unknown', 'lost')
  const fail = (): Promise<never> => Promise.reject(failure)
  const { lock, told } = observe({ description: '', read: fail, create: fail, update: fail, watch: fail, acknowledge: fail })
  const locked = { record: RECORD, version: '1', handedOver: false }
  const requests = [
    lock.read(signal),
    lock.create(RECORD, signal),
    lock.update(locked, RECORD, signal),
    lock.acknowledge!(locked, { nonce: 'n', identity: 'me' }, signal),
    lock.watch!(() => undefined, signal),
  ]
  for (const request of requests) await expect(request).rejects.toBe(failure)
  expect(told).toEqual(['read', 'create', 'update', 'update', 'watch'].map((request) => `${request} failed: unknown true`))
})

it('offers what the lock offers, and nothing else', () => {
  const none = async (): Promise<never> => Promise.reject(new Error('not called'))
  const least: Lock = { description: 'least', read: none, create: none, update: none }
  const most: Required<Lock> = { ...least, acknowledge: none, refusal: () => null, examine: async () => null, watch: none }
  for (const lock of [least, most]) expect(Object.keys(observe(lock).lock).sort()).toEqual(Object.keys(lock).sort())
})
