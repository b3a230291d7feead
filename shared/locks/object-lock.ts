import type { V1ObjectMeta } from '@kubernetes/client-node'
import { isMissing } from '../cluster/errors.ts'
import type { ApiClient } from '../cluster/client.ts'
import { watchObjects } from '../cluster/list-watch/object-watch.ts'
import { apiPath, subjectOf, type Resource } from '../cluster/paths.ts'
import { field, isObject, strings } from '../cluster/unchecked.ts'
import { multilockRefusal, visibleRefusal } from '../cluster/elections/refusal.ts'
import type { WatchEvent } from '../cluster/list-watch/watch-stream.ts'
import { electionFromAnnotated, electionFromLease, type Election } from '../lease/election.ts'
import type { ElectionRecord } from '../lease/record.ts'
import { lockPhrase, type LockKind, type ElectionRef } from '../lease/election-ref.ts'
import type { Wire } from '../wire.ts'
import { lockErrorFrom, type LockRequest } from './cluster-lock-error.ts'
import { LockError, type LockErrorKind } from './errors.ts'
import {
  ACKNOWLEDGEMENT_ANNOTATION,
  acknowledgementFrom,
  acknowledgementText,
  HANDOVER_ANNOTATION,
  handoverMark,
  isHandedOver,
  type HandoverLock,
} from './handover.ts'
import type { Acknowledgement, LockedRecord, LockEvent, LockRefusal } from './lock.ts'
import { sharedWatches } from './shared-watch.ts'
import { phrase, saying, type Phrase } from '../phrase.ts'

/** An object as the API server returned it. */
export type RawObject = Readonly<Record<string, unknown>>

/** How one kind of object stores an election record. */
export interface RecordFormat {
  /** Singular, for messages: `lease`. */
  readonly noun: LockKind
  readonly resource: Resource
  /** `apiVersion` and `kind`. */
  readonly type: { readonly apiVersion: string; readonly kind: string }
  /** Whether many locks in a namespace may watch all objects of the kind, to save connections. */
  readonly isWatchShareable: boolean
  /** Null if the object contains other data in place of a record. */
  read(object: RawObject): ElectionRecord | null
  /** Returns the object with this record, and nothing else changed. */
  write(object: RawObject, record: ElectionRecord): RawObject
}

/** Which object stores the election. */
export interface ObjectPlace {
  /** Default: the client's namespace, as for kubectl without `-n`. */
  readonly namespace?: string
  readonly name: string
}

export interface ObjectLockOptions {
  /** Labels for the object if this lock creates it. Those of an existing object stay. */
  readonly labels?: Readonly<Record<string, string>>
}

/**
 * A lock in an object of the API server. It reads from etcd, and writes back the object that it read, with only the record
 * changed. The API server compares the resourceVersion and the uid.
 *
 * RBAC: `get`, `create` and `update`; with `watch`, candidates need not poll.
 */
export class ObjectLock implements HandoverLock {
  readonly description: string
  readonly #client: ApiClient
  readonly #format: RecordFormat
  readonly #place: Required<ObjectPlace>
  readonly #options: ObjectLockOptions
  readonly #path: string
  /** What was read last, by whatever way. */
  #latest: LockedRecord | null = null

  constructor(client: ApiClient, format: RecordFormat, { namespace = client.namespace, name }: ObjectPlace, options: ObjectLockOptions) {
    const place = { namespace, name }
    this.description = `${format.noun} ${namespace}/${name}`
    this.#options = options
    this.#client = client
    this.#format = format
    this.#place = place
    this.#path = apiPath(format.resource, place)
  }

  async read(signal: AbortSignal): Promise<LockedRecord | null> {
    const path = this.#path
    try {
      return this.#locked(await this.#client.request({ method: 'GET', path, subject: this.#subject('get'), onCut: 'fail', signal }))
    } catch (error) {
      if (isMissing(error)) return null
      throw lockErrorFrom(error, 'read')
    }
  }

  async create(record: ElectionRecord, signal: AbortSignal): Promise<LockedRecord> {
    const { namespace, name } = this.#place
    const { labels } = this.#options
    const metadata: Wire<V1ObjectMeta> = { namespace, name, ...(labels && { labels }) }
    const body = this.#format.write({ ...this.#format.type, metadata }, record)
    const path = apiPath(this.#format.resource, { namespace })
    return this.#send('create', { method: 'POST', path, body }, signal)
  }

  async update(previous: LockedRecord, record: ElectionRecord, signal: AbortSignal): Promise<LockedRecord> {
    return this.#put(previous, (object) => this.#format.write(withMarks(object, {}), record), signal)
  }

  async handOver(
    previous: LockedRecord,
    record: ElectionRecord,
    nonce: string,
    signal: AbortSignal,
  ): Promise<LockedRecord> {
    const marks = { [HANDOVER_ANNOTATION]: handoverMark(nonce, record) }
    return this.#put(previous, (object) => this.#format.write(withMarks(object, marks), record), signal)
  }

  async acknowledge(
    previous: LockedRecord,
    acknowledgement: Acknowledgement,
    signal: AbortSignal,
  ): Promise<LockedRecord> {
    const marks = { [ACKNOWLEDGEMENT_ANNOTATION]: acknowledgementText(acknowledgement) }
    return this.#put(previous, (object) => withMarks(object, marks), signal)
  }

  /** Refuses leases that are not leader elections, and coordinated elections. */
  refusal(found: LockedRecord | null): LockRefusal | null {
    const refusal = visibleRefusal(this.#ref, found && this.#election(found))
    // A pending deletion is no reason to refuse: the leader loses the lease as by any other deletion.
    return refusal?.kind === 'deleting' ? null : refusal
  }

  /** Refuses half of a client-go multi-lock: its candidates lead only if they hold an object of another kind as well. */
  async examine(found: LockedRecord, signal: AbortSignal): Promise<LockRefusal | null> {
    const election = this.#election(found)
    try {
      return election && (await multilockRefusal(this.#client, this.#ref, election, signal))
    } catch (error) {
      throw lockErrorFrom(error, 'read')
    }
  }

  /** If `watch` is not allowed, it rejects with `forbidden`, and the elector polls. */
  async watch(listener: (event: LockEvent) => void, signal: AbortSignal): Promise<void> {
    const { resource, isWatchShareable } = this.#format
    const onEvent = (event: WatchEvent): void => {
      const told = this.#told(event)
      if (told && !signal.aborted) listener(told)
    }
    try {
      if (isWatchShareable) {
        const { namespace, name } = this.#place
        await sharedWatches(this.#client, resource, namespace).watch(name, onEvent, signal)
      } else {
        await watchObjects(this.#client, { resource, ...this.#place }, { onEvent }, signal)
      }
    } catch (error) {
      throw lockErrorFrom(error, 'watch')
    }
  }

  get #ref(): ElectionRef {
    return { lock: this.#format.noun, ...this.#place }
  }

  #election({ handle }: LockedRecord): Election | null {
    const { noun } = this.#format
    return noun === 'lease' ? electionFromLease(handle) : electionFromAnnotated(noun, handle)
  }

  #subject(verb: string): ReturnType<typeof subjectOf> {
    return subjectOf(verb, this.#format.resource, this.#place)
  }

  async #put(
    previous: LockedRecord,
    change: (object: RawObject) => RawObject,
    signal: AbortSignal,
  ): Promise<LockedRecord> {
    const { handle } = previous
    if (!isObject(handle)) throw failed('rejected', phrase`The record to replace was not read from ${lockPhrase(this.description)}.`)
    return this.#send('update', { method: 'PUT', path: this.#path, body: change(handle) }, signal)
  }

  async #send(
    request: LockRequest & ('create' | 'update'),
    { method, path, body }: { readonly method: 'POST' | 'PUT'; readonly path: string; readonly body: RawObject },
    signal: AbortSignal,
  ): Promise<LockedRecord> {
    let answer: unknown
    try {
      answer = await this.#client.request({ method, path, body, subject: this.#subject(request), signal })
    } catch (error) {
      throw lockErrorFrom(error, request)
    }
    try {
      return this.#locked(answer)
    } catch (error) {
      throw failed('unknown', phrase`Cannot read the answer to a write of ${lockPhrase(this.description)}.`, error)
    }
  }

  #told(event: WatchEvent): LockEvent | null {
    if (event.type === 'DELETED') return { type: 'deleted', version: event.resourceVersion }
    // As a rule a leader is told of its own renewal, whose answer said the same.
    if (this.#latest?.version === event.resourceVersion) return { type: 'written', locked: this.#latest }
    const { object } = event
    try {
      return { type: 'written', locked: this.#locked(object) }
    } catch {
      // The elector cannot use this event. Its next read reports the reason.
      return null
    }
  }

  #locked(object: unknown): LockedRecord {
    const metadata = field(object, 'metadata')
    const version = field(metadata, 'resourceVersion')
    if (!isObject(object) || typeof version !== 'string' || !/^\d+$/.test(version)) {
      throw failed('rejected', phrase`${this.#client.server} returned no valid resource version for ${lockPhrase(this.description)}.`)
    }
    const record = this.#format.read(object)
    if (!record) {
      throw failed('rejected', phrase`The ${lockPhrase(this.description)} contains data that is not an election record. Remove the data, or use another name.`)
    }
    const annotations = strings(field(metadata, 'annotations'))
    this.#latest = {
      record,
      version,
      handedOver: isHandedOver(annotations[HANDOVER_ANNOTATION], record),
      acknowledgement: acknowledgementFrom(annotations[ACKNOWLEDGEMENT_ANNOTATION]),
      handle: withoutManagedFields(object),
    }
    return this.#latest
  }
}

/**
 * Leaves out `managedFields`, which are half of a Lease's bytes. The API server keeps them if an update leaves them out
 * (apimachinery's `decodeLiveOrNew`), so a thousand leaders need not send them back with each renewal.
 */
function withoutManagedFields(object: RawObject): RawObject {
  return { ...object, metadata: { ...(object['metadata'] as RawObject), managedFields: undefined } }
}

const MARKS = [HANDOVER_ANNOTATION, ACKNOWLEDGEMENT_ANNOTATION]

/** Returns the object with exactly these of the annotations of failovers. */
function withMarks(object: RawObject, marks: Readonly<Record<string, string>>): RawObject {
  const metadata = object['metadata'] as RawObject
  const before = field(metadata, 'annotations')
  if (MARKS.every((mark) => marks[mark] === field(before, mark))) return object
  // JSON.stringify leaves out undefined values, which removes the annotation.
  const annotations = {
    ...(before as RawObject | undefined),
    ...Object.fromEntries(MARKS.map((mark) => [mark, marks[mark]])),
  }
  return { ...object, metadata: { ...metadata, annotations } }
}

function failed(kind: LockErrorKind, said: Phrase, cause?: unknown): LockError {
  return saying(new LockError(kind, said.text, { cause }), said)
}
