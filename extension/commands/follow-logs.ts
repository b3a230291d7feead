import * as vscode from 'vscode'
import type { LogNotice } from '../../shared/actions/log-notice.ts'
import { followLeaderLog } from '../../shared/actions/logs.ts'
import { harmless } from '../../shared/lease/index.ts'
import type { Row } from '../tree/rows.ts'
import { errorText, withAdvice } from '../advice.ts'
import type { Needs } from './needs.ts'
import { electionOf } from './target.ts'

const TAIL_LINES = 200

/** The terminals that follow logs, by the id of their election. */
const followed = new Map<string, vscode.Terminal>()

/** Follows the leader's log, from leader to leader, in a terminal of its own. Closing the terminal ends it. */
export async function followLogs(app: Needs<'view' | 'clusters' | 'source' | 'clock'>, row: Row | undefined): Promise<void> {
  const handle = await electionOf(app, row)
  const present = followed.get(handle.id)
  if (present) {
    present.show()
    return
  }
  const client = await handle.client()
  const over = new AbortController()
  const written = new vscode.EventEmitter<string>()
  const say = (text: string): void => written.fire(`\x1b[2m${harmless(text, 2_000)}\x1b[0m\r\n`)
  const follow = async (): Promise<void> => {
    const decoder = new TextDecoder()
    const listener = {
      onNotice: (notice: LogNotice) => say(noticeText(notice)),
      onPiece: ({ bytes }: { readonly bytes: Buffer }) => written.fire(logText(decoder.decode(bytes, { stream: true }))),
    }
    try {
      await followLeaderLog(client, app.clock, handle, listener, { signal: over.signal, tailLines: TAIL_LINES })
    } catch (error) {
      if (!over.signal.aborted) say(errorText(error))
    }
  }
  const terminal = vscode.window.createTerminal({
    name: vscode.l10n.t('Logs of {0}', harmless(handle.name, 60)),
    iconPath: new vscode.ThemeIcon('output'),
    pty: { onDidWrite: written.event, open: () => void follow(), close: () => end() },
    isTransient: true,
  })
  const end = (): void => {
    over.abort()
    written.dispose()
    followed.delete(handle.id)
  }
  followed.set(handle.id, terminal)
  terminal.show()
}

/** Log text for a terminal. Tabs and line ends are kept. All other control characters are made visible. */
function logText(text: string): string {
  return text
    .split(/(\r?\n|[\t\\])/)
    .map((part, index) => (index % 2 === 0 ? harmless(part) : part.endsWith('\n') ? '\r\n' : part))
    .join('')
}

function noticeText(notice: LogNotice): string {
  switch (notice.type) {
    case 'leader':
      return vscode.l10n.t('— Leader: {0}, Pod {1}/{2}', notice.identity, notice.pod.namespace, notice.pod.name)
    case 'notAPod':
      return vscode.l10n.t('— {0} is the leader, but its Pod was not found: {1}', notice.identity, notice.because)
    case 'no-leader':
      return vscode.l10n.t('— No leader.')
    case 'expired':
      return vscode.l10n.t('— The lease of {0} expired.', notice.identity)
    case 'leadsAgain':
      return vscode.l10n.t('— {0} is the leader again.', notice.identity)
    case 'notRunning':
      return vscode.l10n.t('— The container {0} is not running.', notice.source.container)
    case 'restarted':
      return vscode.l10n.t('— The container {0} has restarted.', notice.source.container)
    case 'unreadable':
      return vscode.l10n.t('— Cannot read the log: {0}', withAdvice(notice))
    case 'disconnected':
      return vscode.l10n.t('— Connection lost: {0}', withAdvice({ message: notice.reason, remedy: notice.remedy }))
    case 'connected':
      return vscode.l10n.t('— Connected again.')
  }
}
