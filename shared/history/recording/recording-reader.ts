import { electionKey, type ElectionRef } from '../../lease/election-ref.ts'
import { toldEventOf, type Wanted } from '../audit/audit-reader.ts'
import type { Source } from '../history.ts'
import type { Sighting } from '../step.ts'
import type { ToldEvent } from '../told.ts'
import type { TimeRange } from '../time-range.ts'
import { parseRecordingLine, type RecordingLine } from './format.ts'
import { electionRecorded } from './recorded-election.ts'

type Reading = Omit<Sighting, 'isContinuous'>

interface Session {
  readonly marks: { readonly atMs: number; readonly type: 'connected' | 'disconnected' }[]
  lastMs: number
}

interface SourceState {
  fromMs: number
  toMs: number
  unreadable: number
  hasEvents: boolean
  /** The text of a file whose first line is not a line of JSON: an object over several lines. */
  text: string[] | null
  isAtStart: boolean
  /** Whether the present file has shown anything to be read. */
  isKnown: boolean
}

/** Reads recordings, in any order of their files, and Events as `kubectl get events -o json` prints them. */
export class RecordingReader {
  readonly #wanted: Wanted
  readonly #readings = new Map<string, { readonly ref: ElectionRef; readonly readings: Reading[] }>()
  readonly #sessions = new Map<string, Session>()
  readonly #told: { readonly object: string; readonly event: ToldEvent }[] = []
  readonly #sources = new Map<number, SourceState>()

  constructor(wanted: Wanted) {
    this.#wanted = wanted
  }

  get elections(): readonly ElectionRef[] {
    return [...this.#readings.values()].map(({ ref }) => ref)
  }

  line(text: string, source: number): void {
    const state = this.#source(source)
    const isFirst = state.isAtStart
    state.isAtStart = false
    if (state.text) {
      state.text.push(text)
      return
    }
    const line = parseRecordingLine(text)
    if (line) this.#take(line, source, state)
    else if (isFirst) state.text = [text]
    else state.unreadable++
  }

  /** To be called after the last line of each file. @returns whether the file is a recording, or holds Events; also if it is empty. */
  endOfFile(source: number): boolean {
    const state = this.#source(source)
    const isEmpty = state.isAtStart
    if (state.text && !this.#takeEvents(state.text.join('\n'), state)) state.unreadable += state.text.length
    const isKnown = isEmpty || state.isKnown
    state.text = null
    state.isAtStart = true
    state.isKnown = false
    return isKnown
  }

  sourceOf(name: string, source: number): Source {
    const { fromMs, toMs, unreadable, hasEvents } = this.#source(source)
    return { name, kind: hasEvents ? 'events' : 'recording', levels: [], covers: fromMs <= toMs ? { fromMs, toMs } : null, unreadable }
  }

  /** What an election looked like whenever it changed, and when nothing was watched. */
  of(ref: ElectionRef): { readonly sightings: readonly Sighting[]; readonly unwatched: readonly TimeRange[] } {
    const watched = this.#watched()
    const readings = [...(this.#readings.get(electionKey(ref))?.readings ?? [])].sort((a, b) => a.seenMs - b.seenMs)
    const sightings: Sighting[] = []
    for (const reading of readings) {
      const before = sightings.at(-1)
      if (before && before.version === reading.version && before.uid === reading.uid && (before.record === null) === (reading.record === null)) continue
      const isContinuous = before !== undefined && watched.some(({ fromMs, toMs }) => before.seenMs <= toMs && reading.seenMs <= toMs && reading.seenMs > fromMs)
      sightings.push({ ...reading, isContinuous })
    }
    return { sightings, unwatched: watched.slice(1).map(({ fromMs }, index) => ({ fromMs: watched[index]!.toMs, toMs: fromMs })) }
  }

  toldOf({ namespace, name }: ElectionRef): ToldEvent[] {
    return this.#told.filter(({ object }) => object === `${namespace}/${name}`).map(({ event }) => event)
  }

  #take(line: RecordingLine, source: number, state: SourceState): void {
    const atMs = Date.parse(line.time)
    state.isKnown = true
    state.fromMs = Math.min(state.fromMs, atMs)
    state.toMs = Math.max(state.toMs, atMs)
    let session = this.#sessions.get(line.session)
    if (!session) this.#sessions.set(line.session, (session = { marks: [], lastMs: atMs }))
    session.lastMs = Math.max(session.lastMs, atMs)
    switch (line.type) {
      case 'connected':
        session.marks.push({ atMs, type: 'connected' })
        break
      case 'disconnected':
        session.marks.push({ atMs: Date.parse(line.since) || atMs, type: 'disconnected' })
        break
      case 'stopped':
        session.marks.push({ atMs, type: 'disconnected' })
        break
      case 'reading':
      case 'event':
        this.#read(line, atMs, source)
        break
      case 'recording':
      case 'alive':
        break
    }
  }

  #read(line: Extract<RecordingLine, { type: 'reading' | 'event' }>, seenMs: number, source: number): void {
    const { lock, namespace, name, uid, resourceVersion } = line.election
    const isDeleted = line.events?.some(({ type }) => type === 'deleted') ?? false
    if (!this.#wanted.locks.includes(lock) || !this.#wanted.includes(namespace, name, lock) || (line.type === 'event' && !isDeleted)) return
    const ref = { lock, namespace, name }
    const key = electionKey(ref)
    let entry = this.#readings.get(key)
    if (!entry) this.#readings.set(key, (entry = { ref, readings: [] }))
    const version = /^[0-9]+$/.test(resourceVersion) && !isDeleted ? Number(resourceVersion) : null
    entry.readings.push({ source, seenMs, version, uid, record: isDeleted ? null : electionRecorded(line.election).record })
  }

  /** The times in which at least one recorder watched, apart from each other. */
  #watched(): { readonly fromMs: number; readonly toMs: number }[] {
    const spans: { fromMs: number; toMs: number }[] = []
    for (const { marks, lastMs } of this.#sessions.values()) {
      let sinceMs: number | null = null
      for (const { atMs, type } of [...marks].sort((a, b) => a.atMs - b.atMs)) {
        if (type === 'connected') sinceMs ??= atMs
        else if (sinceMs !== null) {
          spans.push({ fromMs: sinceMs, toMs: atMs })
          sinceMs = null
        }
      }
      if (sinceMs !== null) spans.push({ fromMs: sinceMs, toMs: Math.max(lastMs, sinceMs) })
    }
    spans.sort((a, b) => a.fromMs - b.fromMs)
    const joined: { fromMs: number; toMs: number }[] = []
    for (const span of spans) {
      const last = joined.at(-1)
      if (last && span.fromMs <= last.toMs) last.toMs = Math.max(last.toMs, span.toMs)
      else joined.push({ ...span })
    }
    return joined
  }

  #takeEvents(text: string, state: SourceState): boolean {
    let parsed: unknown
    try {
      parsed = JSON.parse(text)
    } catch {
      return false
    }
    const { items } = (parsed ?? {}) as { items?: unknown }
    const told = (Array.isArray(items) ? items : [parsed]).flatMap((object) => toldEventOf(object) ?? [])
    if (!Array.isArray(items) && told.length === 0) return false
    state.hasEvents = true
    state.isKnown = true
    this.#told.push(...told)
    for (const { event } of told) {
      state.fromMs = Math.min(state.fromMs, event.atMs)
      state.toMs = Math.max(state.toMs, event.atMs)
    }
    return true
  }

  #source(index: number): SourceState {
    let state = this.#sources.get(index)
    if (!state) {
      state = { fromMs: Number.POSITIVE_INFINITY, toMs: Number.NEGATIVE_INFINITY, unreadable: 0, hasEvents: false, text: null, isAtStart: true, isKnown: false }
      this.#sources.set(index, state)
    }
    return state
  }
}
