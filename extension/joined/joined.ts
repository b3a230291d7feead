import type { StopReason } from '../../shared/election/machine/protocol.ts'
import type { ElectionHandle } from '../clusters/election-handle.ts'

/** An election that this window has joined, with a candidate of its own or with a task. */
export interface Joined {
  readonly handle: ElectionHandle
  readonly identity: string
  /** Whether the candidate runs in this window, without a command; as a task, with one; or for a program that is debugged. */
  readonly by: 'window' | 'task' | 'debugger'
  /** Whether the debugged program is paused. */
  readonly isPaused?: boolean
  readonly isLeading: boolean
  /** When the lease will be released because of the maximum hold time, in wall clock milliseconds; null without a limit. */
  readonly releasesAtWallMs: number | null
  /** The last failure, for a person; null if the last request succeeded. */
  readonly problem: string | null
  /** Leaves the election, and releases the lease if the candidate is the leader. Resolves once that is done. */
  leave(): Promise<void>
  /** Moves the end of this term. Null if this candidate cannot do that. */
  readonly extend: ((byMs: number) => void) | null
}

/** Events of a joined election that the person is notified of. */
export type JoinedNews = { readonly joined: Joined } & (
  | { readonly type: 'started-leading' }
  /** The candidate waits as a standby again, unless it leaves. */
  | { readonly type: 'stopped-leading'; readonly reason: StopReason }
  /** The candidate has left because of an error. The reason is for a person. */
  | { readonly type: 'failed'; readonly reason: string }
)

/** Where joined elections come from. */
export interface JoinedSource {
  readonly all: readonly Joined[]
  onChange(listener: () => void): () => void
  onNews(listener: (news: JoinedNews) => void): () => void
}

/** The joined elections of several sources. */
export class AllJoined implements JoinedSource {
  readonly #sources: readonly JoinedSource[]

  constructor(...sources: readonly JoinedSource[]) {
    this.#sources = sources
  }

  get all(): readonly Joined[] {
    return this.#sources.flatMap(({ all }) => all)
  }

  /** Those of one election. */
  of({ id }: Pick<ElectionHandle, 'id'>): readonly Joined[] {
    return this.all.filter(({ handle }) => handle.id === id)
  }

  onChange(listener: () => void): () => void {
    return endAll(this.#sources.map((source) => source.onChange(listener)))
  }

  onNews(listener: (news: JoinedNews) => void): () => void {
    return endAll(this.#sources.map((source) => source.onNews(listener)))
  }
}

function endAll(ends: readonly (() => void)[]): () => void {
  return () => {
    for (const end of ends) end()
  }
}
