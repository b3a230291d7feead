import { electionKey, type ElectionRef, type LockKind } from '../../lease/election-ref.ts'
import type { ClockReading } from '../clocks.ts'
import { toldBy, type ToldEvent } from '../told.ts'
import { preciseMs, type TimeRange } from '../time-range.ts'
import { AuditBook } from './audit-book.ts'
import { auditWriteOf, type AuditLevel, type AuditWrite } from './audit-write.ts'
import { WriterBook } from './writer.ts'

/** A write as far as it matters for comparing clocks; `object` tells which writes follow each other. */
interface Stamp {
  readonly object: string
  readonly source: number
  readonly receivedMs: number
  readonly completedMs: number
  readonly made: number | null
  readonly replaced: number | null
  readonly aheadOfClientMs: number | null
}

/** What {@link AuditReader} found out about one source. */
export interface SourceReading {
  readonly levels: ReadonlySet<AuditLevel>
  readonly covers: TimeRange | null
  readonly unreadable: number
}

/** Which elections to read. */
export interface Wanted {
  readonly locks: readonly LockKind[]
  /** Whether to keep the writes of an election. */
  readonly includes: (namespace: string, name: string, lock: LockKind) => boolean
}

/**
 * Reads the lines of audit logs, in any order, and keeps what concerns the wanted elections. Callers pass only lines that
 * contain one of {@link AuditReader.needles}; the others need not be parsed.
 */
export class AuditReader {
  readonly #wanted: Wanted
  readonly #writers = new WriterBook()
  readonly #books = new Map<string, { readonly ref: ElectionRef; readonly book: AuditBook }>()
  /** Of `deletecollection`, by namespace. */
  readonly #unnamed: AuditWrite[] = []
  readonly #stamps: Stamp[] = []
  readonly #told: { readonly object: string; readonly event: ToldEvent }[] = []
  readonly #sources: { levels: Set<AuditLevel>; fromMs: number; toMs: number; unreadable: number }[] = []

  constructor(wanted: Wanted) {
    this.#wanted = wanted
  }

  /** Text that every line of interest contains. */
  get needles(): readonly string[] {
    const resources = { lease: '"leases"', configmap: '"configmaps"', endpoints: '"endpoints"' }
    return [...this.#wanted.locks.map((lock) => resources[lock]), '"LeaderElection"']
  }

  /** The elections of which there are writes, as far as `wanted` includes them. */
  get elections(): readonly ElectionRef[] {
    return [...this.#books.values()].map(({ ref }) => ref)
  }

  /** Takes one line of a source, without its line break. */
  line(text: string, source: number): void {
    const reading = this.#source(source)
    let parsed: unknown
    try {
      parsed = JSON.parse(text)
    } catch {
      reading.unreadable++
      return
    }
    for (const event of eventsIn(parsed)) this.#event(event, source)
  }

  /** Notes that a source has an event of this time, also if it is of no interest. */
  covers(source: number, timestamp: string): void {
    const ms = preciseMs(timestamp)
    if (ms === null) return
    const reading = this.#source(source)
    reading.fromMs = Math.min(reading.fromMs, ms)
    reading.toMs = Math.max(reading.toMs, ms)
  }

  sourceReading(source: number): SourceReading {
    const { levels, fromMs, toMs, unreadable } = this.#source(source)
    return { levels, unreadable, covers: fromMs <= toMs ? { fromMs, toMs } : null }
  }

  /** The writes of one election, each once. */
  *writesOf(namespace: string, name: string, lock: LockKind): Generator<AuditWrite> {
    yield* this.#books.get(electionKey({ lock, namespace, name }))?.book ?? []
    for (const write of this.#unnamed) {
      if (write.lock !== lock || (write.namespace !== '' && write.namespace !== namespace)) continue
      const deleted = write.deleted?.find((each) => each.name === name)
      if (write.deleted && !deleted) continue
      yield deleted?.uid ? { ...write, name, uid: deleted.uid, result: { known: 'gone' } } : { ...write, name }
    }
  }

  /** What Events in the logs tell of one election. */
  toldOf(namespace: string, name: string): ToldEvent[] {
    return this.#told.filter(({ object }) => object === `${namespace}/${name}`).map(({ event }) => event)
  }

  /** For `compareClocks`. */
  clockReadings(): ClockReading[] {
    const next = new Map<Stamp, number>()
    const last = new Map<string, Stamp>()
    // In the order of the versions; what follows in the same object bounds which version a write made.
    for (const stamp of [...this.#stamps].sort((a, b) => (a.replaced ?? a.made!) - (b.replaced ?? b.made!))) {
      const before = last.get(stamp.object)
      if (before && stamp.replaced !== null) next.set(before, stamp.replaced)
      last.set(stamp.object, stamp)
    }
    return this.#stamps.map((stamp) => {
      const { source, receivedMs, completedMs, made, replaced, aheadOfClientMs } = stamp
      return {
        source,
        receivedMs,
        completedMs,
        aheadOfClientMs,
        firstRevision: made ?? replaced! + 1,
        lastRevision: made ?? next.get(stamp) ?? Number.POSITIVE_INFINITY,
      }
    })
  }

  #event(event: Readonly<Record<string, unknown>>, source: number): void {
    for (const field of ['requestReceivedTimestamp', 'stageTimestamp']) {
      const time = event[field]
      if (typeof time === 'string') this.covers(source, time)
    }
    this.#readTold(event)
    const write = auditWriteOf(event, source, this.#writers)
    if (!write) return
    this.#stamp(write)
    if (write.verb === 'deletecollection') {
      if (write.outcome !== 'refused') this.#unnamed.push(write)
      return
    }
    if (!this.#wanted.includes(write.namespace, write.name, write.lock)) return
    this.#source(source).levels.add(write.level)
    const key = electionKey(write)
    let entry = this.#books.get(key)
    if (!entry) {
      const { lock, namespace, name } = write
      this.#books.set(key, (entry = { ref: { lock, namespace, name }, book: new AuditBook() }))
    }
    entry.book.add(write)
  }

  #stamp({ lock, namespace, name, source, receivedMs, completedMs, made, replaced, outcome, result, verb }: AuditWrite): void {
    if (lock !== 'lease' || outcome !== 'written' || completedMs === null || (made === null && replaced === null)) return
    const renewedMs = result.known === 'record' && verb !== 'patch' ? preciseMs(result.record.renewTime) : null
    const aheadOfClientMs = renewedMs === null ? null : receivedMs - renewedMs
    this.#stamps.push({ object: this.#writers.once(`${namespace}/${name}`), source, receivedMs, completedMs, made, replaced, aheadOfClientMs })
  }

  /** An Event that a candidate recorded, if the log holds its text. */
  #readTold(event: Readonly<Record<string, unknown>>): void {
    const { resource } = (event['objectRef'] ?? {}) as { resource?: unknown }
    if (resource !== 'events') return
    const told = toldEventOf(event['responseObject']) ?? toldEventOf(event['requestObject'])
    if (told) this.#told.push(told)
  }

  #source(index: number): { levels: Set<AuditLevel>; fromMs: number; toMs: number; unreadable: number } {
    return (this.#sources[index] ??= { levels: new Set(), fromMs: Number.POSITIVE_INFINITY, toMs: Number.NEGATIVE_INFINITY, unreadable: 0 })
  }
}

/** What a Kubernetes Event (core/v1 or events.k8s.io/v1) tells of an election; null if it tells nothing. */
export function toldEventOf(object: unknown): { readonly object: string; readonly event: ToldEvent } | null {
  const event = (object ?? {}) as Readonly<Record<string, unknown>>
  const about = (event['involvedObject'] ?? event['regarding'] ?? {}) as Readonly<Record<string, unknown>>
  const message = event['message'] ?? event['note']
  const told = typeof message === 'string' ? toldBy(message) : null
  if (!told || event['reason'] !== 'LeaderElection') return null
  const precise = preciseMs(event['eventTime'])
  const atMs = precise ?? preciseMs(event['lastTimestamp']) ?? preciseMs(event['firstTimestamp'])
  if (atMs === null) return null
  return { object: `${String(about['namespace'])}/${String(about['name'])}`, event: { ...told, atMs, withinMs: precise === null ? 1000 : 0 } }
}

function eventsIn(parsed: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (typeof parsed !== 'object' || parsed === null) return []
  const object = parsed as Readonly<Record<string, unknown>>
  if (object['kind'] === 'EventList' && Array.isArray(object['items'])) return object['items'].flatMap(eventsIn)
  return [object]
}
