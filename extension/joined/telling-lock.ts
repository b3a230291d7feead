import { LockError, type Lock } from '../../shared/locks/index.ts'
import { errorText } from '../advice.ts'

/**
 * A lock that says how its storage answers: with null where it does, and else with what is the matter, for a person.
 * Where somebody else was faster, it has answered. A watch that breaks is no matter: the elector polls.
 */
export function tellingLock(lock: Lock, tell: (problem: string | null) => void): Lock {
  const listen = async <Answer>(answer: Promise<Answer>, signal: AbortSignal): Promise<Answer> => {
    try {
      const value = await answer
      tell(null)
      return value
    } catch (error) {
      // A request that the elector gave up for want of an answer is one; one that it no longer needs is not.
      const failure: unknown = signal.aborted ? signal.reason : error
      if (isAnswer(failure)) tell(null)
      else if (failure instanceof LockError) tell(errorText(failure))
      throw error
    }
  }
  return {
    description: lock.description,
    read: (signal) => listen(lock.read(signal), signal),
    create: (record, signal) => listen(lock.create(record, signal), signal),
    update: (previous, record, signal) => listen(lock.update(previous, record, signal), signal),
    ...(lock.refusal && { refusal: (found) => lock.refusal!(found) }),
    ...(lock.acknowledge && {
      acknowledge: (previous, acknowledgement, signal) =>
        listen(lock.acknowledge!(previous, acknowledgement, signal), signal),
    }),
    ...(lock.watch && { watch: (listener, signal) => lock.watch!(listener, signal) }),
  }
}

function isAnswer(error: unknown): boolean {
  return error instanceof LockError && ['conflict', 'exists', 'absent'].includes(error.kind)
}
