import type { ElectionStore } from '../../shared/cluster/list-watch/store.ts'
import type { Moment } from '../../shared/lease/status.ts'
import type { TimelineSnapshot } from '../../shared/lease/timeline/snapshot.ts'
import type { Clock } from '../../shared/time/clock.ts'
import { MEMORY_VERSION, type MemoryLine } from './lines.ts'
import { MemoryFiles } from './memory-files.ts'
import { rememberedTimeline, watchedTimes, type Remembering } from './remembered.ts'
import { WatchNotes, type Note } from './watch-notes.ts'

export const DAY_MS = 86_400_000
/** How often changes are written: what a kill may lose. */
const WRITE_MS = 3_000
/** How often it is written that everything is still watched. */
const ALIVE_MS = 15_000
const FORGET_MS = 3_600_000
/** A file that has grown by so much is followed by another one, so that old ones can be removed. */
const FILE_BYTES = 2_000_000
const LIMITS = { ageMs: DAY_MS, bytes: 32_000_000, files: 500 }
/** By how much that which is not written may grow in this process, before it begins anew. */
const MOST_LINES = 20_000

export interface MemoryOptions {
  readonly clock: Clock
  readonly folder: string
  /** Whether it is written to files, beyond the life of this window. */
  readonly isKept: boolean
  /** Why nothing is known of a time in which nothing was watched, for a person. */
  readonly reason: string
  /** Is told once if files cannot be written. */
  readonly onFailure: (error: unknown) => void
}

/** What a watch is of. */
export interface RememberedWatch {
  readonly context: string
  readonly server: string
  /** Whether it is never written: the sandbox ends with its window. */
  readonly isVolatile: boolean
}

interface Watch {
  readonly notes: WatchNotes
  readonly isVolatile: boolean
}

/**
 * Remembers who led when, for a day, of all elections that something in this window watches. It is written every few seconds,
 * to a file of this window's own, so that the timeline of an election begins with what this and other windows have seen.
 */
export class Memory implements Disposable {
  readonly #options: MemoryOptions
  readonly #files: MemoryFiles
  readonly #watches = new Map<number, Watch>()
  readonly #over = new AbortController()
  #isKept: boolean
  #volatile: MemoryLine[] = []
  #mostVolatile = MOST_LINES
  #pending: string[] = []
  /** The file of this window; null before its first write. */
  #file: { readonly path: string; bytes: number; mostBytes: number } | null = null
  #count = 0
  #isRunning = false
  #hasFailed = false
  #writing: Promise<void> = Promise.resolve()

  constructor(options: MemoryOptions) {
    this.#options = options
    this.#files = new MemoryFiles(options.folder, LIMITS)
    this.#isKept = options.isKept
  }

  /** Remembers what a store observes, which is complete by now. @returns what ends this. */
  watch(store: ElectionStore, { context, server, isVolatile }: RememberedWatch): () => void {
    const id = ++this.#count
    const notes = new WatchNotes(store, this.#options.clock, { context, server }, (note) => this.#take(id, isVolatile, note))
    this.#watches.set(id, { notes, isVolatile })
    const end = notes.start()
    void this.#run()
    return () => {
      end()
      this.#watches.delete(id)
    }
  }

  /** Whether what is remembered outlives this window. What was written before stays, until it is cleared. */
  keep(isKept: boolean): void {
    if (isKept === this.#isKept) return
    this.#isKept = isKept
    this.#startOver()
    void this.#run()
  }

  /** What is remembered of an election's last day; null if nothing is. */
  async timelineOf(wanted: Remembering, now: Moment): Promise<TimelineSnapshot | null> {
    await this.settle()
    const logs = [...(await this.#files.linesAbout(wanted.name)), this.#volatile]
    const times = logs.flatMap((lines) => watchedTimes(lines, wanted))
    return rememberedTimeline(times, { fromMs: now.wallMs - DAY_MS, reason: this.#options.reason }, now)
  }

  /** Forgets everything, also what other windows have written. What is watched is remembered from now on. */
  async clear(): Promise<void> {
    await this.#writing
    await this.#files.clear()
    this.#pending = []
    this.#file = null
    this.#startOver()
  }

  /** Writes everything up to now: this window may be about to end. */
  async settle(): Promise<void> {
    for (const { notes } of this.#watches.values()) notes.alive()
    await this.write()
  }

  /** Writes what was not written yet. */
  write(): Promise<void> {
    return (this.#writing = this.#writing.then(() => this.#writePending()))
  }

  [Symbol.dispose](): void {
    this.#over.abort()
  }

  #take(watch: number, isVolatile: boolean, note: Note): void {
    const line = { atMs: this.#options.clock.wallMs(), ...note, watch } as MemoryLine
    if (isVolatile || !this.#isKept) this.#volatile.push(line)
    else this.#pending.push(JSON.stringify(line))
  }

  /** Begins anew with what is known now: what follows must be readable without what came before. */
  #startOver(): void {
    this.#volatile = []
    for (const { notes } of this.#watches.values()) notes.restart()
    this.#mostVolatile = this.#volatile.length + MOST_LINES
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return
    this.#isRunning = true
    const { clock } = this.#options
    const { signal } = this.#over
    let aliveAtMs = clock.monotonicMs()
    let forgottenAtMs = Number.NEGATIVE_INFINITY
    while (!signal.aborted && this.#watches.size > 0) {
      const nowMs = clock.monotonicMs()
      if (nowMs - aliveAtMs >= ALIVE_MS) {
        aliveAtMs = nowMs
        for (const { notes } of this.#watches.values()) notes.alive()
      }
      if (nowMs - forgottenAtMs >= FORGET_MS) {
        forgottenAtMs = nowMs
        await this.#files.forgetOld(clock.wallMs()).catch(() => {})
      }
      if (this.#volatile.length > this.#mostVolatile) this.#startOver()
      await this.write()
      await clock.sleep(WRITE_MS, signal).catch(() => {})
    }
    this.#isRunning = false
    await this.write()
  }

  async #writePending(): Promise<void> {
    if (this.#pending.length === 0) return
    const isNew = this.#file === null
    const file = (this.#file ??= { path: this.#files.newFile(), bytes: 0, mostBytes: Number.POSITIVE_INFINITY })
    const isFull = file.bytes > file.mostBytes
    if (isFull) for (const { notes } of this.#watches.values()) notes.alive()
    const first: MemoryLine = { atMs: this.#options.clock.wallMs(), type: 'memory', version: MEMORY_VERSION }
    const text = `${[...(isNew ? [JSON.stringify(first)] : []), ...this.#pending].join('\n')}\n`
    this.#pending = []
    try {
      const isThere = (await this.#files.append(file.path, text)) >= file.bytes
      file.bytes += Buffer.byteLength(text)
      if (isNew) file.mostBytes = file.bytes + FILE_BYTES
      // If another window has cleared everything, what this one knew before is forgotten, too.
      if (!isThere) await this.#files.remove(file.path)
      if (isThere && !isFull) return
    } catch (error) {
      if (!this.#hasFailed) this.#options.onFailure(error)
      this.#hasFailed = true
      this.#pending = []
    }
    if (this.#file !== file) return
    this.#file = null
    this.#startOver()
  }
}
