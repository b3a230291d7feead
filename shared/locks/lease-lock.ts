import type { V1LeaseSpec } from '@kubernetes/client-node'
import { isObject } from '../cluster/unchecked.ts'
import { LEASES } from '../cluster/paths.ts'
import type { ApiClient } from '../cluster/client.ts'
import { recordFromLeaseSpec } from '../lease/record.ts'
import type { Wire } from '../wire.ts'
import { ObjectLock, type ObjectLockOptions, type ObjectPlace, type RecordFormat } from './object-lock.ts'

/** As client-go's `LeaderElectionRecordToLeaseSpec` (tools/leaderelection/resourcelock/leaselock.go). */
const LEASE_FORMAT: RecordFormat = {
  noun: 'lease',
  resource: LEASES,
  type: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' },
  isWatchShareable: true,
  read: (object) => recordFromLeaseSpec(object['spec']),
  write(object, record) {
    const before = isObject(object['spec']) ? object['spec'] : {}
    const { strategy, preferredHolder, ...fields } = record
    const written: Wire<V1LeaseSpec> = {
      ...fields,
      ...(strategy !== null && { strategy }),
      ...(preferredHolder !== null && { preferredHolder }),
    }
    return { ...object, spec: { ...before, ...written } }
  },
}

/** A lock in a Lease (coordination.k8s.io/v1), client-go's default. */
export class LeaseLock extends ObjectLock {
  constructor(client: ApiClient, place: ObjectPlace, options: ObjectLockOptions = {}) {
    super(client, LEASE_FORMAT, place, options)
  }
}
