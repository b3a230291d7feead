import { LockError, type Lock } from '../../shared/locks/index.ts'
import { errorText } from '../advice.ts'

/**
 * A lock that reports each answer of its storage: null for an answer, and otherwise the problem, for a person. A conflict
 * with another client is an answer. A broken watch is not reported, because the elector polls then.
 */
export function tellingLock(lock: Lock, tell: (problem: string | null) => void): Lock {
  const listen = async <Answer>(answer: Promise<Answer>, signal: AbortSignal): Promise<Answer> => {
    try {
      const value = await answer
      tell(null)
      return value
    } catch (error) {
      // Report a request that the elector aborted because it got no answer, but not one that it no longer needed.
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
