import type { Lock } from './lock.ts'

/** What an elector asks of its lock. */
export type LockRequest = 'read' | 'create' | 'update' | 'watch'

/** What is told of the requests to a lock. */
export interface LockObserver {
  readonly onAnswer: (request: LockRequest) => void
  /** `signal` is that of the request: where it is aborted, its reason says why the request was given up. */
  readonly onFailure: (request: LockRequest, error: unknown, signal: AbortSignal) => void
}

/** A lock that tells how each request to it ended. A watch that ends without an error has been answered. */
export function observedLock(lock: Lock, { onAnswer, onFailure }: LockObserver): Lock {
  const observe = async <Answer>(request: LockRequest, signal: AbortSignal, answer: Promise<Answer>): Promise<Answer> => {
    try {
      const value = await answer
      onAnswer(request)
      return value
    } catch (error) {
      onFailure(request, error, signal)
      throw error
    }
  }
  return {
    description: lock.description,
    read: (signal) => observe('read', signal, lock.read(signal)),
    create: (record, signal) => observe('create', signal, lock.create(record, signal)),
    update: (previous, record, signal) => observe('update', signal, lock.update(previous, record, signal)),
    ...(lock.refusal && { refusal: (found) => lock.refusal!(found) }),
    ...(lock.examine && { examine: (found, signal) => lock.examine!(found, signal) }),
    ...(lock.acknowledge && {
      acknowledge: (previous, acknowledgement, signal) =>
        observe('update', signal, lock.acknowledge!(previous, acknowledgement, signal)),
    }),
    ...(lock.watch && { watch: (listener, signal) => observe('watch', signal, lock.watch!(listener, signal)) }),
  }
}
