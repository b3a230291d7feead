import { TimelinePanel, type TimelineSurroundings } from './panel.ts'
import type { TimelineTarget } from './recorder.ts'

const open = new Map<string, TimelinePanel>()
let isClosedAtTheEnd = false

/**
 * Opens the timeline of an election, or shows the one that is open. It records for as long as it is open.
 *
 * @param id The id of the election's handle.
 */
export function openTimeline(
  id: string,
  target: TimelineTarget,
  surroundings: TimelineSurroundings & { readonly subscriptions: { push(disposable: { dispose(): void }): unknown } },
): void {
  const shown = open.get(id)
  if (shown) {
    shown.reveal()
    return
  }
  if (!isClosedAtTheEnd) surroundings.subscriptions.push({ dispose: closeAll })
  isClosedAtTheEnd = true
  open.set(id, new TimelinePanel(target, surroundings, () => open.delete(id)))
}

function closeAll(): void {
  for (const panel of [...open.values()]) panel[Symbol.dispose]()
}
