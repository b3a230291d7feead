import * as vscode from 'vscode'
import { electionKey } from '../shared/lease/election-ref.ts'
import { isBlocking } from '../shared/lease/placeholder.ts'
import type { ElectionEvent } from '../shared/lease/event.ts'
import type { ClusterSession } from './clusters/cluster-session.ts'
import type { Clusters } from './clusters/clusters.ts'
import { ElectionHandle } from './clusters/election-handle.ts'
import { followSessions } from './clusters/follow-sessions.ts'
import { electionText, short } from './words/election-text.ts'

/** What the person can be notified of, as the setting names it. */
export type PinnedNews = 'leaderChanged' | 'expired' | 'recovered'

interface Notice {
  readonly news: PinnedNews
  readonly text: string
}

/** What the notices need to know. */
export interface NoticeFacts {
  isPinned(handle: ElectionHandle): boolean
  /** Whether the person is told anyway, because this window has joined the election. */
  isJoined(handle: ElectionHandle): boolean
  wanted(): readonly PinnedNews[]
  /** Called if the person selects *Show Timeline*. */
  showTimeline(handle: ElectionHandle): unknown
}

/** Notifies the person of what happens to pinned elections, if the setting says so. */
export class PinnedNotices implements vscode.Disposable {
  readonly #facts: NoticeFacts
  readonly #stopListening: () => void
  /** Ids of pinned elections that have expired and were not renewed since. */
  readonly #expired = new Set<string>()

  constructor(clusters: Clusters, facts: NoticeFacts) {
    this.#facts = facts
    this.#stopListening = followSessions(clusters, (session) => session.onEvent((event) => this.#happened(session, event)))
  }

  dispose(): void {
    this.#stopListening()
  }

  #happened(session: ClusterSession, event: ElectionEvent): void {
    // Most events are renewals of elections that are not pinned.
    if (!PinnedNotices.#types.has(event.type)) return
    const handle = new ElectionHandle(session, event.election)
    if (!this.#facts.isPinned(handle)) return
    const notice = this.#noticeOf(handle, event)
    if (notice && this.#facts.wanted().includes(notice.news) && !this.#facts.isJoined(handle)) void this.#show(handle, notice)
  }

  static readonly #types: ReadonlySet<ElectionEvent['type']> = new Set(['acquired', 'recovered', 'expired', 'released', 'deleted'])

  #noticeOf(handle: ElectionHandle, { type, election, previousHolderIdentity }: ElectionEvent): Notice | null {
    const name = electionText(handle)
    const { holderIdentity } = election.record
    const key = `${handle.session.id} ${electionKey(election)}`
    const hadExpired = this.#expired.delete(key)
    if (type === 'expired') this.#expired.add(key)
    if (type === 'expired') return { news: 'expired', text: vscode.l10n.t('The lease of {0} expired because {1} did not renew it.', name, short(holderIdentity)) }
    if (type === 'released' || type === 'deleted' || isBlocking(holderIdentity)) return null
    const isOther = type === 'acquired' && previousHolderIdentity !== holderIdentity
    if (isOther && previousHolderIdentity) {
      return { news: 'leaderChanged', text: vscode.l10n.t('Leadership of {0} moved from {1} to {2}.', name, short(previousHolderIdentity), short(holderIdentity)) }
    }
    if (isOther) return { news: 'leaderChanged', text: vscode.l10n.t('{1} is now the leader of {0}.', name, short(holderIdentity)) }
    // It also recovers from a late renewal, of which the person was not told.
    return hadExpired ? { news: 'recovered', text: vscode.l10n.t('{1} renews the lease of {0} again.', name, short(holderIdentity)) } : null
  }

  async #show(handle: ElectionHandle, { news, text }: Notice): Promise<void> {
    const show = news === 'expired' ? vscode.window.showWarningMessage : vscode.window.showInformationMessage
    const timeline = vscode.l10n.t('Show Timeline')
    if ((await show(text, timeline)) === timeline) await this.#facts.showTimeline(handle)
  }
}
