import * as vscode from 'vscode'
import { askDuration } from '../commands/duration-input.ts'
import { usualMaxHoldMs } from '../commands/max-hold.ts'
import type { Needs } from '../commands/needs.ts'
import { ElectionHandle } from '../clusters/election-handle.ts'
import type { Joined } from '../joined/joined.ts'
import { readSettings } from '../settings.ts'
import type { Row } from '../tree/rows.ts'
import { electionText, short } from '../words/election-text.ts'
import { spokenDuration } from '../words/durations.ts'
import { forPlatform, proposedArguments, type LaunchConfiguration } from './base-configuration.ts'
import { DEBUG_TYPE } from './debug-type.ts'
import { baseConfigurations } from './definition.ts'

type Folder = vscode.WorkspaceFolder | undefined

/** Debugs a launch configuration while leading the election of the row, or one that the person picks; offers to save that. */
export async function debugWhileLeading(app: Needs<'view' | 'clusters'>, row: Row | undefined): Promise<void> {
  const handle = row?.kind === 'election' ? row.handle : await pickElection(app)
  if (!handle) return
  const title = vscode.l10n.t('Debug as the Leader of {0}', electionText(handle))
  const picked = await pickBase(title)
  if (!picked) return
  const { folder, base } = picked
  const isTaking = await pickTaking(title, handle)
  if (isTaking === undefined) return
  const args = proposedArguments(forPlatform(base, process.platform))
  const { lock, namespace, name, session } = handle
  const configuration = {
    type: DEBUG_TYPE,
    request: 'launch',
    name: vscode.l10n.t('{0}, as the leader', base.name),
    election: [...(lock === 'lease' ? [] : [lock]), namespace, name].join('/'),
    ...(session.context !== null && { context: session.context }),
    take: isTaking,
    maxHold: readSettings().maxHold,
    configuration: base.name,
    ...(args.length > 0 && { args }),
  }
  const isStarted = await vscode.debug.startDebugging(folder, configuration)
  if (isStarted && !session.isSandbox) await offerToSave(folder, configuration)
}

/** What can be done while a debugged program leads: another end of its time, or its end now. */
export async function holdOptions(app: Needs<'joined'>, row: Row | undefined): Promise<void> {
  const debugged = app.joined.all.filter(({ by, handle }) => by === 'debugger' && (row?.kind !== 'election' || handle.id === row.handle.id))
  const joined = await pickDebugged(debugged)
  if (!joined) return
  const usualMs = usualMaxHoldMs() || 600_000
  const extend = joined.releasesAtWallMs === null ? null : joined.extend
  const items: (vscode.QuickPickItem & { readonly act: () => unknown })[] = [
    ...(extend
      ? [
          { label: vscode.l10n.t('Extend by {0}', spokenDuration(usualMs)), act: () => extend(usualMs) },
          { label: vscode.l10n.t('Extend…'), act: () => askToExtend(extend) },
        ]
      : []),
    { label: vscode.l10n.t('Release'), description: vscode.l10n.t('ends the program, and then releases the lease'), act: () => joined.leave() },
  ]
  const picked = await vscode.window.showQuickPick(items, { title: electionText(joined.handle) })
  await picked?.act()
}

async function askToExtend(extend: (byMs: number) => void): Promise<void> {
  const byMs = await askDuration(vscode.l10n.t('Extend…'), vscode.l10n.t('How much longer this window may lead'), '10m')
  if (byMs !== undefined) extend(byMs)
}

async function pickDebugged(debugged: readonly Joined[]): Promise<Joined | undefined> {
  if (debugged.length < 2) return debugged[0]
  const items = debugged.map((joined) => ({ label: electionText(joined.handle), joined }))
  return (await vscode.window.showQuickPick(items))?.joined
}

async function pickElection({ clusters }: Needs<'clusters'>): Promise<ElectionHandle | undefined> {
  const items = clusters.sessions.flatMap((session) =>
    [...session.elections]
      .filter(({ election }) => election.category === 'election')
      .map(({ election }) => ({ label: short(`${election.namespace}/${election.name}`), description: short(session.name), handle: new ElectionHandle(session, election) })),
  )
  if (items.length === 0) {
    await vscode.commands.executeCommand('kubectlLeader.elections.focus')
    throw new Error(vscode.l10n.t('Select an election in the view first.'))
  }
  return (await vscode.window.showQuickPick(items, { title: vscode.l10n.t('The election to lead') }))?.handle
}

async function pickBase(title: string): Promise<{ readonly folder: Folder; readonly base: LaunchConfiguration } | undefined> {
  const folders: readonly Folder[] = vscode.workspace.workspaceFolders ?? [undefined]
  const items = folders.flatMap((folder) =>
    baseConfigurations(folder).map((base) => ({ label: base.name, description: folders.length > 1 ? (folder?.name ?? '') : base.type, folder, base })),
  )
  if (items.length === 0) {
    const open = vscode.l10n.t('Open launch.json')
    const text = vscode.l10n.t('There is no launch configuration that starts a program. Add one first.')
    if ((await vscode.window.showWarningMessage(text, open)) === open) await vscode.commands.executeCommand('workbench.action.debug.configure')
    return undefined
  }
  return vscode.window.showQuickPick(items, { title, placeHolder: vscode.l10n.t('The launch configuration to run while this window leads'), ignoreFocusOut: true })
}

/** Undefined if the person cancels. */
async function pickTaking(title: string, handle: ElectionHandle): Promise<boolean | undefined> {
  const holder = handle.read()?.election.record.holderIdentity ?? ''
  if (holder === '') return false
  const items = [
    { label: vscode.l10n.t('Take leadership now'), isTaking: true },
    { label: vscode.l10n.t('Wait as a standby in this window'), isTaking: false },
  ]
  return (await vscode.window.showQuickPick(items, { title, placeHolder: vscode.l10n.t('Current holder: {0}', short(holder)), ignoreFocusOut: true }))?.isTaking
}

async function offerToSave(folder: Folder, configuration: vscode.DebugConfiguration): Promise<void> {
  if (!folder) return
  const save = vscode.l10n.t('Save in launch.json')
  const text = vscode.l10n.t('F5 can start "{0}" from now on, if it is saved.', configuration.name)
  if ((await vscode.window.showInformationMessage(text, save)) !== save) return
  const launch = vscode.workspace.getConfiguration('launch', folder)
  const present = launch.inspect<LaunchConfiguration[]>('configurations')?.workspaceFolderValue ?? []
  const others = present.filter(({ name }) => name !== configuration.name)
  await launch.update('configurations', [...others, configuration], vscode.ConfigurationTarget.WorkspaceFolder)
}
