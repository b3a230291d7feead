import type { LockKind } from '../../lease/election-ref.ts'
import type { ElectionRecord } from '../../lease/record.ts'
import { preciseMs } from '../time-range.ts'
import { recordOf, resultOfPatch, type Result } from './result.ts'
import { type Writer, type WriterBook } from './writer.ts'

export type WriteVerb = 'create' | 'update' | 'patch' | 'delete' | 'deletecollection'

/** How much of a request the log holds, by what is there: a log of a higher level whose objects were stripped counts as a lower one. */
export type AuditLevel = 'Metadata' | 'Request' | 'RequestResponse'

/** An object that a `deletecollection` deleted. */
export interface Deleted {
  readonly name: string
  readonly uid: string | null
}

/** One request to write an election's object, from an audit log. All times are by the clock of the API server that logged it. */
export interface AuditWrite {
  /** The index of the source that it came from. */
  readonly source: number
  readonly auditId: string
  readonly level: AuditLevel
  readonly verb: WriteVerb
  readonly namespace: string
  /** Empty for a `deletecollection`. */
  readonly name: string
  readonly lock: LockKind
  /** `requestReceivedTimestamp`, in milliseconds since the epoch, with microseconds as a fraction. */
  readonly receivedMs: number
  /** `stageTimestamp` of the completion; null if the log has none. */
  readonly completedMs: number | null
  /** `uncertain`: the server failed, or the log has no completion, so it may have been written. */
  readonly outcome: 'written' | 'refused' | 'uncertain'
  /** The HTTP status; null without a completion. */
  readonly code: number | null
  readonly writer: Writer
  /** The resourceVersion that it replaced, or tried to; null if the request did not name one. */
  readonly replaced: number | null
  /** The resourceVersion that it made; null if the log does not hold the response. */
  readonly made: number | null
  /** The UID of the object; null if the log does not hold it. */
  readonly uid: string | null
  /** What the record was after it; for a request that was refused, what it asked for. */
  readonly result: Result
  /** The objects that a `deletecollection` deleted, or may have deleted; null if the log does not hold them, and for other verbs. */
  readonly deleted: readonly Deleted[] | null
  /** Whether a delete can have been a dry run, which only its body says. */
  readonly mayBeDryRun: boolean
}

const VERBS: ReadonlySet<string> = new Set<WriteVerb>(['create', 'update', 'patch', 'delete', 'deletecollection'])
const LOCKS: Readonly<Record<string, LockKind>> = { leases: 'lease', configmaps: 'configmap', endpoints: 'endpoints' }

/**
 * Reads one event of a kube-apiserver audit log (`audit.k8s.io/v1`); null if it is not a request to write the object of an
 * election, or is a dry run. Any text is accepted: a field of the wrong type counts as missing.
 */
export function auditWriteOf(event: Readonly<Record<string, unknown>>, source: number, writers: WriterBook): AuditWrite | null {
  const verb = event['verb']
  const reference = fields(event['objectRef'])
  const lock = LOCKS[String(reference['resource'])]
  if (typeof verb !== 'string' || !VERBS.has(verb) || !lock || text(reference['subresource'])) return null
  const group = text(reference['apiGroup']) ?? ''
  if (group !== (lock === 'lease' ? 'coordination.k8s.io' : '')) return null
  const receivedMs = preciseMs(event['requestReceivedTimestamp'])
  if (receivedMs === null) return null

  const request = event['requestObject']
  const response = event['responseObject']
  const isDelete = verb === 'delete' || verb === 'deletecollection'
  const uri = text(event['requestURI']) ?? ''
  if (isDryRun(uri, isDelete ? request : null)) return null

  const { outcome, code, completedMs } = completionOf(event)
  const metadata = fields(fields(response)['metadata'])
  const asked = fields(fields(request)['metadata'])
  const answer = recordOf(lock, response)
  return {
    source,
    auditId: text(event['auditID']) ?? '',
    level: response ? 'RequestResponse' : request ? 'Request' : 'Metadata',
    verb: verb as WriteVerb,
    namespace: writers.once(text(reference['namespace']) ?? ''),
    name: writers.once(text(reference['name']) ?? text(asked['name']) ?? ''),
    lock,
    receivedMs,
    completedMs,
    outcome,
    code,
    writer: writers.read(event),
    replaced: version(reference['resourceVersion']) ?? version(asked['resourceVersion']),
    made: outcome === 'written' && answer && !isDelete ? version(metadata['resourceVersion']) : null,
    uid: writers.once((answer && text(metadata['uid'])) ?? text(reference['uid']) ?? text(fields(fields(response)['details'])['uid'])),
    result: isDelete ? resultOfDelete(verb, lock, response) : compact(resultOf(lock, verb, request, response, answer), writers),
    deleted: verb === 'deletecollection' ? (deletedIn(response) ?? selectedIn(uri)) : null,
    mayBeDryRun: isDelete && !request,
  }
}

function completionOf(event: Readonly<Record<string, unknown>>): Pick<AuditWrite, 'outcome' | 'code' | 'completedMs'> {
  const stage = event['stage']
  if (stage !== 'ResponseComplete' && stage !== 'Panic') return { outcome: 'uncertain', code: null, completedMs: null }
  const completedMs = preciseMs(event['stageTimestamp'])
  const given = fields(event['responseStatus'])['code']
  const code = typeof given === 'number' && given > 0 ? given : null
  if (stage === 'Panic' || code === null || code >= 500) return { outcome: 'uncertain', code, completedMs }
  return { outcome: code < 300 ? 'written' : 'refused', code, completedMs }
}

function resultOf(lock: LockKind, verb: string, request: unknown, response: unknown, answer: ElectionRecord | null): Result {
  if (answer) {
    const { deletionTimestamp, finalizers } = fields(fields(response)['metadata'])
    // The update that takes away the last finalizer deletes the object.
    const isGone = Boolean(deletionTimestamp) && (!Array.isArray(finalizers) || finalizers.length === 0)
    return isGone ? { known: 'gone' } : { known: 'record', record: answer }
  }
  if (request === undefined || request === null) return { known: 'unknown' }
  if (verb === 'patch') return resultOfPatch(lock, request)
  const record = recordOf(lock, request)
  return record ? { known: 'record', record } : { known: 'unknown' }
}

/** Renewals repeat all but the time of the renewal. */
function compact(result: Result, writers: WriterBook): Result {
  if (result.known !== 'record') return result
  const { record } = result
  return { known: 'record', record: { ...record, holderIdentity: writers.once(record.holderIdentity), acquireTime: writers.once(record.acquireTime) } }
}

/** A delete answers with a Status, or with the object, which is still there if it has finalizers. */
function resultOfDelete(verb: string, lock: LockKind, response: unknown): Result {
  if (verb === 'deletecollection') return { known: 'unknown' }
  const { kind, metadata } = fields(response)
  const finalizers = recordOf(lock, response) ? fields(metadata)['finalizers'] : null
  if (Array.isArray(finalizers) && finalizers.length > 0) return { known: 'unchanged' }
  return kind === undefined ? { known: 'unknown' } : { known: 'gone' }
}

function deletedIn(response: unknown): readonly Deleted[] | null {
  const { items } = fields(response)
  if (!Array.isArray(items)) return null
  return items.map((item) => {
    const { name, uid } = fields(fields(item)['metadata'])
    return { name: text(name) ?? '', uid: text(uid) }
  })
}

/** The one object that a field selector names. */
function selectedIn(uri: string): readonly Deleted[] | null {
  const query = uri.indexOf('?')
  const selector = query === -1 ? null : new URLSearchParams(uri.slice(query + 1)).get('fieldSelector')
  const name = selector && /(?:^|,)metadata\.name==?([^,]+)/.exec(selector)?.[1]
  return name ? [{ name, uid: null }] : null
}

function isDryRun(uri: string, deleteOptions: unknown): boolean {
  const query = uri.indexOf('?')
  if (query !== -1 && new URLSearchParams(uri.slice(query + 1)).get('dryRun')) return true
  const asked = fields(deleteOptions)['dryRun']
  return Array.isArray(asked) && asked.length > 0
}

function version(value: unknown): number | null {
  const number = typeof value === 'string' && /^[0-9]+$/.test(value) ? Number(value) : 0
  return Number.isSafeInteger(number) && number > 0 ? number : null
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {}
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
