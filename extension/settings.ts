import { homedir } from 'node:os'
import * as vscode from 'vscode'
import type { Category, LockKind } from '../shared/lease/index.ts'
import type { Grouping } from './tree/rows.ts'

/** The section of the settings. */
export const SECTION = 'kubectlLeader'

/** The settings of the person. VS Code itself leaves out what an untrusted workspace must not set. */
export interface Settings {
  /** Undefined: the files that kubectl would read. */
  readonly kubeconfig: string | undefined
  readonly contexts: readonly string[]
  readonly namespaces: readonly string[]
  readonly locks: readonly LockKind[]
  readonly categories: readonly Category[]
  readonly groupBy: Grouping
  /** As the person wrote it: `10m`. */
  readonly maxHold: string
  readonly joinCommand: string
}

export function readSettings(): Settings {
  const section = vscode.workspace.getConfiguration(SECTION)
  const kubeconfig = section.get<string>('kubeconfig', '').trim()
  return {
    kubeconfig: kubeconfig === '' ? undefined : kubeconfig.replace(/^~(?=[/\\])/, () => homedir()),
    contexts: section.get<string[]>('contexts', []),
    namespaces: section.get<string[]>('namespaces', []),
    locks: section.get<LockKind[]>('locks', ['lease']),
    categories: section.get<Category[]>('categories', ['election']),
    groupBy: section.get<Grouping>('groupBy', 'namespace'),
    maxHold: section.get<string>('maxHold', '10m'),
    joinCommand: section.get<string>('joinCommand', '').trim(),
  }
}

/** Changes a setting in the workspace if it is set there, and otherwise for the user. */
export async function writeSetting(name: keyof Settings, value: unknown): Promise<void> {
  const section = vscode.workspace.getConfiguration(SECTION)
  const isOfWorkspace = section.inspect(name)?.workspaceValue !== undefined
  await section.update(name, value, isOfWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global)
}
