import type { Category } from '../../lease/category.ts'
import type { ElectionEventType } from '../../lease/event.ts'
import type { LockKind } from '../../lease/election-ref.ts'
import type { Status } from '../../lease/status.ts'

/** See docs/history.md, which describes every field for other programs. */
export const RECORDING_FORMAT = 'leader.kubectl.dev/recording'
export const RECORDING_VERSION = 1

/** An election as it was read. */
export interface RecordedElection {
  readonly lock: LockKind
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
  readonly creationTimestamp: string | null
  readonly category: Category
  readonly holderIdentity: string
  readonly leaseDurationSeconds: number | null
  readonly leaseTransitions: number
  readonly acquireTime: string | null
  readonly renewTime: string | null
  readonly strategy?: string | null
  readonly preferredHolder?: string | null
}

/** An event as `watch` reported it. */
export interface RecordedEvent extends Status {
  readonly type: ElectionEventType
  readonly previousHolderIdentity?: string
  readonly unseenTransitions?: number
}

/** One line of a recording. `time` is RFC 3339 in UTC with milliseconds, by the clock of the machine that recorded. */
export type RecordingLine = { readonly time: string } & (
  | {
      /** The first line of each file, and of each start of the recorder. */
      readonly type: 'recording'
      readonly format: string
      readonly version: number
      /** The same for all files of one run of the recorder. */
      readonly session: string
      readonly server: string
      readonly context: string | null
      readonly program: string
    }
  /** A changed record, with what it means; without events, it repeats what is known at the start of a file. */
  | { readonly type: 'reading'; readonly session: string; readonly election: RecordedElection; readonly events?: readonly RecordedEvent[] }
  /** What time alone brought about: `late` and `expired`; or that the object was deleted. */
  | { readonly type: 'event'; readonly session: string; readonly election: RecordedElection; readonly events: readonly RecordedEvent[] }
  /** From here on, everything is watched. */
  | { readonly type: 'connected'; readonly session: string }
  /** From `since` on, nothing was watched. */
  | { readonly type: 'disconnected'; readonly session: string; readonly since: string; readonly reason: string }
  /** Nothing happened, but everything is still watched. */
  | { readonly type: 'alive'; readonly session: string }
  /** The recorder ended on purpose. */
  | { readonly type: 'stopped'; readonly session: string }
)

const TYPES: ReadonlySet<unknown> = new Set(['recording', 'reading', 'event', 'connected', 'disconnected', 'alive', 'stopped'])

/** Reads a line; null if it is not one of a recording, such as one that was cut off. A type of a later version is left out, too. */
export function parseRecordingLine(text: string): RecordingLine | null {
  let line: unknown
  try {
    line = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof line !== 'object' || line === null) return null
  const { time, type, session, election } = line as Readonly<Record<string, unknown>>
  if (typeof time !== 'string' || Number.isNaN(Date.parse(time)) || !TYPES.has(type) || typeof session !== 'string') return null
  if ((type === 'reading' || type === 'event') && !isElection(election)) return null
  return line as RecordingLine
}

function isElection(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { lock, namespace, name, holderIdentity } = value as Readonly<Record<string, unknown>>
  return [lock, namespace, name, holderIdentity].every((field) => typeof field === 'string')
}
