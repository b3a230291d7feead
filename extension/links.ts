import * as vscode from 'vscode'
import type { ElectionRef, LockKind } from '../shared/lease/election-ref.ts'
import { AdvisedError } from '../shared/remedy.ts'
import type { ClusterSession } from './clusters/cluster-session.ts'
import { ElectionHandle } from './clusters/election-handle.ts'
import { whileWatched } from './clusters/follow-sessions.ts'
import type { CommandWindow } from './commands/needs.ts'
import { writeSetting } from './settings.ts'
import { isSelected } from './tree/rows.ts'
import { electionText, short } from './words/election-text.ts'

const PATH = '/election'

/** An election of another person's kubeconfig: its context may have another name in this one. */
export interface Link extends ElectionRef {
  readonly context: string
}

/** Names of objects, and the few characters more that RBAC-like names have. */
const NAME = /^[A-Za-z0-9]([-A-Za-z0-9.:_]{0,251}[A-Za-z0-9])?$/
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const LOCKS: readonly LockKind[] = ['lease', 'configmap', 'endpoints']
const LONGEST_CONTEXT = 500

/** A link that opens an election in VS Code, if the kubeconfig there has the same context. */
export function linkTo({ contextName, lock, namespace, name }: ElectionHandle, extensionId: string): string {
  const query = new URLSearchParams({ context: contextName, namespace, name, ...(lock !== 'lease' && { lock }) })
  return `${vscode.env.uriScheme}://${extensionId}${PATH}?${query.toString()}`
}

/** Null if it is not a link to an election. */
export function readLink({ path, query }: Pick<vscode.Uri, 'path' | 'query'>): Link | null {
  if (path !== PATH) return null
  const values = new URLSearchParams(query)
  const text = (name: string): string => values.get(name) ?? ''
  const context = text('context')
  const lock = LOCKS.find((kind) => kind === (values.get('lock') ?? 'lease'))
  const [namespace, name] = [text('namespace'), text('name')]
  if (context === '' || context.length > LONGEST_CONTEXT || !lock || !NAMESPACE.test(namespace) || !NAME.test(name)) return null
  return { context, lock, namespace, name }
}

/**
 * Shows the election that a link names: in the tree, or as text if the tree does not show it. Anyone can make a link, so it
 * changes nothing in a cluster, and a context that is not shown is connected to only if the person agrees.
 *
 * @throws Error if the link or its context is unknown, or the election does not exist
 */
export async function openLink(app: CommandWindow, uri: Pick<vscode.Uri, 'path' | 'query'>): Promise<void> {
  const link = readLink(uri)
  if (!link) throw new Error(vscode.l10n.t('The link does not name an election.'))
  const shown = await sessionOf(app, link)
  if (!shown) return
  await whileWatched([shown], async () => {
    const handle = new ElectionHandle(shown, link)
    const stored = shown.get(handle.key)
    const row = stored && isSelected(shown, stored, app.tree.selection) ? app.tree.rowOf(handle.id) : undefined
    if (row) {
      await app.reveal(row)
      return
    }
    if ('error' in shown.state) throw shown.state.error
    await app.documents.describe(handle)
  })
}

/** The session of the link's context, which is shown if the person agrees; undefined if not. */
async function sessionOf(app: CommandWindow, link: Link): Promise<ClusterSession | undefined> {
  const { kubeconfig, error } = await app.source.look()
  const find = (): ClusterSession | undefined => app.clusters.sessions.find(({ name }) => name === link.context)
  if (find()) return find()
  if (!kubeconfig) throw error
  if (!kubeconfig.contexts.has(link.context)) throw unknown(link)
  if (!(await agreesToShow(app, link))) return undefined
  const shown = find()
  if (!shown) throw unknown(link)
  return shown
}

function unknown({ context }: Link): Error {
  const message = vscode.l10n.t('The link names the context {0}, which your kubeconfig does not have.', short(context))
  return new AdvisedError({ message, remedy: { kind: 'chooseKubeconfig' } })
}

async function agreesToShow({ clusters }: CommandWindow, { context, namespace, name }: Link): Promise<boolean> {
  const show = vscode.l10n.t('Show Context')
  const text = vscode.l10n.t('The link names an election in a context that is not shown: {0}.', electionText({ contextName: context, namespace, name }))
  const detail = vscode.l10n.t('Show the context {0} as well? The extension then connects to its cluster with your kubeconfig. It makes no changes there.', short(context))
  if ((await vscode.window.showInformationMessage(text, { modal: true, detail }, show)) !== show) return false
  const names = clusters.sessions.filter(({ isSandbox }) => !isSandbox).map((session) => session.name)
  await writeSetting('contexts', [...names, context])
  return true
}
