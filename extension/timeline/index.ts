import { TimelinePanel, type TimelineSurroundings } from './panel.ts'
import type { TimelineTarget } from './recorder.ts'

export type { TimelineSurroundings } from './panel.ts'
export type { TimelineTarget } from './recorder.ts'

const open = new Map<string, TimelinePanel>()

/** Opens the timeline of an election, or shows the one that is open. It records for as long as it is open. */
export function openTimeline(
  target: TimelineTarget,
  surroundings: TimelineSurroundings & { readonly subscriptions: { push(disposable: { dispose(): void }): unknown } },
): void {
  const { contextName, lock, namespace, name } = target
  const key = JSON.stringify([contextName, lock, namespace, name])
  const shown = open.get(key)
  if (shown) {
    shown.reveal()
    return
  }
  if (open.size === 0) surroundings.subscriptions.push({ dispose: closeAll })
  open.set(key, new TimelinePanel(target, surroundings, () => open.delete(key)))
}

function closeAll(): void {
  for (const panel of [...open.values()]) panel[Symbol.dispose]()
}
