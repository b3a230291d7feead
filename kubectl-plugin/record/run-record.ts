import { randomUUID } from 'node:crypto'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { watchElections } from '../../shared/cluster/elections/election-watch.ts'
import { Recorder } from '../../shared/history/recording/recorder.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import type { Election } from '../../shared/lease/election.ts'
import { ExitCode } from '../exit-code.ts'
import { interruptedCode } from '../interruption.ts'
import { printText } from '../output/wrap.ts'
import type { Session } from '../session.ts'
import { VERSION } from '../version.ts'
import { noticesOf, type WatchRequest } from '../watch/watch-request.ts'
import { keepHeapSmall } from '../watch/small-heap.ts'
import { RecordingFile, type Rotation } from './recording-file.ts'

/** How often lines are written: what a kill may lose. */
const FLUSH_MS = 500

export interface RecordRequest extends Pick<WatchRequest, 'scope' | 'isWanted' | 'category' | 'durationMs'> {
  /** In milliseconds; default 30 s. */
  readonly firstTimeoutMs?: number
  readonly file: string
  readonly rotation: Rotation
}

/**
 * Records until the duration has passed, or the session is interrupted. Rejects with a ClusterError if the first read fails,
 * and with a CommandError if the file cannot be written.
 */
export async function recordWith(session: Session, client: ApiClient, request: RecordRequest): Promise<ExitCode> {
  const { scope, category, durationMs, firstTimeoutMs } = request
  const { clock, signal, stderr } = session
  signal.throwIfAborted()
  keepHeapSmall()
  const file = await RecordingFile.open(request.file, request.rotation, clock)
  const over = new AbortController()
  const end = (): void => over.abort()
  signal.addEventListener('abort', end)
  const feed = watchElections(client, clock, scope, over.signal, { ...(firstTimeoutMs !== undefined && { firstTimeoutMs }) })
  const isWanted = (election: Election): boolean =>
    (category === 'all' || election.category === category) && (request.isWanted?.(election) ?? true)
  const of = { session: randomUUID(), server: client.server, context: client.contextName, program: VERSION }
  const recorder = new Recorder(feed.store, clock, of, isWanted, (line) => file.add(line))
  const stop = recorder.start()
  try {
    await feed.ready.catch((error: unknown) => {
      if (!over.signal.aborted) throw error
    })
    if (!over.signal.aborted) {
      for (const notice of noticesOf(feed)) printText(stderr, harmless(notice))
      const count = [...feed.store].filter(({ election }) => isWanted(election)).length
      printText(stderr, `Recording ${count} election${count === 1 ? '' : 's'} to ${harmless(request.file)}. Press Ctrl-C to stop.`)
    }
    const untilMs = clock.monotonicMs() + (durationMs ?? Number.POSITIVE_INFINITY)
    while (!over.signal.aborted && clock.monotonicMs() < untilMs) {
      recorder.alive()
      file.flush()
      if (file.isFull) {
        file.rotate()
        recorder.header()
      }
      await clock.sleep(Math.min(FLUSH_MS, untilMs - clock.monotonicMs()), over.signal).catch(() => {})
    }
    return signal.aborted ? interruptedCode(signal) : ExitCode.done
  } finally {
    stop()
    signal.removeEventListener('abort', end)
    end()
    await feed.ended
    file.close()
  }
}
