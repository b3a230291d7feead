import { expect, it, vi } from 'vitest'
import type { ClusterSession } from '../../extension/clusters/cluster-session.ts'
import type { Clusters } from '../../extension/clusters/clusters.ts'
import { Listeners } from '../../extension/listeners.ts'
import { PinnedNotices, type PinnedNews } from '../../extension/pinned-notices.ts'
import { PLACEHOLDER_PREFIX } from '../../shared/lease/placeholder.ts'
import type { ElectionEvent, ElectionEventType } from '../../shared/lease/event.ts'
import { window } from './support/fake-vscode.ts'

vi.mock('vscode', () => import('./support/fake-vscode.ts'))

const ALL: readonly PinnedNews[] = ['leaderChanged', 'expired', 'recovered']

interface Told {
  readonly type: ElectionEventType
  readonly holder: string
  readonly previous?: string
  readonly name?: string
}

/** The notifications that a series of events leads to. */
function noticesOf(events: readonly Told[], wanted: readonly PinnedNews[], isJoined = false): string[] {
  const shown: string[] = []
  const tell = (text: string): Promise<undefined> => {
    shown.push(text)
    return Promise.resolve(undefined)
  }
  vi.spyOn(window, 'showInformationMessage').mockImplementation(tell as never)
  vi.spyOn(window, 'showWarningMessage').mockImplementation(tell as never)
  const heard = new Listeners<ElectionEvent>()
  const session = { id: 'context prod', name: 'prod', onEvent: heard.add.bind(heard) } as unknown as ClusterSession
  const clusters = { sessions: [session], onChange: () => () => undefined } as unknown as Clusters
  const facts = { isPinned: ({ name }: { name: string }) => name === 'pinned', isJoined: () => isJoined, wanted: () => wanted, showTimeline: () => undefined }
  const notices = new PinnedNotices(clusters, facts)
  for (const { type, holder, previous, name = 'pinned' } of events) {
    const election = { lock: 'lease', namespace: 'shop', name, record: { holderIdentity: holder } }
    heard.tell({ type, election, ...(previous !== undefined && { previousHolderIdentity: previous }) } as unknown as ElectionEvent)
  }
  notices.dispose()
  heard.tell({ type: 'expired', election: { lock: 'lease', namespace: 'shop', name: 'pinned', record: { holderIdentity: 'late' } } } as unknown as ElectionEvent)
  return shown
}

const EXPIRED = 'The lease of shop/pinned in context prod expired because a did not renew it.'

it.each<readonly [string, readonly Told[], readonly string[]]>([
  ['another leader', [{ type: 'acquired', holder: 'b', previous: 'a' }], ['Leadership of shop/pinned in context prod moved from a to b.']],
  ['a first leader', [{ type: 'acquired', holder: 'b', previous: '' }], ['b is now the leader of shop/pinned in context prod.']],
  ['an expired lease', [{ type: 'expired', holder: 'a' }], [EXPIRED]],
  ['a holder that is back', [{ type: 'expired', holder: 'a' }, { type: 'recovered', holder: 'a' }], [EXPIRED, 'a renews the lease of shop/pinned in context prod again.']],
  ['a late renewal', [{ type: 'recovered', holder: 'a' }], []],
  [
    'a successor after an expired lease',
    [{ type: 'expired', holder: 'a' }, { type: 'acquired', holder: 'b', previous: 'a' }, { type: 'recovered', holder: 'b' }],
    [EXPIRED, 'Leadership of shop/pinned in context prod moved from a to b.'],
  ],
  ['a block', [{ type: 'acquired', holder: `${PLACEHOLDER_PREFIX}x`, previous: 'a' }], []],
  ['an election that is not pinned', [{ type: 'expired', holder: 'a', name: 'other' }], []],
])('notifies of %s', (_, events, texts) => {
  expect(noticesOf(events, ALL)).toEqual(texts)
})

it('notifies only of what the setting names, and not of an election that this window has joined', () => {
  const events: readonly Told[] = [{ type: 'expired', holder: 'a' }, { type: 'acquired', holder: 'b', previous: 'a' }]
  expect(noticesOf(events, [])).toEqual([])
  expect(noticesOf(events, ['expired'])).toEqual([EXPIRED])
  expect(noticesOf(events, ALL, true)).toEqual([])
})
