import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Moment } from '../../shared/lease/status.ts'
import type { TimelineSnapshot } from '../../shared/lease/timeline/snapshot.ts'

/** An older recording says little about now, and its window was closed long ago. */
const LONGEST_AGE_MS = 3_600_000

const FILE = /^timeline-[0-9a-f]{32}\.json$/

/** The recordings of open timelines, in a folder, so that they survive a reload of the window. */
export class KeptRecordings {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** @param id of the election's handle */
  async keep(id: string, snapshot: TimelineSnapshot): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    await writeFile(this.#fileOf(id), JSON.stringify(snapshot), { mode: 0o600 })
  }

  /** Removes the recordings that are too old to be read. */
  async forgetOld({ wallMs }: Moment): Promise<void> {
    const names = await readdir(this.#folder)
    for (const file of names.filter((name) => FILE.test(name)).map((name) => join(this.#folder, name))) {
      const { mtimeMs } = await stat(file)
      if (wallMs - mtimeMs > LONGEST_AGE_MS) await rm(file, { force: true })
    }
  }

  /** What was kept, on this process's monotonic clock; null if there is nothing that can be used. */
  async read(id: string, now: Moment): Promise<TimelineSnapshot | null> {
    try {
      return onClockOf(now, JSON.parse(await readFile(this.#fileOf(id), 'utf8')) as TimelineSnapshot)
    } catch {
      return null
    }
  }

  #fileOf(id: string): string {
    return join(this.#folder, `timeline-${createHash('sha256').update(id).digest('hex').slice(0, 32)}.json`)
  }
}

/** Another process had another monotonic clock: its moments are found again by the wall clock. */
function onClockOf(now: Moment, snapshot: TimelineSnapshot): TimelineSnapshot | null {
  const ageMs = now.wallMs - snapshot.now.wallMs
  if (!(ageMs >= 0 && ageMs < LONGEST_AGE_MS)) return null
  const shiftMs = now.monotonicMs - ageMs - snapshot.now.monotonicMs
  return JSON.parse(JSON.stringify(snapshot), (key, value: unknown) =>
    key === 'monotonicMs' && typeof value === 'number' ? value + shiftMs : value,
  ) as TimelineSnapshot
}
