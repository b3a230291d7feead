import { parseRecordingLine, RECORDING_FORMAT, RECORDING_VERSION, type RecordingLine } from '../../shared/history/recording/format.ts'
import { LineScanner } from '../../shared/history/line-scanner.ts'
import { Replay } from '../../shared/history/recording/replay.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import { aborted } from '../../shared/time/aborted.ts'
import { CommandError, ExitCode } from '../exit-code.ts'
import { openFile } from '../history/open-file.ts'
import { interruptedCode } from '../interruption.ts'
import { untilDrained } from '../output/write-lines.ts'
import type { Session } from '../session.ts'
import { printEvents } from './print-events.ts'
import { canTakeOver } from './run-watch.ts'
import type { WatchRequest } from './watch-request.ts'

/** A recording to play instead of a cluster. */
export interface ReplayRequest extends Pick<WatchRequest, 'isWanted' | 'category' | 'output' | 'withRenewals' | 'color'> {
  readonly file: string
  /** How many times faster than it was recorded; infinity waits for nothing. */
  readonly speed: number
  /** What the screen shows as the place. */
  readonly hasNamespace: boolean
}

/** Plays a recording until its end, or on a screen until the user quits. @throws CommandError if the file is not a recording. */
export async function replayWith(session: Session, request: ReplayRequest): Promise<ExitCode> {
  const { signal } = session
  using replay = new Replay(session.clock, request.speed)
  const over = new AbortController()
  const end = (): void => over.abort()
  signal.addEventListener('abort', end)
  try {
    const isOnScreen = request.output === 'auto' && canTakeOver(session)
    if (!isOnScreen) {
      printEvents({ ...session, clock: replay.clock }, replay.store, request, { isReplay: true })
      await replay.play(paced(linesOf(session, request.file), session.stdout, over.signal), over.signal).catch(unlessAborted(over.signal))
      return signal.aborted ? interruptedCode(signal) : ExitCode.done
    }
    const { watchOnScreen } = await import('./watch-on-screen.ts')
    const playing = replay.play(linesOf(session, request.file), over.signal).then(() => null, (error: unknown) => error)
    const failed = playing.then(async (error) => (error === null ? aborted(over.signal) : end()))
    const place = `recording ${request.file}, ${Number.isFinite(request.speed) ? `${request.speed}x` : 'at once'}`
    const screen = { store: replay.store, clock: replay.clock, place, notice: null, hasNamespace: request.hasNamespace, isReplay: true }
    const ending = await watchOnScreen(session, screen, request, over.signal)
    end()
    await failed
    const error = await playing
    if (error instanceof CommandError) throw error
    return ending === 'interrupted' || signal.aborted ? interruptedCode(signal) : ExitCode.done
  } finally {
    signal.removeEventListener('abort', end)
    end()
  }
}

/** Lines no faster than what follows from them is read: a recording has time, so that nothing is dropped for a slow reader. */
async function* paced(lines: AsyncIterable<RecordingLine>, stream: NodeJS.WriteStream, signal: AbortSignal): AsyncGenerator<RecordingLine> {
  for await (const line of lines) {
    yield line
    if (stream.writableNeedDrain) await untilDrained(stream, signal)
  }
}

function unlessAborted(signal: AbortSignal): (error: unknown) => void {
  return (error) => {
    if (!signal.aborted) throw error
  }
}

/** The lines of a recording. @throws CommandError if it has none, or is of a later version. */
async function* linesOf(session: Session, file: string): AsyncGenerator<RecordingLine> {
  const { chunks } = await openFile(file, session.stdin, () => {})
  let found: RecordingLine[] = []
  const seen = { any: false }
  const scanner = new LineScanner([], {
    onLine: (bytes) => {
      const line = parseRecordingLine(bytes.toString())
      if (line) found.push(line)
    },
  })
  const take = function* (): Generator<RecordingLine> {
    const lines = found
    found = []
    for (const line of lines) {
      if (line.type === 'recording' && (line.format !== RECORDING_FORMAT || line.version > RECORDING_VERSION)) {
        throw new CommandError(`"${harmless(file)}" is a recording of a later version. Use a newer kubectl-leader.`)
      }
      seen.any = true
      yield line
    }
  }
  for await (const chunk of chunks) {
    scanner.chunk(chunk)
    yield* take()
  }
  scanner.end()
  yield* take()
  if (!seen.any) throw new CommandError(`"${harmless(file)}" is not a recording of kubectl leader record.`)
}
