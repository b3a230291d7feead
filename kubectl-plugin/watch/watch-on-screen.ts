import type { ApiClient } from '../../shared/cluster/client.ts'
import type { ElectionFeed } from '../../shared/cluster/elections/election-watch.ts'
import { wantsColor } from '../output/color.ts'
import type { Session } from '../session.ts'
import { DrawTimer } from './draw-timer.ts'
import { createPaint, isUnicodeLocale } from './paint.ts'
import { runScreen } from './run-screen.ts'
import { ScreenModel } from './screen-model.ts'
import { initialViewModel } from './view-model.ts'
import { noticesOf, type WatchRequest } from './watch-request.ts'

/** Events are drawn within the first time; renewals, which only reset a countdown, within the second one. */
const NEWS_WITHIN_MS = 250
const RENEWAL_WITHIN_MS = 500

/** Watches with a full screen. Its modules are loaded only for that. */
export async function watchOnScreen(
  session: Session,
  client: ApiClient,
  feed: ElectionFeed,
  request: WatchRequest,
  signal: AbortSignal,
): Promise<'ended' | 'interrupted'> {
  const { store } = feed
  const isWanted = request.isWanted ?? (() => true)
  const timer = new DrawTimer(session.clock)
  const view = initialViewModel({ showsAllCategories: request.category === 'all' })
  const model = new ScreenModel(store, session.clock, view, {
    place: placeOf(client, request),
    notice: noticesOf(feed).join(' ') || null,
    hasNamespace: request.scope.namespaces === 'all' || request.scope.namespaces.length > 1,
    category: request.category === 'all' ? 'election' : request.category,
    isWanted,
  })
  const offEvents = store.onEvent((event) => {
    if (!isWanted(event.election)) return
    model.log(event)
    if (event.type !== 'renewed') timer.request(NEWS_WITHIN_MS)
    else if (model.isVisible(event)) timer.request(RENEWAL_WITHIN_MS)
  })
  const offView = store.onViewChange(() => timer.request(0))
  const paint = createPaint({
    isColored: wantsColor(session, request.color),
    isUnicode: isUnicodeLocale(session.env, process.platform),
  })
  try {
    return await runScreen(session, model, timer, paint, signal)
  } finally {
    offEvents()
    offView()
  }
}

function placeOf(client: ApiClient, { scope }: WatchRequest): string {
  const context = client.contextName === null ? client.server : `context ${client.contextName} (${client.server})`
  const { namespaces } = scope
  return `${context}, ${namespaces === 'all' ? 'all namespaces' : `namespace ${namespaces.join(', ')}`}`
}
