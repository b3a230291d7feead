import { Box, render, Text, useApp, useInput, type Key } from 'ink'
import { useEffect } from 'react'
import type { Session } from '../session.ts'
import type { ScreenSize } from './frame.ts'

/** A whole terminal to draw on, as vim and less have it: what was there before comes back when it is closed. */
export interface Screen {
  size(): ScreenSize
  /** Replaces what is shown; only lines that differ are written. */
  show(lines: readonly string[]): void
  /** Hands the terminal back to the shell, as Ctrl-Z does, until the shell continues this process. */
  suspend(): void
  /** Settles once the screen is closed; rejects where drawing failed. */
  readonly closed: Promise<unknown>
  close(): void
}

export interface ScreenListener {
  readonly onKey: (input: string, key: Key) => void
  /** The terminal has another size; to be answered with {@link Screen.show}. */
  readonly onResize: () => void
}

// A line whose width the terminal counts differently from us is cut at the edge, instead of pushing down all others.
// (DEC private mode 7, autowrap.)
const AUTOWRAP_OFF = '\u001b[?7l'
const AUTOWRAP_ON = '\u001b[?7h'

/** Takes over the terminal. Whoever opens a screen has to close it, however the program ends. */
export function openScreen({ stdin, stdout, stderr }: Pick<Session, 'stdin' | 'stdout' | 'stderr'>, listener: ScreenListener): Screen {
  let suspendTerminal: Suspend = () => Promise.resolve()
  const onSuspendable = (suspend: Suspend): void => void (suspendTerminal = suspend)
  const frame = (lines: readonly string[]) => <Frame lines={lines} onKey={listener.onKey} onSuspendable={onSuspendable} />

  // Before ink's own listener, which would draw the frame of the old size once more.
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
    // The pace is set by DrawTimer; ink only has to keep out of its way.
    maxFps: 60,
  })
  stdout.write(AUTOWRAP_OFF)
  // ink restores the rest itself when the process ends without closing the screen.
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
          {/* A text without anything in it would take no row. */}
          {line === '' ? ' ' : line}
        </Text>
      ))}
    </Box>
  )
}
