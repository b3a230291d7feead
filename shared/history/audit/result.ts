import type { LockKind } from '../../lease/election-ref.ts'
import { LEADER_ANNOTATION, recordFromAnnotation, recordFromLeaseSpec, type ElectionRecord } from '../../lease/record.ts'

/**
 * What is known of an election's record after a write:
 *
 * - `record`: all of it, from the object in the response, in the request of a create or an update, or in a patch that sets it;
 * - `holder`: only the holder that a patch set, because the object that it resulted in is not in the log;
 * - `unchanged`: the write cannot have changed the holder;
 * - `unknown`: nothing;
 * - `gone`: the object was deleted.
 */
export type Result =
  | { readonly known: 'record'; readonly record: ElectionRecord }
  | { readonly known: 'holder'; readonly holderIdentity: string }
  | { readonly known: 'unchanged' | 'unknown' | 'gone' }

const UNKNOWN: Result = Object.freeze({ known: 'unknown' })
const UNCHANGED: Result = Object.freeze({ known: 'unchanged' })

/** The record in an object of the API; null if it is not an object of this kind, or has no record. */
export function recordOf(lock: LockKind, object: unknown): ElectionRecord | null {
  const { kind, spec, metadata } = fields(object)
  if (lock === 'lease') return kind === 'Lease' ? recordFromLeaseSpec(spec) : null
  if (kind !== 'ConfigMap' && kind !== 'Endpoints') return null
  const annotation = fields(fields(metadata)['annotations'])[LEADER_ANNOTATION]
  return typeof annotation === 'string' ? recordFromAnnotation(annotation) : null
}

/**
 * What the body of a patch says about the holder, whatever kind of patch it is. A server-side apply that leaves out the
 * holder removes it if the same manager had set it, so nothing is known of that. The log does not name the kind of a patch,
 * so a body that could be an apply is taken for one.
 */
export function resultOfPatch(lock: LockKind, body: unknown): Result {
  if (lock !== 'lease') return UNKNOWN
  if (Array.isArray(body)) return resultOfJsonPatch(body)
  const patch = asObject(body)
  if (!patch) return UNKNOWN
  const hasDirective = Object.keys(patch).some((key) => key.startsWith('$'))
  if (hasDirective) return UNKNOWN
  const mayBeApply = 'apiVersion' in patch && 'kind' in patch
  if (!('spec' in patch)) return mayBeApply ? UNKNOWN : UNCHANGED
  if (patch['spec'] === null) return mayBeApply ? UNKNOWN : { known: 'holder', holderIdentity: '' }
  const spec = asObject(patch['spec'])
  if (!spec || Object.keys(spec).some((key) => key.startsWith('$'))) return UNKNOWN
  if (!('holderIdentity' in spec)) return mayBeApply ? UNKNOWN : UNCHANGED
  return ofSpec(spec)
}

/** A patch that sets all that a candidate writes on renewing tells as much as an update; one that sets only the holder, only that. */
function ofSpec(spec: Readonly<Record<string, unknown>>): Result {
  const isWhole = ['holderIdentity', 'leaseDurationSeconds', 'renewTime'].every((field) => spec[field] !== undefined && spec[field] !== null)
  return isWhole ? { known: 'record', record: recordFromLeaseSpec(spec) } : holder(spec['holderIdentity'])
}

const HOLDER_PATH = '/spec/holderIdentity'

function resultOfJsonPatch(operations: readonly unknown[]): Result {
  let result = UNCHANGED
  for (const operation of operations) {
    const { op, path, from, value } = fields(operation)
    if (typeof path !== 'string') return UNKNOWN
    if (op === 'test') continue
    const isMove = op === 'copy' || op === 'move'
    if (path === HOLDER_PATH) result = isMove ? UNKNOWN : op === 'remove' ? holder(null) : holder(value)
    else if (path === '/spec' || path === '') result = isMove ? UNKNOWN : op === 'remove' ? holder(null) : holderIn(path, value)
    else if (op === 'move' && (from === HOLDER_PATH || from === '/spec')) result = holder(null)
  }
  return result
}

function holderIn(path: string, value: unknown): Result {
  const spec = path === '' ? fields(value)['spec'] : value
  return ofSpec(fields(spec))
}

function holder(value: unknown): Result {
  if (value === null || value === undefined) return { known: 'holder', holderIdentity: '' }
  return typeof value === 'string' ? { known: 'holder', holderIdentity: value } : UNKNOWN
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : null
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return asObject(value) ?? {}
}
