import { describe, expect, it } from 'vitest'
import { LockError } from '../../shared/locks/errors.ts'
import { redisError } from '../../shared/locks/redis-error.ts'

const FACTS = { server: 'redis://h:6379/0', key: 'k' }

describe('an error of Redis', () => {
  it.each([
    ['NOAUTH Authentication required.', 'forbidden', 'requires a password'],
    ['WRONGPASS invalid username-password pair or user is disabled.', 'forbidden', 'rejected the user name and password'],
    ['ERR invalid password', 'forbidden', 'rejected the user name and password'],
    ["NOPERM User bob has no permissions to run the 'eval' command", 'forbidden', 'is not allowed to run the commands'],
    ['WRONGTYPE Operation against a key holding the wrong kind of value', 'rejected', 'contains data that is not an election'],
    ["READONLY You can't write against a read only replica. script: 4b, on @user_script:1.", 'rejected', 'is a read-only replica'],
    ['ERR Error running script (call to f_1): @user_script:9: -READONLY You can\'t write against a read only replica.', 'rejected', 'is a read-only replica'],
    ['MOVED 1 10.0.0.1:6379', 'rejected', 'another node'],
    ["CROSSSLOT Keys in request don't hash to the same slot", 'rejected', 'without braces'],
    ['CLUSTERDOWN The cluster is down', 'rejected', 'is down'],
    ['LOADING Redis is loading the dataset in memory', 'rejected', 'loading its data'],
    ['BUSY Redis is busy running a script.', 'rejected', 'busy'],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'rejected', 'out of memory'],
    ['MISCONF Redis is configured to save RDB snapshots', 'rejected', 'cannot save its data'],
    ['NOREPLICAS Not enough good replicas to write.', 'rejected', 'too few replicas'],
    // It may have come in the midst of the script.
    ['ERR something new', 'unknown', 'ERR something new'],
    ['UNKILLABLE x', 'unknown', 'UNKILLABLE'],
    ['Socket closed unexpectedly', 'unknown', 'No answer from redis://h:6379/0: Socket closed unexpectedly'],
    ['', 'unknown', 'No answer from redis://h:6379/0'],
  ])('%j is %s', (message, kind, told) => {
    const error = redisError(new Error(message), FACTS)
    expect(error).toMatchObject({ name: 'LockError', kind, message: expect.stringContaining(told) })
    expect((error.cause as Error).message).toBe(message)
  })

  it('that came before anything could be written is a refusal', () => {
    expect(redisError(new Error('ERR DB index is out of range'), FACTS, 'rejected').kind).toBe('rejected')
    expect(redisError(new Error('Socket closed unexpectedly'), FACTS, 'rejected').kind).toBe('unknown')
  })

  it('is unchanged if it is a LockError already', () => {
    const error = new LockError('conflict', 'x')
    expect(redisError(error, FACTS)).toBe(error)
  })

  it.each(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'])('%s is unknown, and says what to check', (code) => {
    expect(redisError(Object.assign(new Error('connect'), { code }), FACTS)).toMatchObject({ kind: 'unknown', message: expect.stringMatching(/redis:\/\/h:6379\/0.*Check/) })
  })
})
