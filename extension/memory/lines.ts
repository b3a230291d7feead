import type { ElectionRef } from '../../shared/lease/election-ref.ts'
import type { LeadershipSpan } from '../../shared/lease/timeline/snapshot.ts'

/** The version of the lines. A file of another version is not read. */
export const MEMORY_VERSION = 1

/** What is known of an election from a moment on. */
export interface KnownState {
  readonly kind: LeadershipSpan['kind']
  readonly holderIdentity: string
  readonly leaseDurationMs: number | null
  /** Whether it began with a write that acquired the lease, and not with a renewal. */
  readonly isNewTerm?: boolean
  /** How many transitions happened unobserved before it, by the count in the record. */
  readonly unseenTransitions?: number
}

/**
 * A line of a memory file: what one window has observed, in the order in which it did. `atMs` is in milliseconds since the
 * epoch. `watch` tells the watches of a file apart: each watches one context, or one election of it.
 */
export type MemoryLine = { readonly atMs: number } & (
  | { readonly type: 'memory'; readonly version: number }
  /** From here on, every change is observed. The states of the elections were written before. */
  | { readonly type: 'watched'; readonly watch: number; readonly context: string; readonly server: string }
  /** Everything is still observed. */
  | { readonly type: 'alive'; readonly watch: number }
  /** From here on, nothing is observed. */
  | { readonly type: 'unwatched'; readonly watch: number }
  | ({ readonly type: 'state'; readonly watch: number; readonly election: ElectionRef } & KnownState)
  /** A late renewal. Those in time are not kept. */
  | { readonly type: 'late'; readonly watch: number; readonly election: ElectionRef; readonly intervalMs: number }
)

/** Reads a line; null if it is not one, such as one that was cut off. */
export function parseMemoryLine(text: string): MemoryLine | null {
  let line: unknown
  try {
    line = JSON.parse(text)
  } catch {
    return null
  }
  const { atMs, type, watch, election, kind, holderIdentity } = (line ?? {}) as Readonly<Record<string, unknown>>
  if (!Number.isFinite(atMs) || (type !== 'memory' && !Number.isInteger(watch))) return null
  if ((type === 'state' || type === 'late') && (typeof election !== 'object' || election === null)) return null
  if (type === 'state' && (typeof kind !== 'string' || typeof holderIdentity !== 'string')) return null
  return line as MemoryLine
}
