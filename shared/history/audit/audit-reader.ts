import { LEADER_ELECTION } from '../../cluster/elections/leadership-events.ts'
import { electionKey, type ElectionRef, type LockKind } from '../../lease/election-ref.ts'
import type { ClockReading } from '../clocks.ts'
import { podTimesOf, type PodTimes } from '../pod-ends.ts'
import { INTERVENTIONS, toldBy, type ToldEvent } from '../told.ts'
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
  /** Of `deletecollection`. */
  readonly #unnamed = new AuditBook()
  readonly #stamps: Stamp[] = []
  readonly #told: { readonly object: string; readonly event: ToldEvent }[] = []
  readonly #pods = new Map<string, PodTimes>()
  readonly #sources: { levels: Set<AuditLevel>; fromMs: number; toMs: number; unreadable: number }[] = []

  constructor(wanted: Wanted) {
    this.#wanted = wanted
  }

  /** Text that every line of interest contains. */
  get needles(): readonly string[] {
    const resources = { lease: '"leases"', configmap: '"configmaps"', endpoints: '"endpoints"' }
    // Leases are written all the time, which shows how the clocks of the sources compare.
    return [...new Set(['"leases"', ...this.#wanted.locks.map((lock) => resources[lock])]), ...[LEADER_ELECTION, ...INTERVENTIONS].map((reason) => `"${String(reason)}"`), '"finishedAt"']
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
      if (write.lock !== lock || write.outcome === 'refused' || (write.namespace !== '' && write.namespace !== namespace)) continue
      const deleted = write.deleted?.find((each) => each.name === name)
      if (write.deleted && !deleted) continue
      yield deleted?.uid ? { ...write, name, uid: deleted.uid, result: { known: 'gone' } } : { ...write, name }
    }
  }

  /** What Events in the logs tell of one election. */
  toldOf(namespace: string, name: string): ToldEvent[] {
    return this.#told.filter(({ object }) => object === `${namespace}/${name}`).map(({ event }) => event)
  }

  /** When containers ended, as the status of their Pods showed it. */
  get pods(): readonly PodTimes[] {
    return [...this.#pods.values()]
  }

  /** For `compareClocks`. */
  clockReadings(): ClockReading[] {
    const next = new Map<Stamp, number>()
    const last = new Map<string, Stamp>()
    const ineffective = new Set<Stamp>()
    // In the order of the versions; what follows in the same object bounds which version a write made.
    for (const stamp of [...this.#stamps].sort((a, b) => (a.replaced ?? a.made!) - (b.replaced ?? b.made!))) {
      const before = last.get(stamp.object)
      if (before && stamp.replaced !== null) next.set(before, stamp.replaced)
      // An update that changes nothing makes no version. If the log does not show which one that was, neither tells.
      if (stamp.made !== null && stamp.made === stamp.replaced) ineffective.add(stamp)
      else if (before && stamp.made === null && before.replaced === stamp.replaced) ineffective.add(before).add(stamp)
      last.set(stamp.object, stamp)
    }
    return this.#stamps.filter((stamp) => !ineffective.has(stamp)).map((stamp) => {
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
    this.#readPod(event)
    const write = auditWriteOf(event, source, this.#writers)
    if (!write) return
    this.#stamp(write)
    if (write.verb === 'deletecollection') {
      this.#unnamed.add(write)
      return
    }
    if (!this.#wanted.locks.includes(write.lock) || !this.#wanted.includes(write.namespace, write.name, write.lock)) return
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
    if (outcome !== 'written' || completedMs === null || (made === null && replaced === null)) return
    const renewedMs = result.known === 'record' && verb !== 'patch' ? preciseMs(result.record.renewTime) : null
    const aheadOfClientMs = renewedMs === null ? null : receivedMs - renewedMs
    this.#stamps.push({ object: this.#writers.once(`${lock} ${namespace}/${name}`), source, receivedMs, completedMs, made, replaced, aheadOfClientMs })
  }

  /** An Event that a candidate recorded, if the log holds its text. */
  #readTold(event: Readonly<Record<string, unknown>>): void {
    const { resource } = (event['objectRef'] ?? {}) as { resource?: unknown }
    if (resource !== 'events') return
    const told = toldEventOf(event['responseObject']) ?? toldEventOf(event['requestObject'])
    if (told) this.#told.push(told)
  }

  /** The status of a Pod, as its kubelet wrote it or a client read it. */
  #readPod(event: Readonly<Record<string, unknown>>): void {
    const { resource, namespace, name } = (event['objectRef'] ?? {}) as { resource?: unknown; namespace?: unknown; name?: unknown }
    const { code } = (event['responseStatus'] ?? {}) as { code?: unknown }
    if (resource !== 'pods' || typeof namespace !== 'string' || typeof name !== 'string' || code !== 200) return
    const place = { namespace: this.#writers.once(namespace), name: this.#writers.once(name) }
    const times = podTimesOf(event['responseObject'], place) ?? podTimesOf(event['requestObject'], place)
    if (times) this.#pods.set(JSON.stringify(times), times)
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
  const told = typeof message === 'string' ? toldBy(event['reason'], message) : null
  if (!told) return null
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
