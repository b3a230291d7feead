import { describe, expect, it } from 'vitest'
import type { ApiClient } from '../../shared/cluster/client.ts'
import type { ElectionRef } from '../../shared/lease/election-ref.ts'
import { clusterLock, parseLockAddress } from '../../shared/locks/lock-address.ts'
import { LockAddressError } from '../../shared/locks/lock-address-error.ts'
import { RedisLock } from '../../shared/locks/redis-lock.ts'
import { parseRedisAddress, redisServer } from '../../shared/locks/redis-address.ts'

describe('the address of a lock', () => {
  it.each([
    ['x', null, 'x'],
    ['lease/x', 'lease', 'x'],
    ['leases.v1.coordination.k8s.io/x', 'lease', 'x'],
    ['cm/x.y', 'configmap', 'x.y'],
    ['Endpoints/x', 'endpoints', 'x'],
  ])('%s', (text, lock, name) => {
    expect(parseLockAddress(text)).toEqual({ lock, name })
  })

  it.each(['', 'lease/', 'pod/x', 'a/b/c', 'Web', '-x', 'x\n', 'http://x', 'redis/x'])('%j is none', (text) => {
    expect(() => parseLockAddress(text)).toThrow(LockAddressError)
  })

  it.each([
    [{ lock: 'lease', namespace: 'ns', name: 'x' }, 'lease ns/x'],
    [{ lock: 'configmap', namespace: 'ns', name: 'x' }, 'configmap ns/x'],
    [{ lock: 'endpoints', namespace: 'ns', name: 'x' }, 'endpoints ns/x'],
  ] satisfies [ElectionRef, string][])('%j is %s', (ref, description) => {
    expect(clusterLock({} as ApiClient, ref).description).toBe(description)
  })
})

describe('a Redis URL', () => {
  const DEFAULTS = { host: 'h', port: 6379, database: 0, isTls: false, username: undefined, password: undefined, key: 'k' }

  it.each([
    ['redis://h?key=k', {}],
    ['redis://h/?key=k', {}],
    ['redis://h:1234/5?key=k', { port: 1234, database: 5 }],
    ['rediss://h?key=k', { isTls: true }],
    ['redis://:p%40ss@h?key=k', { password: 'p@ss' }],
    ['redis://bob:secret@h?key=k', { username: 'bob', password: 'secret' }],
    ['redis://[::1]:7000/2?key=k', { host: '::1', port: 7000, database: 2 }],
    ['redis://h?key=app%3Aleader%20%7B1%7D', { key: 'app:leader {1}' }],
  ])('%s', (text, differing) => {
    expect(parseRedisAddress(text)).toEqual({ ...DEFAULTS, ...differing })
    expect(parseLockAddress(text)).toEqual({ ...DEFAULTS, ...differing, lock: 'redis' })
  })

  it.each([
    ['redis:', /redis:\/\/HOST:PORT\/DB\?key=NAME/],
    ['redis://?key=k', /redis:\/\/HOST:PORT\/DB\?key=NAME/],
    ['redis://h:99999?key=k', /redis:\/\/HOST:PORT\/DB\?key=NAME/],
    ['redis://h', /must name exactly one key/],
    ['redis://h?key=', /must name exactly one key/],
    ['redis://h?key=a&key=b', /must name exactly one key/],
    ['redis://h/x?key=k', /not a database number/],
    ['redis://h/-1?key=k', /not a database number/],
    ['redis://h/0?key=k&ttl=5', /a parameter other than "key"/],
    ['redis://h/0?key=a#b', /contains #\. Write it as %23/],
    ['redis://:%zz@h?key=k', /percent-encoded/],
  ])('%s is refused', (text, message) => {
    expect(() => parseLockAddress(text)).toThrow(LockAddressError)
    expect(() => parseLockAddress(text)).toThrow(message)
  })

  it.each(['redis://bob:pa/ss@h?key=k', 'redis://bob:secret@h', 'redis://bob:secret@h/x?key=k', 'redis://bob:secret@h:x?key=k'])(
    '%s is refused without repeating its password',
    (text) => {
      expect(() => parseLockAddress(text)).toThrow(/^(?!.*(secret|pa\/ss)).*$/)
    },
  )

  it('is shown without its password', () => {
    const address = parseRedisAddress('rediss://bob:secret@[::1]:7000/2?key=k')
    expect(redisServer(address)).toBe('rediss://[::1]:7000/2')
    expect(new RedisLock(address).description).toBe('rediss://[::1]:7000/2?key=k')
  })
})
