import type { V1LabelSelector, V1Scale } from '@kubernetes/client-node'
import type { Wire } from '../wire.ts'
import { checkNameOfBody, checkNamespaceOfBody, decodeBody, decodePatched, type Decoded } from './body.ts'
import { groupVersion, SCALE } from './resources.ts'
import { isObject } from './schema.ts'
import { invalid, notFound } from './status.ts'
import { keyOf, type StoredObject, type Version } from './storage.ts'
import { invalidValue } from './validation.ts'
import { collectionOf, replace, type WriteContext, type WriteResult } from './write.ts'

const VERSION = SCALE.versions[0]!

/** A workload as its `/scale` shows it (autoscaling/v1 `Scale`). */
export function scaleOf({ object }: Version): Wire<V1Scale> {
  const { name, namespace = null, uid = null, resourceVersion = null, creationTimestamp = null } = object.metadata
  const spec = part(object, 'spec')
  const replicas = spec['replicas'] ?? 1
  const current = part(object, 'status')['replicas'] ?? 0
  const selector = selectorText(spec['selector'])
  return {
    kind: SCALE.kind,
    apiVersion: groupVersion(SCALE.group, VERSION),
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas: Number(replicas) },
    status: { replicas: Number(current), ...(selector !== '' && { selector }) },
  }
}

/** PUT of `/scale`. Throws 400, 404, 409, 422. */
export function updateScale(context: WriteContext, name: string, body: unknown): WriteResult {
  return changeScale(context, name, () => decodeBody({ ...context, resource: SCALE, version: VERSION }, body))
}

/** PATCH of `/scale`. Throws 404, and what an update throws. */
export function patchScale(context: WriteContext, name: string, apply: (current: unknown) => unknown): WriteResult {
  const decode = (current: Version): Decoded =>
    decodePatched({ ...context, resource: SCALE, version: VERSION }, apply(scaleOf(current)))
  return changeScale(context, name, decode)
}

/** Sets the replicas of a workload as `ScaleREST` of kubernetes pkg/registry/apps does, and nothing else. */
function changeScale(context: WriteContext, name: string, wanted: (current: Version) => Decoded): WriteResult {
  const current = collectionOf(context).get(keyOf(context.namespace, name))
  if (!current) throw notFound(context.resource, name)
  const { object: scale, warnings } = wanted(current)
  checkNameOfBody(scale.metadata, name)
  checkNamespaceOfBody(context, scale.metadata)
  const replicas = Number(part(scale, 'spec')['replicas'] ?? 0)
  if (replicas < 0) {
    const cause = invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0')
    throw invalid(SCALE.kind, SCALE.group, name, [cause])
  }
  const { resourceVersion, uid } = scale.metadata
  const object = {
    ...current.object,
    metadata: { ...current.object.metadata, resourceVersion, uid },
    spec: { ...part(current.object, 'spec'), replicas },
  } as StoredObject
  return { version: replace(context, object, current), created: false, warnings }
}

/** A label selector as text, as apimachinery's `LabelSelectorAsSelector` writes one. */
function selectorText(selector: unknown): string {
  if (!isObject(selector)) return ''
  const { matchLabels, matchExpressions } = selector as V1LabelSelector
  const requirements = [
    ...Object.entries(matchLabels ?? {}).map(([key, value]) => ({ key, text: `${key}=${value}` })),
    ...(matchExpressions ?? []).map(({ key, operator, values }) => ({ key, text: expressionText(key, operator, values ?? []) })),
  ]
  return requirements
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ text }) => text)
    .join(',')
}

function expressionText(key: string, operator: string, values: readonly string[]): string {
  const list = [...values].sort().join(',')
  switch (operator) {
    case 'In':
      return `${key} in (${list})`
    case 'NotIn':
      return `${key} notin (${list})`
    default:
      return operator === 'DoesNotExist' ? `!${key}` : key
  }
}

function part(object: StoredObject, field: 'spec' | 'status'): Readonly<Record<string, unknown>> {
  const value = object[field]
  return isObject(value) ? value : {}
}
