import type { ElectionFeed } from '../../shared/cluster/elections/election-watch.ts'
import type { ElectionScope } from '../../shared/cluster/elections/scope.ts'
import type { Category } from '../../shared/lease/category.ts'
import type { Election } from '../../shared/lease/election.ts'
import type { ColorMode } from '../output/color.ts'

/** What to watch, and how to show it. */
export interface WatchRequest {
  readonly scope: ElectionScope
  /** Selects elections in ways that a scope cannot express. Default: all. */
  readonly isWanted?: (election: Election) => boolean
  readonly category: Category | 'all'
  /** `auto`: a full screen if the terminal supports it, otherwise lines of text. */
  readonly output: 'auto' | 'text' | 'json'
  /** Whether to print lines for renewals. The full screen always shows them. */
  readonly withRenewals: boolean
  /** How long to watch, in milliseconds; null: until interrupted. */
  readonly durationMs: number | null
  /** How long to wait for the first answer, in milliseconds; default 30 s. */
  readonly firstTimeoutMs?: number
  readonly color: ColorMode
}

/** Notices about the data of a feed, in sentences. */
export function noticesOf({ restriction, polling }: ElectionFeed): readonly string[] {
  return [...(restriction ? [restriction.message] : []), ...polling]
}
