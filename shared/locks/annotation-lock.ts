import { CONFIG_MAPS, ENDPOINTS } from '../cluster/paths.ts'
import type { ApiClient } from '../cluster/client.ts'
import { field, isObject } from '../cluster/unchecked.ts'
import { LEADER_ANNOTATION, recordFromAnnotation } from '../lease/record.ts'
import { writeRecordJson } from './annotation-record.ts'
import { ObjectLock, type ObjectLockOptions, type ObjectPlace, type RawObject, type RecordFormat } from './object-lock.ts'

/** The kinds of object in which client-go stored elections before Leases. */
export type AnnotatedKind = 'configmap' | 'endpoints'

/** An object without an election record. client-go treats it as one with an empty record. */
const NO_RECORD = '{}'

/** client-go's `ConfigMapLock` and `EndpointsLock` (until 0.23): the record is JSON in an annotation. */
function annotationFormat(noun: AnnotatedKind): RecordFormat {
  return {
    noun,
    resource: noun === 'configmap' ? CONFIG_MAPS : ENDPOINTS,
    type: { apiVersion: 'v1', kind: noun === 'configmap' ? 'ConfigMap' : 'Endpoints' },
    // A shared watch would transfer the data of every such object in the namespace.
    isWatchShareable: false,
    read: (object) => recordFromAnnotation(annotationOf(object) ?? NO_RECORD),
    write(object, record) {
      const metadata = object['metadata'] as RawObject
      const before = field(metadata, 'annotations')
      const json = writeRecordJson(record, annotationOf(object))
      const annotations = { ...(isObject(before) && before), [LEADER_ANNOTATION]: json }
      return { ...object, metadata: { ...metadata, annotations } }
    },
  }
}

function annotationOf(object: RawObject): string | undefined {
  const text = field(field(object['metadata'], 'annotations'), LEADER_ANNOTATION)
  return typeof text === 'string' ? text : undefined
}

/**
 * A lock in an annotation of a ConfigMap or an Endpoints object, for elections that still use one. Every write to the object
 * by another client causes a conflict for a candidate.
 */
export class AnnotationLock extends ObjectLock {
  constructor(client: ApiClient, kind: AnnotatedKind, place: ObjectPlace, options: ObjectLockOptions = {}) {
    super(client, annotationFormat(kind), place, options)
  }
}
