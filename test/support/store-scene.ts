import { ElectionStore, type ElectionSource } from '../../shared/cluster/list-watch/store.ts'
import { ClusterError } from '../../shared/cluster/errors.ts'
import { electionFromLease, type Election } from '../../shared/lease/election.ts'
import { electionKey } from '../../shared/lease/election-ref.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { verbatim } from '../../shared/phrase.ts'

/** A lease's spec and metadata, as far as a test cares. */
export interface LeaseFields {
  readonly spec?: object
  readonly metadata?: object
}

/** A store that a test fills by hand, on a clock that stands still. */
export class StoreScene {
  readonly clock = new FakeClock()
  readonly store = new ElectionStore(this.clock)
  readonly #source: ElectionSource
  #version = 1

  constructor(elections: readonly Election[] = []) {
    this.#source = this.store.addSource('lease', () => this.#source.take({ type: 'current', atMs: this.clock.monotonicMs() }))
    if (elections.length > 0) this.start(elections)
  }

  /** What a first list brings. */
  start(elections: readonly Election[]): void {
    this.#source.take({ type: 'snapshot', objects: elections, resourceVersion: '1' })
    this.#source.take({ type: 'connected' })
    this.store.complete()
  }

  /** An election held by `pod-a`, renewed now, unless `fields` say otherwise. */
  election(namespace: string, name: string, { spec = {}, metadata = {} }: LeaseFields = {}): Election {
    const now = new Date(this.clock.wallMs()).toISOString()
    return electionFromLease({
      metadata: { namespace, name, uid: `${namespace}/${name}`, resourceVersion: String(++this.#version), ...metadata },
      spec: { holderIdentity: 'pod-a', leaseDurationSeconds: 15, leaseTransitions: 1, acquireTime: now, renewTime: now, ...spec },
    })
  }

  apply(election: Election): void {
    this.#source.take({ type: 'applied', object: election })
  }

  /** The holder renews, now. */
  renew(election: Election): Election {
    const renewTime = new Date(this.clock.wallMs()).toISOString()
    const renewed = { ...election, record: { ...this.store.get(electionKey(election))!.election.record, renewTime } }
    this.apply(renewed)
    return renewed
  }

  remove({ namespace, name }: Election): void {
    this.#source.take({ type: 'deleted', namespace, name })
  }

  disconnect(reason: string): void {
    const error = new ClusterError(verbatim(reason), { kind: 'unreachable' })
    this.#source.take({ type: 'disconnected', error, sinceMs: this.clock.monotonicMs() })
  }

  reconnect(): void {
    this.#source.take({ type: 'connected' })
  }
}
