import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { run } from '../../kubectl-plugin/program.ts'
import { parseElectionName } from '../../kubectl-plugin/election-name.ts'
import { CommandError } from '../../kubectl-plugin/exit-code.ts'
import { LockAddressError } from '../../shared/locks/lock-address-error.ts'
import { parseLockAddress } from '../../shared/locks/lock-address.ts'
import { parseRedisAddress, redisServer } from '../../shared/locks/redis-address.ts'
import { parseFieldSelector, parseLabelSelector } from '../../shared/sandbox/selectors.ts'
import { RESOURCES } from '../../shared/sandbox/resources.ts'
import { ApiError } from '../../shared/sandbox/status.ts'
import { fakeSession } from '../support/fake-session.ts'
import { hostileText, UNPRINTABLE } from './arbitrary.ts'

/** Runs it, and has the error be of a kind, and fit for a terminal. */
function refusedWith(kind: typeof CommandError | typeof LockAddressError | typeof ApiError, step: () => void): void {
  try {
    step()
  } catch (error) {
    expect(error).toBeInstanceOf(kind)
    if (kind !== ApiError) expect((error as Error).message).not.toMatch(UNPRINTABLE)
  }
}

const nameLike = fc.oneof(hostileText, fc.stringMatching(/^[a-zA-Z0-9./:_-]{0,20}$/), fc.tuple(fc.constantFrom('lease', 'cm', 'endpoints', 'Lease', 'pod'), hostileText).map((parts) => parts.join('/')))
const redisLike = fc.oneof(
  hostileText.map((rest) => `redis://${rest}`),
  fc.record({ host: fc.constantFrom('h', '[::1]', '127.0.0.1', ''), db: fc.oneof(fc.nat().map(String), hostileText), key: hostileText, user: hostileText })
    .map(({ host, db, key, user }) => `rediss://${user}:secret-word@${host}:6379/${db}?key=${encodeURIComponent(key.toWellFormed())}`),
)

describe('the name of an election', () => {
  it('is one that an object can have, or refused', () => {
    fc.assert(
      fc.property(nameLike, (text) => {
        refusedWith(CommandError, () => expect(parseElectionName(text).name).toMatch(/^[a-z0-9][-a-z0-9.]{0,252}$/))
      }),
    )
  })

  it('in Redis is a server and a key, or refused without the password', () => {
    fc.assert(
      fc.property(redisLike, (text) => {
        refusedWith(LockAddressError, () => {
          const address = parseRedisAddress(text)
          expect(address.key).not.toBe('')
          expect(redisServer(address)).not.toContain('secret-word')
          expect(parseLockAddress(text)).toEqual({ lock: 'redis', ...address })
        })
        try {
          parseRedisAddress(text)
        } catch (error) {
          expect((error as Error).message).not.toContain('secret-word')
        }
      }),
    )
  })
})

describe("the sandbox's selectors", () => {
  const selectorLike = fc.oneof(hostileText, fc.stringMatching(/^[a-z/=!,() <>.0-9]{0,20}$/), fc.constantFrom('a in (b,c),!d', 'a notin ()', 'metadata.name=x', 'a==b', '(', ')', 'a in (b'))
  it('select, or are refused as a bad request', () => {
    const [resource] = RESOURCES
    fc.assert(
      fc.property(selectorLike, (text) => {
        const object = { metadata: { name: 'x', namespace: 'y', labels: { a: 'b' } } }
        refusedWith(ApiError, () => expect([null, undefined, true, false]).toContain(parseLabelSelector(text)?.(object as never)))
        refusedWith(ApiError, () => expect([null, undefined, true, false]).toContain(parseFieldSelector(text, resource!)?.(object as never)))
      }),
    )
  })
})

describe('the command line', () => {
  const flag = fc.constantFrom('-o', '--output', '--sort-by', '--category', '--lock', '-l', '-n', '--request-timeout', '--no-headers', '-A', '--timeout', '--for', '-v', '--as-group', '--context', '--', '--color', '--help')
  const word = fc.oneof({ weight: 3, arbitrary: flag }, { weight: 2, arbitrary: nameLike }, { weight: 1, arbitrary: fc.constantFrom('json', 'wide', 'all', '10s', 'held', 'name', '0') })
  const command = fc.oneof({ weight: 8, arbitrary: fc.constantFrom('list', 'describe', 'wait', 'watch', 'doctor', 'logs', 'release', 'failover', 'generate', 'version', 'completion') }, { weight: 1, arbitrary: hostileText })

  it('of any words ends with a code, and writes nothing that a terminal would act on', async () => {
    await fc.assert(
      fc.asyncProperty(command, fc.array(word, { maxLength: 5 }), async (first, rest) => {
        const { session, stdout, stderr } = fakeSession({ env: { HOME: '/nonexistent' } })
        expect([0, 1, 2, 3, 4]).toContain(await run(session, [first, ...rest]))
        for (const line of [...stdout().split('\n'), ...stderr().split('\n')]) expect(line).not.toMatch(UNPRINTABLE)
      }),
      { numRuns: 60 },
    )
  })
})
