import { fill } from '../words/fill.ts'
import { homedir } from 'node:os'
import * as vscode from 'vscode'
import { timelineJson, type TimelineSubject } from '../../shared/lease/timeline/timeline-json.ts'
import type { TimelineSnapshot } from '../../shared/lease/timeline/snapshot.ts'
import type { FromPage, Pause } from './messages.ts'
import { timelineSvg } from './picture/picture-file.ts'
import type { TimelineStrings } from './strings.ts'

/** Asks for a file, and saves a timeline to it: the whole as JSON, or the part in view as a picture. */
export async function exportTimeline(
  { format, view, widthPx }: Extract<FromPage, { readonly type: 'export' }>,
  subject: TimelineSubject,
  snapshot: TimelineSnapshot,
  pauses: readonly Pause[],
  strings: TimelineStrings,
): Promise<void> {
  const uri = await vscode.window.showSaveDialog({
    title: strings.exportTitle,
    defaultUri: vscode.Uri.joinPath(startFolder(), `${fileName(subject)}.${format}`),
    filters: format === 'json' ? { [strings.fileJson]: ['json'] } : { [strings.fileSvg]: ['svg'] },
  })
  if (!uri) return
  const text =
    format === 'json'
      ? `${JSON.stringify(timelineJson(subject, snapshot), null, 2)}\n`
      : timelineSvg(subject, snapshot, { view, widthPx, pauses, strings })
  try {
    await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text))
    void vscode.window.showInformationMessage(fill(strings.saved, vscode.workspace.asRelativePath(uri)))
  } catch (error) {
    void vscode.window.showErrorMessage(fill(strings.notSaved, error instanceof Error ? error.message : String(error)))
  }
}

function startFolder(): vscode.Uri {
  return vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(homedir())
}

/** A name that every file system allows. */
function fileName({ namespace, name }: TimelineSubject): string {
  return `timeline-${namespace}-${name}`.replace(/[^-.a-z0-9]+/gi, '-').slice(0, 120)
}
