import type { ElectionStore, ViewState } from '../../shared/cluster/list-watch/store.ts'
import type { ElectionEvent } from '../../shared/lease/event.ts'
import { reasonText } from '../output/advice.ts'
import { colored, wantsColor } from '../output/color.ts'
import { formatAge } from '../output/duration.ts'
import type { Session } from '../session.ts'
import { connectedJson, disconnectedJson, eventJson } from './event-json.ts'
import { connectionLine, eventLine, type LineType } from './event-line.ts'
import { LineWriter } from './line-writer.ts'
import type { WatchRequest } from './watch-request.ts'

const COLORS: Readonly<Partial<Record<LineType, number>>> = {
  acquired: 32,
  recovered: 32,
  connected: 32,
  late: 33,
  expired: 31,
  disconnected: 31,
  released: 36,
  deleted: 90,
}

/** Prints events from now on, one per line, as text or JSON. `isReplay`: they are those of a recording. */
export function printEvents(
  session: Session,
  store: ElectionStore,
  { output, isWanted, category, withRenewals, color }: Pick<WatchRequest, 'output' | 'isWanted' | 'category' | 'withRenewals' | 'color'>,
  { isReplay = false }: { readonly isReplay?: boolean } = {},
): void {
  const writer = new LineWriter(session.stdout)
  const isColored = wantsColor(session, color)
  const shownType = (type: LineType, text: string): string => {
    const sgr = COLORS[type]
    return isColored && sgr !== undefined ? colored(text, sgr) : text
  }
  const isShown = ({ type, election }: ElectionEvent): boolean =>
    (type !== 'renewed' || withRenewals) &&
    (category === 'all' || election.category === category) &&
    (isWanted?.(election) ?? true)

  store.onEvent((event) => {
    if (!isShown(event)) return
    const line = output === 'json' ? eventJson(event) : eventLine(event, shownType)
    writer.write(line, event.type === 'renewed' ? 'superseded' : 'kept')
  })
  store.onViewChange((view) => {
    const change = connectionChange(session, view)
    if (change === null) return
    if (output === 'json') {
      writer.write(change.reason === null ? connectedJson(change.wallMs) : disconnectedJson(change.wallMs, change.reason, change.sinceWallMs))
    } else if (change.reason === null) {
      writer.write(connectionLine(change.wallMs, 'connected', 'events from here on are current', shownType))
    } else {
      const since = formatAge(change.wallMs - change.sinceWallMs)
      const what = isReplay ? 'no data from here on' : `connection lost ${since} ago, data is stale, retrying`
      writer.write(connectionLine(change.wallMs, 'disconnected', `${what}: ${change.reason}`, shownType))
    }
  })
}

function connectionChange(
  { clock }: Session,
  view: ViewState,
): { readonly wallMs: number; readonly reason: string | null; readonly sinceWallMs: number } | null {
  const wallMs = clock.wallMs()
  if (view.connected) return { wallMs, reason: null, sinceWallMs: wallMs }
  if (view.staleSinceMs === null) return null
  return { wallMs, reason: reasonText(view) ?? 'unknown', sinceWallMs: wallMs - (clock.monotonicMs() - view.staleSinceMs) }
}
