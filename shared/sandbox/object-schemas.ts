import type { FieldType, Schema } from './schema.ts'

/** apimachinery meta/v1 `ObjectMeta`. */
export const OBJECT_META: Schema = {
  fields: {
    name: 'string',
    generateName: 'string',
    namespace: 'string',
    selfLink: 'string',
    uid: 'string',
    resourceVersion: 'string',
    generation: 'int64',
    creationTimestamp: 'time',
    deletionTimestamp: 'time',
    deletionGracePeriodSeconds: 'int64',
    labels: 'stringMap',
    annotations: 'stringMap',
    ownerReferences: {
      listOf: {
        fields: {
          apiVersion: 'string?',
          kind: 'string?',
          name: 'string?',
          uid: 'string?',
          controller: 'boolean',
          blockOwnerDeletion: 'boolean',
        },
      },
    },
    finalizers: 'strings',
    managedFields: 'any',
  },
}

/** coordination.k8s.io/v1 `LeaseSpec`. */
export const LEASE_SPEC: Schema = {
  fields: {
    holderIdentity: 'string?',
    leaseDurationSeconds: 'int32',
    acquireTime: 'microTime',
    renewTime: 'microTime',
    leaseTransitions: 'int32',
    strategy: 'string?',
    preferredHolder: 'string?',
  },
}

/** coordination.k8s.io/v1beta1 `LeaseCandidateSpec`. */
export const LEASE_CANDIDATE_SPEC: Schema = {
  fields: {
    leaseName: 'string?',
    pingTime: 'microTime',
    renewTime: 'microTime',
    binaryVersion: 'string?',
    emulationVersion: 'string',
    strategy: 'string',
  },
}

/** core/v1 `Event`, beside its metadata. */
export const CORE_EVENT: Readonly<Record<string, FieldType>> = {
  involvedObject: 'any',
  reason: 'string',
  message: 'string',
  source: 'any',
  firstTimestamp: 'time',
  lastTimestamp: 'time',
  count: 'int32',
  type: 'string',
  eventTime: 'microTime',
  series: 'any',
  action: 'string',
  related: 'any',
  reportingComponent: 'string?',
  reportingInstance: 'string?',
}

/** autoscaling/v1 `ScaleSpec`. */
export const SCALE_SPEC: Schema = { fields: { replicas: 'int32' } }

/** The spec and status of these matter to us only as what other programs read: they are kept as written. */
export const SPEC_AND_STATUS: Readonly<Record<string, FieldType>> = { spec: 'any', status: 'any' }
