import type { Clock } from '../../time/index.ts'
import { keyOf, newUid, type Collection, type ObjectMeta, type StoredObject } from '../storage.ts'

/** An election record as a demo candidate reads and writes it. */
export interface RegisteredRecord {
  readonly holderIdentity: string
  readonly leaseDurationSeconds: number
  readonly acquireTime: string
  readonly renewTime: string
  readonly leaseTransitions: number
}

/**
 * Where a demo candidate finds its election: in the sandbox's own storage, so that it needs no connection. Reading
 * and then writing within one turn of the event loop is atomic there.
 */
export interface Register {
  /** Null where there is no record. */
  read(): RegisteredRecord | null
  write(record: RegisteredRecord): void
}

interface Place {
  readonly collection: Collection
  readonly namespace: string
  readonly name: string
  readonly clock: Clock
}

/** The record as the spec of a Lease. */
export function leaseRegister(place: Place): Register {
  return {
    read: () => {
      const spec = current(place)?.['spec'] as Partial<RegisteredRecord> | undefined
      return spec ? complete(spec) : null
    },
    write: (record) => put(place, (object) => ({ ...object, spec: { ...(object['spec'] as object | undefined), ...record } })),
  }
}

const ANNOTATION = 'control-plane.alpha.kubernetes.io/leader'

/** The record as the annotation of a ConfigMap or an Endpoints object, as client-go wrote it before 0.24. */
export function annotationRegister(place: Place): Register {
  return {
    read: () => {
      const text = current(place)?.metadata.annotations?.[ANNOTATION]
      if (text === undefined) return null
      const { leaderTransitions, ...record } = JSON.parse(text) as RegisteredRecord & { leaderTransitions: number }
      return complete({ ...record, leaseTransitions: leaderTransitions })
    },
    write: ({ leaseTransitions, acquireTime, renewTime, ...record }) => {
      // The annotation's times have whole seconds (meta/v1 `Time`).
      const inSeconds = (time: string): string => time.replace(/\.\d+Z$/, 'Z')
      const annotation = JSON.stringify({
        ...record,
        acquireTime: inSeconds(acquireTime),
        renewTime: inSeconds(renewTime),
        leaderTransitions: leaseTransitions,
      })
      put(place, (object) => ({
        ...object,
        metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [ANNOTATION]: annotation } },
      }))
    },
  }
}

function current(place: Place): StoredObject | undefined {
  return place.collection.get(keyOf(place.namespace, place.name))?.object
}

function put(place: Place, change: (object: StoredObject) => StoredObject): void {
  const { collection, namespace, name, clock } = place
  const metadata: ObjectMeta = { name, namespace, uid: newUid(), creationTimestamp: wholeSeconds(clock.wallMs()) }
  collection.put(keyOf(namespace, name), change(current(place) ?? { metadata }))
}

/** What someone else wrote may lack anything. */
function complete(record: Partial<RegisteredRecord>): RegisteredRecord {
  return {
    holderIdentity: record.holderIdentity ?? '',
    leaseDurationSeconds: record.leaseDurationSeconds ?? 0,
    acquireTime: record.acquireTime ?? '',
    renewTime: record.renewTime ?? '',
    leaseTransitions: record.leaseTransitions ?? 0,
  }
}

/** A `Time` of the API: RFC 3339 without fractions. */
export function wholeSeconds(wallMs: number): string {
  return new Date(wallMs).toISOString().replace(/\.\d+Z$/, 'Z')
}
