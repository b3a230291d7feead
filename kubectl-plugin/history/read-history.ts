import { stat } from 'node:fs/promises'
import { AuditReader, type Wanted } from '../../shared/history/audit/audit-reader.ts'
import { historyOf, type Evidence, type History, type Source } from '../../shared/history/history.ts'
import { LineScanner } from '../../shared/history/line-scanner.ts'
import { RecordingReader } from '../../shared/history/recording/recording-reader.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import type { ElectionRef } from '../../shared/lease/election-ref.ts'
import type { PodTimes } from '../../shared/history/pod-ends.ts'
import type { ToldEvent } from '../../shared/history/told.ts'
import { CommandError } from '../exit-code.ts'
import { printText } from '../output/wrap.ts'
import type { Session } from '../session.ts'
import { logName, openFile } from './open-file.ts'
import { ReadProgress } from './progress.ts'

/** Where to read histories from. */
export interface HistoryFiles {
  /** Audit logs; `-` is stdin. */
  readonly audit: readonly string[]
  /** Recordings, and Events that kubectl printed as JSON. */
  readonly from: readonly string[]
}

/** Everything that was read of the wanted elections. */
export interface HistoryReading {
  readonly elections: readonly ElectionRef[]
  /** @param live what else the cluster shows */
  history(ref: ElectionRef, live?: LiveEvidence): History
  evidence(ref: ElectionRef): Evidence
}

/** What a cluster still keeps of an election's past. */
export interface LiveEvidence {
  readonly told: readonly ToldEvent[]
  readonly pods: readonly PodTimes[]
}

const STAGE_TIME = /"stageTimestamp":\s*"([^"]+)"/

/** Reads all files, one after the other. @throws CommandError if one cannot be read, or is no such file. */
export async function readHistory(session: Session, files: HistoryFiles, wanted: Wanted): Promise<HistoryReading> {
  if (files.audit.filter((file) => file === '-').length + files.from.filter((file) => file === '-').length > 1) {
    throw new CommandError('stdin ("-") can be read only once.')
  }
  const progress = new ReadProgress(session, await totalBytes([...files.audit, ...files.from]))
  const audit = new AuditReader(wanted)
  const recordings = new RecordingReader(wanted)
  const auditNames = [...new Set(files.audit.map(logName))]
  const recordingNames = [...new Set(files.from.map(logName))]
  try {
    for (const file of files.audit) {
      const source = auditNames.indexOf(logName(file))
      const seen = { lines: false, events: false }
      const scanner = new LineScanner(audit.needles, {
        onLine: (line) => {
          seen.events ||= line.includes('"stageTimestamp"')
          audit.line(line.toString(), source)
        },
        onSample: (line) => {
          seen.lines = true
          const time = STAGE_TIME.exec(line.toString('latin1'))
          if (!time) return
          seen.events = true
          audit.covers(source, time[1]!)
        },
      })
      await scan(session, file, scanner, progress)
      if (seen.lines && !seen.events) throw new CommandError(`"${harmless(file)}" is not an audit log: it contains no audit event.`)
    }
    for (const file of files.from) {
      const source = auditNames.length + recordingNames.indexOf(logName(file))
      await scan(session, file, new LineScanner([], { onLine: (line) => recordings.line(line.toString(), source) }), progress)
      if (!recordings.endOfFile(source)) throw new CommandError(`"${harmless(file)}" is neither a recording nor Events as JSON.`)
    }
  } finally {
    progress.clear()
  }
  const clockReadings = audit.clockReadings()
  const sources: Source[] = [
    ...auditNames.map((name, index): Source => {
      const { levels, covers, unreadable } = audit.sourceReading(index)
      return { name: nameOf(name, files.audit), kind: 'audit', levels: [...levels], covers, unreadable }
    }),
    ...recordingNames.map((name, index) => recordings.sourceOf(nameOf(name, files.from), auditNames.length + index)),
  ]
  const elections = new Map([...audit.elections, ...recordings.elections].map((ref) => [`${ref.lock}/${ref.namespace}/${ref.name}`, ref]))
  const evidence = (ref: ElectionRef, live: LiveEvidence = { told: [], pods: [] }): Evidence => ({
    sources,
    writes: [...audit.writesOf(ref.namespace, ref.name, ref.lock)],
    ...recordings.of(ref),
    told: [...audit.toldOf(ref.namespace, ref.name), ...recordings.toldOf(ref), ...live.told],
    pods: [...audit.pods, ...live.pods],
    clockReadings,
  })
  return { elections: [...elections.values()], evidence, history: (ref, live) => historyOf(ref, evidence(ref, live)) }
}

/** The file, or the name that several rotated ones share, and how many there are. */
function nameOf(log: string, files: readonly string[]): string {
  const own = files.filter((file) => logName(file) === log)
  return own.length === 1 ? own[0]! : `${log}, ${own.length} files`
}

async function scan(session: Session, file: string, scanner: LineScanner, progress: ReadProgress): Promise<void> {
  const { chunks } = await openFile(file, session.stdin, (bytes) => progress.add(bytes))
  try {
    for await (const chunk of chunks) {
      session.signal.throwIfAborted()
      scanner.chunk(chunk)
    }
  } catch (error) {
    session.signal.throwIfAborted()
    // What was read before stays: a file that is still being written ends in the middle of a block.
    printText(session.stderr, `Warning: "${harmless(file)}" was read only in part: ${(error as Error).message}`)
  }
  scanner.end()
}

async function totalBytes(files: readonly string[]): Promise<number | null> {
  if (files.includes('-')) return null
  const sizes = await Promise.all(files.map((file) => stat(file).then(({ size }) => size, () => 0)))
  return sizes.reduce((sum, size) => sum + size, 0)
}
