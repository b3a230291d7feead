import type { ElectionStore } from '../../shared/cluster/list-watch/store.ts'
import type { Clock } from '../../shared/time/clock.ts'
import { wantsColor } from '../output/color.ts'
import type { Session } from '../session.ts'
import { DrawTimer } from './draw-timer.ts'
import { createPaint, isUnicodeLocale } from './paint.ts'
import { runScreen } from './run-screen.ts'
import { ScreenModel } from './screen-model.ts'
import { initialViewModel } from './view-model.ts'
import type { WatchRequest } from './watch-request.ts'

/** Events are drawn within the first time; renewals, which only reset a countdown, within the second one. */
const NEWS_WITHIN_MS = 250
const RENEWAL_WITHIN_MS = 500

/** What the screen shows: a running watch, or a recording that plays. */
export interface ScreenSource {
  readonly store: ElectionStore
  /** The clock of the store. */
  readonly clock: Clock
  /** Where the elections are. */
  readonly place: string
  readonly notice: string | null
  readonly hasNamespace: boolean
  readonly isReplay?: boolean
}

/** Watches with a full screen. Its modules are loaded only for that. */
export async function watchOnScreen(
  session: Session,
  { store, clock, place, notice, hasNamespace, isReplay = false }: ScreenSource,
  request: Pick<WatchRequest, 'isWanted' | 'category' | 'color'>,
  signal: AbortSignal,
): Promise<'ended' | 'interrupted'> {
  const isWanted = request.isWanted ?? (() => true)
  const timer = new DrawTimer(session.clock)
  const view = initialViewModel({ showsAllCategories: request.category === 'all' })
  const model = new ScreenModel(store, clock, view, {
    place,
    notice,
    hasNamespace,
    isReplay,
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
