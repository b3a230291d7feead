import { isMadeBy, isVisible } from '../../shared/election/machine/alteration.ts'
import type { ElectionRecord } from '../../shared/lease/record.ts'
import type { Moment } from '../../shared/lease/status.ts'
import type { Lock, LockedRecord } from '../../shared/locks/index.ts'

/** What an elector asks of its lock. */
export type LockRequest = 'read' | 'create' | 'update' | 'watch'

export interface Tap {
  /** Whose writes count as renewals. */
  readonly identity: string
  readonly now: () => Moment
  /** The lease was won or renewed, by a write that was sent at this moment. */
  readonly onRenewed: (sentAt: Moment) => void
  readonly onAnswer: (request: LockRequest) => void
  readonly onFailure: (request: LockRequest, error: unknown) => void
}

/**
 * A lock that lets somebody else know what the elector and its storage say to each other. A write counts as done when
 * it is answered, and also when it was not and its record turns up: as the elector counts it.
 */
export function tappedLock(lock: Lock, tap: Tap): Lock {
  let sent: readonly { readonly record: ElectionRecord; readonly at: Moment }[] = []

  const renewed = (sentAt: Moment): void => {
    sent = sent.filter(({ at }) => at.monotonicMs > sentAt.monotonicMs)
    tap.onRenewed(sentAt)
  }
  const see = (locked: LockedRecord | null): void => {
    const write = locked && sent.find(({ record }) => isMadeBy(record, locked.record))
    if (write) renewed(write.at)
  }
  const listen = async <Answer>(request: LockRequest, answer: Promise<Answer>): Promise<Answer> => {
    try {
      const value = await answer
      tap.onAnswer(request)
      return value
    } catch (error) {
      tap.onFailure(request, error)
      throw error
    }
  }
  const write = async (
    request: 'create' | 'update',
    base: LockedRecord | null,
    record: ElectionRecord,
    send: () => Promise<LockedRecord>,
  ): Promise<LockedRecord> => {
    const at = tap.now()
    const isRenewal = record.holderIdentity === tap.identity
    if (isRenewal) sent = [...sent.slice(-9), { record, at }]
    const locked = await listen(request, send())
    // The answer says that it was applied, be it with changes of the server's.
    const isOurs = locked.record.holderIdentity === tap.identity && isVisible(base, locked.record)
    if (isRenewal && isOurs && sent.some((each) => each.at === at)) renewed(at)
    return locked
  }

  return {
    description: lock.description,
    async read(signal) {
      const found = await listen('read', lock.read(signal))
      see(found)
      return found
    },
    create: (record, signal) => write('create', null, record, () => lock.create(record, signal)),
    update: (previous, record, signal) => write('update', previous, record, () => lock.update(previous, record, signal)),
    ...(lock.refusal && { refusal: (found) => lock.refusal!(found) }),
    ...(lock.acknowledge && {
      acknowledge: (previous, acknowledgement, signal) =>
        listen('update', lock.acknowledge!(previous, acknowledgement, signal)),
    }),
    ...(lock.watch && {
      watch: (listener, signal) =>
        listen(
          'watch',
          lock.watch!((event) => {
            if (event.type === 'written') see(event.locked)
            listener(event)
          }, signal),
        ),
    }),
  }
}
