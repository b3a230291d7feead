import { Box, render, Text, useApp, useInput, type Key } from 'ink'
import { useEffect } from 'react'
import type { Session } from '../session.ts'
import type { ScreenSize } from './frame.ts'

/** A full screen, as in vim and less: closing it restores the previous content of the terminal. */
export interface Screen {
  size(): ScreenSize
  /** Replaces the content. Only changed lines are written. */
  show(lines: readonly string[]): void
  /** Returns the terminal to the shell, as Ctrl-Z does, until the shell continues this process. */
  suspend(): void
  /** Settles when the screen is closed; rejects if drawing failed. */
  readonly closed: Promise<unknown>
  close(): void
}

export interface ScreenListener {
  readonly onKey: (input: string, key: Key) => void
  /** Called when the size of the terminal changes; the listener must call {@link Screen.show}. */
  readonly onResize: () => void
}

// Without autowrap (DEC private mode 7), a line that is wider on the terminal than computed is cut at the edge, and does not
// push down the lines below.
const AUTOWRAP_OFF = '\u001b[?7l'
const AUTOWRAP_ON = '\u001b[?7h'

/** Takes over the terminal. The caller must close the screen, however the program ends. */
export function openScreen({ stdin, stdout, stderr }: Pick<Session, 'stdin' | 'stdout' | 'stderr'>, listener: ScreenListener): Screen {
  let suspendTerminal: Suspend = () => Promise.resolve()
  const onSuspendable = (suspend: Suspend): void => void (suspendTerminal = suspend)
  const frame = (lines: readonly string[]) => <Frame lines={lines} onKey={listener.onKey} onSuspendable={onSuspendable} />

  // Registered before ink's own listener, which would draw the frame of the old size once more.
  stdout.on('resize', listener.onResize)
  const instance = render(frame([]), {
    stdin,
    stdout,
    stderr,
    interactive: true,
    alternateScreen: true,
    incrementalRendering: true,
    exitOnCtrlC: false,
    patchConsole: false,
    // DrawTimer limits the rate, so ink's own limit must be higher.
    maxFps: 60,
  })
  stdout.write(AUTOWRAP_OFF)
  // If the process ends without closing the screen, ink restores everything else.
  const restoreAutowrap = (): void => void stdout.write(AUTOWRAP_ON)
  process.once('exit', restoreAutowrap)

  return {
    size: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
    show: (lines) => instance.rerender(frame(lines)),
    suspend: () =>
      void suspendTerminal(() => {
        stdout.write(AUTOWRAP_ON)
        process.kill(0, 'SIGTSTP')
        stdout.write(AUTOWRAP_OFF)
      }),
    closed: instance.waitUntilExit(),
    close: () => {
      process.off('exit', restoreAutowrap)
      stdout.off('resize', listener.onResize)
      restoreAutowrap()
      instance.unmount()
    },
  }
}

type Suspend = (callback: () => void) => Promise<void>

interface FrameProps {
  readonly lines: readonly string[]
  readonly onKey: ScreenListener['onKey']
  readonly onSuspendable: (suspend: Suspend) => void
}

function Frame({ lines, onKey, onSuspendable }: FrameProps) {
  const { suspendTerminal } = useApp()
  useEffect(() => onSuspendable(suspendTerminal), [onSuspendable, suspendTerminal])
  useInput(onKey)
  return (
    <Box flexDirection="column">
      {lines.map((line, index) => (
        <Text key={index} wrap="truncate-end">
          {/* An empty text would take no row. */}
          {line === '' ? ' ' : line}
        </Text>
      ))}
    </Box>
  )
}
