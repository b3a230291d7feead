import * as vscode from 'vscode'
import { ContainerLogFollower } from '../../shared/actions/container-log.ts'
import type { LogListener, LogNotice } from '../../shared/actions/log-notice.ts'
import { followLeaderLog } from '../../shared/actions/logs.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import type { ObjectRef } from '../../shared/cluster/cluster-object.ts'
import { harmless } from '../../shared/lease/harmless.ts'
import type { ClusterSession } from '../clusters/cluster-session.ts'
import type { Row } from '../tree/rows.ts'
import { errorText, withAdvice } from '../advice.ts'
import type { Needs } from './needs.ts'
import { electionOf } from './target.ts'
import { translated } from '../words/phrases.ts'

const TAIL_LINES = 200

/** The terminals that follow logs, by what they follow. */
const followed = new Map<string, vscode.Terminal>()

/** What a terminal follows. */
interface Followed {
  readonly id: string
  /** The name of the terminal. */
  readonly title: string
  readonly session: ClusterSession
  /** Follows until the signal is aborted. */
  readonly follow: (client: ApiClient, listener: LogListener, signal: AbortSignal) => Promise<unknown>
}

/**
 * Follows the leader's log, from leader to leader, in a terminal of its own; or the log of the Pod that a detail names, if
 * that is another one. Closing the terminal ends it.
 */
export async function followLogs(app: Needs<'view' | 'clusters' | 'source' | 'clock'>, row: Row | undefined): Promise<void> {
  if (row?.kind === 'detail' && !row.isHolder && row.object) return open(podLog(app, row.handle.session, row.object))
  const handle = await electionOf(app, row)
  await open({
    id: handle.id,
    title: vscode.l10n.t('Logs of {0}', harmless(handle.name, 60)),
    session: handle.session,
    follow: (client, listener, signal) => followLeaderLog(client, app.clock, handle, listener, { signal, tailLines: TAIL_LINES }),
  })
}

function podLog(app: Needs<'clock'>, session: ClusterSession, { namespace, name }: ObjectRef): Followed {
  return {
    id: `${session.id} Pod/${namespace ?? ''}/${name}`,
    title: vscode.l10n.t('Logs of {0}', harmless(name, 60)),
    session,
    follow: (client, listener, signal) =>
      new ContainerLogFollower(client, app.clock, listener, null).follow({ namespace: namespace ?? '', name }, { from: 'asked', tailLines: TAIL_LINES }, () => undefined, signal),
  }
}

async function open({ id, title, session, follow }: Followed): Promise<void> {
  const present = followed.get(id)
  if (present) {
    present.show()
    return
  }
  const client = await session.client()
  const over = new AbortController()
  const written = new vscode.EventEmitter<string>()
  const say = (text: string): void => written.fire(`\x1b[2m${harmless(text, 2_000)}\x1b[0m\r\n`)
  const start = async (): Promise<void> => {
    const decoder = new TextDecoder()
    const listener = {
      onNotice: (notice: LogNotice) => say(noticeText(notice)),
      onPiece: ({ bytes }: { readonly bytes: Buffer }) => written.fire(logText(decoder.decode(bytes, { stream: true }))),
    }
    try {
      await follow(client, listener, over.signal)
    } catch (error) {
      if (!over.signal.aborted) say(errorText(error))
    }
  }
  const terminal = vscode.window.createTerminal({
    name: title,
    iconPath: new vscode.ThemeIcon('output'),
    pty: { onDidWrite: written.event, open: () => void start(), close: () => end() },
    isTransient: true,
  })
  const end = (): void => {
    over.abort()
    written.dispose()
    followed.delete(id)
  }
  followed.set(id, terminal)
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
      return vscode.l10n.t('— {0} is the leader, but its Pod was not found: {1}', notice.identity, translated(notice.because))
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
      return vscode.l10n.t('— Connection lost: {0}', withAdvice({ ...notice, message: notice.reason }))
    case 'connected':
      return vscode.l10n.t('— Connected again.')
  }
}
