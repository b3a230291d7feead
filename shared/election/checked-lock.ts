import { LockError, type LockErrorKind } from '../locks/errors.ts'
import type { Lock, LockedRecord } from '../locks/lock.ts'
import { checkedEvent, checkedLocked } from './lock-answer.ts'

/**
 * Wraps a lock, which any program may implement, and checks the shape of everything it returns. An invalid answer to a
 * write is as good as none, because the write may have been applied. A read with an invalid answer has failed, and an
 * invalid event is dropped.
 *
 * @param onBadEvent called with the reason for dropping an event
 */
export function checkedLock(lock: Lock, onBadEvent: (error: LockError) => void): Lock {
  const problem = (kind: LockErrorKind, what: string, error: unknown): LockError =>
    new LockError(kind, `${what} of ${lock.description} is invalid: ${(error as Error).message}.`, { cause: error })
  const written = async (request: string, answer: Promise<LockedRecord>): Promise<LockedRecord> => {
    const locked: unknown = await answer
    try {
      return checkedLocked(locked)
    } catch (error) {
      throw problem('unknown', `The answer to ${request}()`, error)
    }
  }
  return {
    description: lock.description,
    async read(signal) {
      const found: unknown = await lock.read(signal)
      try {
        return found === null ? null : checkedLocked(found)
      } catch (error) {
        throw problem('rejected', 'The answer to read()', error)
      }
    },
    create: async (record, signal) => written('create', lock.create(record, signal)),
    update: async (previous, record, signal) => written('update', lock.update(previous, record, signal)),
    ...(lock.refusal && { refusal: (found) => lock.refusal!(found) }),
    ...(lock.examine && { examine: async (found, signal) => lock.examine!(found, signal) }),
    ...(lock.acknowledge && {
      acknowledge: async (previous, acknowledgement, signal) =>
        written('acknowledge', lock.acknowledge!(previous, acknowledgement, signal)),
    }),
    ...(lock.watch && {
      watch: async (listener, signal) =>
        lock.watch!((told) => {
          let event
          try {
            event = checkedEvent(told)
          } catch (error) {
            return onBadEvent(problem('rejected', 'An event', error))
          }
          listener(event)
        }, signal),
    }),
  }
}
