import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { constants, createGunzip } from 'node:zlib'
import * as vscode from 'vscode'
import { parseRecordingLine, RECORDING_FORMAT, RECORDING_VERSION, type RecordingLine } from '../../../shared/history/recording/format.ts'
import { electionKey, type ElectionRef } from '../../../shared/lease/election-ref.ts'
import type { TimelineSnapshot } from '../../../shared/lease/timeline/snapshot.ts'
import { RecordedTimeline, type GapReasons } from './recorded-timeline.ts'

/** An election in a recording. */
export interface RecordedSubject extends ElectionRef {
  readonly context: string
  /** How often its holder was another one than before. */
  readonly changes: number
}

/** The elections of a recording, in the order in which they appear. @throws Error if the file is not a recording that can be read */
export async function electionsIn(file: string, signal: AbortSignal): Promise<readonly RecordedSubject[]> {
  const found = new Map<string, { readonly ref: ElectionRef; readonly context: string; holder: string; changes: number }>()
  let context = ''
  for await (const line of linesOf(file, signal)) {
    if (line.type === 'recording') context = line.context ?? ''
    if (line.type !== 'reading') continue
    const { lock, namespace, name, holderIdentity } = line.election
    const key = electionKey(line.election)
    const known = found.get(key)
    if (!known) found.set(key, { ref: { lock, namespace, name }, context, holder: holderIdentity, changes: 0 })
    else if (holderIdentity !== '' && known.holder !== holderIdentity) {
      known.holder = holderIdentity
      known.changes++
    }
  }
  return [...found.values()].map(({ ref, context: of, changes }) => ({ ...ref, context: of, changes }))
}

/** The whole timeline of one election of a recording. */
export async function timelineIn(file: string, ref: ElectionRef, reasons: GapReasons, signal: AbortSignal): Promise<TimelineSnapshot> {
  const timeline = new RecordedTimeline(ref, reasons)
  for await (const line of linesOf(file, signal)) timeline.take(line)
  return timeline.snapshot()
}

async function* linesOf(file: string, signal: AbortSignal): AsyncGenerator<RecordingLine> {
  const source = createReadStream(file, { signal })
  // What a kill has cut off is read as far as it goes.
  const input = file.endsWith('.gz') ? source.pipe(createGunzip({ finishFlush: constants.Z_SYNC_FLUSH })) : source
  source.on('error', (error) => input.destroy(error))
  let isRecording = false
  for await (const text of createInterface({ input, crlfDelay: Infinity })) {
    const line = parseRecordingLine(text)
    if (!line) continue
    if (line.type === 'recording' && (line.format !== RECORDING_FORMAT || line.version > RECORDING_VERSION)) {
      throw new Error(vscode.l10n.t('This recording was made by a later version. Update the extension to open it.'))
    }
    isRecording = true
    yield line
  }
  if (!isRecording) throw new Error(vscode.l10n.t('This file is not a recording of kubectl leader record.'))
}
