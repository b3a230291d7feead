import type { ApiClient } from '../../shared/cluster/client.ts'
import type { ElectionRecord } from '../../shared/lease/record.ts'
import { LeaseLock } from '../../shared/locks/lease-lock.ts'
import { LockError } from '../../shared/locks/errors.ts'
import type { LockedRecord } from '../../shared/locks/lock.ts'
import { pause } from '../bench/election-candidate.ts'
import { heldBy } from '../election/records.ts'

interface Ways {
  readonly leaseDurationSeconds?: number
  readonly everyMs?: number
  /** Writes its own name over whoever else comes, as no candidate does. */
  readonly isStubborn?: boolean
}

/** Somebody who renews a lease of the namespace `default` by hand, as "old", and knows whether anybody else has written it. */
export class HandWrittenLeader implements AsyncDisposable {
  /** How often somebody else's write came before its own. */
  disturbances = 0
  readonly #lock: LeaseLock
  readonly #ways: Ways
  readonly #over = new AbortController()
  #ended: Promise<void> = Promise.resolve()

  private constructor(lock: LeaseLock, ways: Ways) {
    this.#lock = lock
    this.#ways = ways
  }

  static async hold(client: ApiClient, name: string, ways: Ways = {}): Promise<HandWrittenLeader> {
    const leader = new HandWrittenLeader(new LeaseLock(client, { namespace: 'default', name }), ways)
    const locked = await leader.#lock.create(leader.#record(0), leader.#over.signal)
    leader.#ended = leader.#renew(locked).catch(() => undefined)
    return leader
  }

  async holder(): Promise<string | null> {
    return (await this.#lock.read(AbortSignal.timeout(10_000)))?.record.holderIdentity ?? null
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort()
    await this.#ended
  }

  async #renew(first: LockedRecord): Promise<void> {
    const { everyMs = 200, isStubborn = false } = this.#ways
    const { signal } = this.#over
    let locked: LockedRecord | null = first
    while (!signal.aborted && (locked.record.holderIdentity === 'old' || isStubborn)) {
      try {
        locked = await this.#lock.update(locked, this.#record(locked.record.leaseTransitions), signal)
      } catch (error) {
        if (!(error instanceof LockError && error.kind === 'conflict')) throw error
        this.disturbances += 1
        locked = await this.#lock.read(signal)
        if (!locked) return
      }
      await pause(everyMs)
    }
  }

  #record(leaseTransitions: number): ElectionRecord {
    const now = new Date().toISOString().replace('Z', '000Z')
    const { leaseDurationSeconds = 6 } = this.#ways
    return heldBy('old', { leaseDurationSeconds, leaseTransitions, acquireTime: now, renewTime: now })
  }
}
