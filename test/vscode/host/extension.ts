import * as vscode from 'vscode'
import type { App } from '../../../extension/app.ts'
import type { TestAccess } from '../../../extension/extension.ts'
import type { ContextRow, ElectionRow, Row } from '../../../extension/tree/rows.ts'
import { sandbox, type ContextName } from './clusters.ts'
import { until } from './until.ts'

/** The extension as VS Code knows it. */
export function extension(): vscode.Extension<TestAccess> {
  const found = vscode.extensions.getExtension<TestAccess>('kubectl-leader.kubectl-leader')
  if (!found) throw new Error('VS Code knows no such extension.')
  return found
}

/** Opens the view, as a click on its icon does; then the extension is active. */
export async function openView(): Promise<App> {
  await sandbox()
  await vscode.commands.executeCommand('kubectlLeader.elections.focus')
  await until(() => extension().isActive, Boolean)
  const app = await extension().exports.app()
  await until(() => app.view.visible, Boolean)
  return app
}

/** Changes settings of the person; undefined is back to the default. */
export async function set(settings: Readonly<Record<string, unknown>>): Promise<void> {
  const section = vscode.workspace.getConfiguration('kubectlLeader')
  for (const [name, value] of Object.entries(settings)) {
    await section.update(name, value, vscode.ConfigurationTarget.Global)
  }
}

/** Shows one context alone; resolves once it can be read. */
export async function show(app: App, context: ContextName): Promise<void> {
  await set({ contexts: [context] })
  await until(
    () => app.clusters.sessions.map(({ name, state }) => `${name} ${state.phase}`),
    (sessions) => sessions.length === 1 && sessions[0] === `${context} live`,
  )
}

/** The rows below one, or the outermost. */
export async function below({ tree }: App, row?: Row): Promise<readonly Row[]> {
  return tree.getChildren(row)
}

export async function contextRows(app: App): Promise<readonly ContextRow[]> {
  return (await below(app)).filter((row) => row.kind === 'context')
}

/** All elections that the tree has, however they are grouped. */
export async function electionRows(app: App): Promise<readonly ElectionRow[]> {
  const within = async (row: Row): Promise<readonly ElectionRow[]> => {
    if (row.kind === 'election') return [row]
    return row.kind === 'detail' || row.kind === 'problem' ? [] : (await Promise.all((await below(app, row)).map(within))).flat()
  }
  return (await Promise.all((await below(app)).map(within))).flat()
}

/** The row of an election, once it is there. */
export async function electionRow(app: App, name: string): Promise<ElectionRow> {
  const find = async (): Promise<ElectionRow | undefined> => (await electionRows(app)).find(({ handle }) => handle.name === name)
  return (await until(find, Boolean))!
}

/** The holder of an election as the tree knows it. */
export function holderOf({ handle }: ElectionRow): string {
  return handle.read()?.election.record.holderIdentity ?? ''
}
