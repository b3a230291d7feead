import * as vscode from 'vscode'
import type { StoredElection } from '../shared/cluster/list-watch/store.ts'
import { electionKey } from '../shared/lease/election-ref.ts'
import type { ElectionEvent } from '../shared/lease/event.ts'
import type { ElectionInfo, ElectionPlace, JoinedElection, LeaderElectionsApi } from './api.ts'
import type { ClusterSession } from './clusters/cluster-session.ts'
import { ElectionHandle } from './clusters/election-handle.ts'
import { followSessions, whileWatched } from './clusters/follow-sessions.ts'
import { joinAsStandby } from './commands/join.ts'
import type { Needs } from './commands/needs.ts'
import { short } from './words/election-text.ts'

type Parts = Needs<'clusters' | 'source' | 'candidacies'>

/** What other extensions use. */
export function exportedApi(app: Parts): LeaderElectionsApi {
  const { clusters, source } = app
  return {
    version: 1,
    async elections() {
      await source.look()
      const sessions = [...clusters.sessions]
      return whileWatched(sessions, () => sessions.flatMap((session) => [...session.elections].map((stored) => infoOf(session, stored))))
    },
    onEvent(listener) {
      const end = follow(app, (session, { type, election, previousHolderIdentity }) => {
        if (type === 'renewed') return
        listener({ type, election: infoOf(session, { election }), ...(previousHolderIdentity !== undefined && { previousHolderIdentity }) })
      })
      void source.look()
      return new vscode.Disposable(end)
    },
    async join(place) {
      await source.look()
      const session = clusters.sessions.find(({ name }) => name === place.context)
      if (!session) throw new Error(vscode.l10n.t('The context {0} is not shown.', short(place.context)))
      const { lock = 'lease', namespace, name } = place
      const handle = new ElectionHandle(session, { lock, namespace, name })
      return whileWatched([session], async () => ((await joinAsStandby(app, handle)) ? joinedOf(app, handle) : undefined))
    },
  }
}

/** Watches all shown contexts, also those that are shown later. Returns a function that ends this. */
function follow({ clusters }: Parts, listener: (session: ClusterSession, event: ElectionEvent) => void): () => void {
  return followSessions(clusters, (session) => {
    const ends = [session.onEvent((event) => listener(session, event)), session.hold()]
    return () => ends.forEach((end) => end())
  })
}

function infoOf(session: ClusterSession, { election }: Pick<StoredElection, 'election'>): ElectionInfo {
  // An election that was deleted is not stored.
  const current = session.get(electionKey(election))
  const { lock, namespace, name, category, record } = election
  const { holderIdentity, leaseDurationSeconds, leaseTransitions, acquireTime, renewTime } = record
  const { state, basis } = current ? session.statusOf(current) : ({ state: 'unknown', basis: 'recorded' } as const)
  const place: Required<ElectionPlace> = { context: session.name, lock, namespace, name }
  return { ...place, category, holderIdentity, leaseDurationSeconds, leaseTransitions, acquireTime, renewTime, state, basis }
}

function joinedOf({ candidacies }: Parts, handle: ElectionHandle): JoinedElection | undefined {
  const joined = candidacies.of(handle)
  return (
    joined && {
      identity: joined.identity,
      get isLeading() {
        return joined.isLeading
      },
      onDidChange: (listener) => new vscode.Disposable(candidacies.onChange(listener)),
      leave: () => joined.leave(),
    }
  )
}
