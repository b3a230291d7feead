import type { Session } from '../session.ts'
import type { DrawTimer } from './draw-timer.ts'
import { frameLines } from './frame.ts'
import { actionFor, strokes } from './keys.ts'
import type { Paint } from './paint.ts'
import type { ScreenModel } from './screen-model.ts'
import { openScreen } from './screen.tsx'

/**
 * Shows a running watch as a full screen until the user quits or `signal` is aborted, and then restores the terminal.
 * Resolves to whether Ctrl-C ended it: in raw mode, Ctrl-C arrives as a key, not as a signal.
 */
export async function runScreen(
  session: Session,
  model: ScreenModel,
  timer: DrawTimer,
  paint: Paint,
  signal: AbortSignal,
): Promise<'ended' | 'interrupted'> {
  const over = new AbortController()
  let ending: 'ended' | 'interrupted' = 'ended'
  let shown: readonly string[] = []
  const end = (): void => over.abort()
  const draw = (): void => {
    const size = screen.size()
    const lines = frameLines(model.scene(size), size, paint)
    if (isSame(lines, shown)) return
    shown = lines
    screen.show(lines)
  }
  const screen = openScreen(session, {
    onKey(input, key) {
      for (const stroke of strokes(input, key)) {
        const action = actionFor(stroke, key, model.view)
        if (action === 'suspend') screen.suspend()
        else if (action === 'quit' || action === 'interrupt') {
          if (action === 'interrupt') ending = 'interrupted'
          end()
        } else if (action !== null) {
          model.act(action, screen.size())
          timer.request(0)
        }
      }
    },
    onResize: draw,
  })
  try {
    if (signal.aborted) return ending
    signal.addEventListener('abort', end)
    await Promise.race([screen.closed, timer.run(draw, over.signal)])
    return ending
  } finally {
    signal.removeEventListener('abort', end)
    end()
    screen.close()
  }
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, index) => line === b[index])
}
