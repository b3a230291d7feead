import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What a fresh VS Code of a person is made of. */
export interface Profile extends Disposable {
  /** Holds all of the following; removed at the end. */
  readonly folder: string
  /** An empty home. */
  readonly home: string
  /** VS Code's `--user-data-dir`. */
  readonly userData: string
  /** VS Code's `--extensions-dir`. */
  readonly extensions: string
  /** A folder to open, empty. */
  readonly workspace: string
  /** Where the kubeconfig lies, if there is one. */
  readonly kubeconfig: string
}

export interface ProfileOptions {
  /** Settings of the user, beside those that keep VS Code quiet. */
  readonly settings?: Readonly<Record<string, unknown>>
  /** An extensions folder whose content it starts with. */
  readonly extensions?: string
  /** Content of the kubeconfig; without one there is none. */
  readonly kubeconfig?: object
}

/** Without what asks, greets, updates and reports. */
const QUIET = {
  'security.workspace.trust.enabled': false,
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.enableExperiments': false,
  'workbench.tips.enabled': false,
  'workbench.layoutControl.enabled': false,
  'window.commandCenter': false,
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
}

export function makeProfile({ settings = {}, extensions, kubeconfig }: ProfileOptions = {}): Profile {
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-leader-vscode-'))
  const profile = {
    folder,
    home: join(folder, 'home'),
    userData: join(folder, 'data'),
    extensions: join(folder, 'extensions'),
    workspace: join(folder, 'work'),
    kubeconfig: join(folder, 'home/.kube/config'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  }
  for (const made of [join(profile.home, '.kube'), join(profile.userData, 'User'), profile.extensions, profile.workspace]) {
    mkdirSync(made, { recursive: true })
  }
  writeFileSync(join(profile.userData, 'User/settings.json'), JSON.stringify({ ...QUIET, ...settings }))
  if (extensions) cpSync(extensions, profile.extensions, { recursive: true })
  if (kubeconfig) writeFileSync(profile.kubeconfig, JSON.stringify(kubeconfig))
  return profile
}
