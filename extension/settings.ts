import { homedir } from 'node:os'
import * as vscode from 'vscode'
import type { Category } from '../shared/lease/category.ts'
import type { LockKind } from '../shared/lease/election-ref.ts'
import { kubernetesExtensionKubeconfig } from './clusters/kubernetes-extension.ts'
import type { PinnedNews } from './pinned-notices.ts'
import type { Grouping } from './tree/rows.ts'

/** The section of the settings. */
export const SECTION = 'kubectlLeader'

/** The settings of the person. VS Code itself leaves out what an untrusted workspace must not set. */
export interface Settings {
  /** The person's, or the one that is chosen in the Kubernetes extension. Undefined: the files that kubectl would read. */
  readonly kubeconfig: string | undefined
  readonly contexts: readonly string[]
  readonly namespaces: readonly string[]
  /** Namespaces that are watched, but not shown. */
  readonly hiddenNamespaces: readonly string[]
  readonly locks: readonly LockKind[]
  readonly categories: readonly Category[]
  readonly groupBy: Grouping
  /** As the person wrote it: `10m`. */
  readonly maxHold: string
  readonly joinCommand: string
  /** Whether what was seen of elections outlives the window, for a day. */
  readonly keepTimelines: boolean
  /** What the person is notified of about pinned elections. */
  readonly notifications: readonly PinnedNews[]
}

export function readSettings(): Settings {
  const section = vscode.workspace.getConfiguration(SECTION)
  const kubeconfig = section.get<string>('kubeconfig', '').trim() || kubernetesExtensionKubeconfig()
  return {
    kubeconfig: kubeconfig === '' ? undefined : kubeconfig.replace(/^~(?=[/\\])/, () => homedir()),
    contexts: section.get<string[]>('contexts', []),
    namespaces: section.get<string[]>('namespaces', []),
    hiddenNamespaces: section.get<string[]>('hiddenNamespaces', []),
    locks: section.get<LockKind[]>('locks', ['lease']),
    categories: section.get<Category[]>('categories', ['election']),
    groupBy: section.get<Grouping>('groupBy', 'namespace'),
    maxHold: section.get<string>('maxHold', '10m'),
    joinCommand: section.get<string>('joinCommand', '').trim(),
    keepTimelines: section.get<boolean>('keepTimelines', true),
    notifications: section.get<PinnedNews[]>('notifications', []),
  }
}

/** Changes a setting in the workspace if it is set there, and otherwise for the user. */
export async function writeSetting(name: keyof Settings, value: unknown): Promise<void> {
  const section = vscode.workspace.getConfiguration(SECTION)
  const isOfWorkspace = section.inspect(name)?.workspaceValue !== undefined
  await section.update(name, value, isOfWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global)
}
