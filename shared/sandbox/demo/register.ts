import type { PlantedObject, Sandbox } from '../index.ts'

/** An election record as a demo candidate reads and writes it. */
export interface RegisteredRecord {
  readonly holderIdentity: string
  readonly leaseDurationSeconds: number
  readonly acquireTime: string
  readonly renewTime: string
  readonly leaseTransitions: number
}

/**
 * Where a demo candidate finds its election: in the sandbox itself, so that it needs no connection. Reading and then
 * writing within one turn of the event loop is atomic there.
 */
export interface Register {
  /** Null if there is no record. */
  read(): RegisteredRecord | null
  write(record: RegisteredRecord): void
}

/** The object that an election is kept in. */
export interface Place {
  readonly sandbox: Sandbox
  readonly namespace: string
  readonly name: string
}

/** The record as the spec of a Lease. */
export function leaseRegister(place: Place): Register {
  const resource = 'leases.coordination.k8s.io'
  return {
    read: () => {
      const spec = current(place, resource)['spec'] as Partial<RegisteredRecord> | undefined
      return spec ? complete(spec) : null
    },
    write: (record) => {
      const object = current(place, resource)
      place.sandbox.plant(resource, { ...object, spec: { ...(object['spec'] as object | undefined), ...record } })
    },
  }
}

const ANNOTATION = 'control-plane.alpha.kubernetes.io/leader'

/** The record as the annotation of a ConfigMap, as client-go wrote it before 0.24. */
export function configMapRegister(place: Place): Register {
  const resource = 'configmaps'
  return {
    read: () => {
      const text = annotationsOf(current(place, resource))[ANNOTATION]
      if (text === undefined) return null
      const { leaderTransitions, ...record } = JSON.parse(text) as RegisteredRecord & { leaderTransitions: number }
      return complete({ ...record, leaseTransitions: leaderTransitions })
    },
    write: ({ leaseTransitions, acquireTime, renewTime, ...record }) => {
      // The annotation's times have whole seconds (meta/v1 `Time`).
      const inSeconds = (time: string): string => time.replace(/\.\d+Z$/, 'Z')
      const text = JSON.stringify({
        ...record,
        acquireTime: inSeconds(acquireTime),
        renewTime: inSeconds(renewTime),
        leaderTransitions: leaseTransitions,
      })
      const object = current(place, resource)
      const annotations = { ...annotationsOf(object), [ANNOTATION]: text }
      place.sandbox.plant(resource, { ...object, metadata: { ...object.metadata, annotations } })
    },
  }
}

function current({ sandbox, namespace, name }: Place, resource: string): PlantedObject {
  return (sandbox.peek(resource, namespace, name) as PlantedObject | undefined) ?? { metadata: { name, namespace } }
}

function annotationsOf(object: PlantedObject): Record<string, string> {
  return (object.metadata['annotations'] as Record<string, string> | undefined) ?? {}
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
