import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { BrowserContext } from 'playwright-core'
import { launchBrowser } from './browser.ts'
import { isThere } from './elections-view.ts'
import { makeProfile, type Profile } from './profile.ts'
import { startVscodeServer, type VscodeServer } from './server.ts'
import { PATIENCE_MS, START_MS, Window } from './window.ts'

/** VS Code's own themes. */
export const THEMES = {
  light: 'Default Light Modern',
  dark: 'Default Dark Modern',
  'high-contrast': 'Default High Contrast',
} as const

/** The name of the extension's view in languages other than English. */
const VIEW_TITLES = { 'zh-cn': '领导者选举' }

export type Theme = keyof typeof THEMES

export interface WorkbenchOptions {
  /** An extensions folder whose content it starts with. */
  readonly extensions: string
  /** Default: dark. */
  readonly theme?: Theme
  /** Settings of the user. */
  readonly settings?: Readonly<Record<string, unknown>>
  /** Content of `~/.kube/config`; without it there is none. */
  readonly kubeconfig?: object
  /** More environment for VS Code's server and its extension hosts. */
  readonly env?: NodeJS.ProcessEnv
  /** Size of the windows, in pixels. */
  readonly size?: { readonly width: number; readonly height: number }
  /** Default: English. */
  readonly language?: 'zh-cn'
  /** How many dots of a picture make a pixel; default 1. */
  readonly scale?: number
}

/** A VS Code on a fresh profile, with the windows that a person opened. */
export interface Workbench extends AsyncDisposable {
  readonly profile: Profile
  readonly server: VscodeServer
  /** The first window. */
  readonly window: Window
  /** Opens one more window, by default on the same folder; on what a `.code-workspace` file lists, if it is one. */
  openWindow(folder?: string): Promise<Window>
  /** Writes `~/.kube/config` anew. */
  writeKubeconfig(content: object): void
}

/** Starts VS Code and opens a window on an empty folder. */
export async function openWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const { theme = 'dark', settings, kubeconfig, extensions, env, language, size = { width: 1200, height: 760 }, scale = 1 } = options
  const profile = makeProfile({
    settings: { 'workbench.colorTheme': THEMES[theme], ...settings },
    extensions,
    ...(kubeconfig && { kubeconfig }),
  })
  await using started = new AsyncDisposableStack()
  started.use(profile)
  if (language) addLanguagePack(profile, language)
  const server = started.use(await startVscodeServer(profile, { ...(env && { env }), ...(language && { locale: language }) }))
  const browser = await launchBrowser()
  started.defer(() => browser.close())
  const context = await browser.newContext({ viewport: size, deviceScaleFactor: scale, permissions: ['clipboard-read', 'clipboard-write'] })
  context.setDefaultTimeout(PATIENCE_MS)
  const title = language ? VIEW_TITLES[language] : undefined
  const openWindow = (folder = profile.workspace): Promise<Window> => openPage(context, server.authority, folder, title)
  const window = await openWindow()
  started.defer(() => pictureOfTheEnd(window))
  const resources = started.move()
  return {
    profile,
    server,
    window,
    openWindow,
    writeKubeconfig: (content) => writeFileSync(profile.kubeconfig, JSON.stringify(content)),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

async function openPage(context: BrowserContext, authority: string, folder: string, title: string | undefined): Promise<Window> {
  const page = await context.newPage()
  const kind = folder.endsWith('.code-workspace') ? 'workspace' : 'folder'
  await page.goto(`http://${authority}/?${kind}=${encodeURIComponent(folder)}`, { timeout: START_MS })
  const window = new Window(page, title)
  await window.untilReady()
  if (kind === 'workspace') await untilFoldersShown(window)
  return window
}

/** A busy VS Code opens a `.code-workspace` file before it can read it, and then shows no folder until it is opened again. */
async function untilFoldersShown(window: Window): Promise<void> {
  const folder = window.page.locator('.explorer-folders-view .monaco-list-row').first()
  const isShown = async (): Promise<boolean> => {
    if (await isThere(folder, 10_000)) return true
    await window.page.reload()
    await window.untilReady()
    return false
  }
  await expect.poll(isShown, { timeout: START_MS }).toBe(true)
}

/**
 * Makes VS Code run extensions in a language. Its own texts stay English: their translations are in a package of the
 * Marketplace, and this one has none.
 */
function addLanguagePack({ folder, userData }: Profile, language: string): void {
  const vscode = join(folder, 'no-translations.json')
  writeFileSync(vscode, JSON.stringify({ contents: {} }))
  writeFileSync(join(userData, 'languagepacks.json'), JSON.stringify({ [language]: { hash: 'none', label: language, extensions: [{ extensionIdentifier: { id: 'none.none' }, version: '1.0.0' }], translations: { vscode } } }))
}

/** What was to be seen last tells most about a test that failed. */
async function pictureOfTheEnd(window: Window): Promise<void> {
  if (window.page.isClosed()) return
  const test = expect.getState().currentTestName ?? 'no test'
  await window.picture(`end-of-${test.replaceAll(/[^A-Za-z0-9]+/g, '-').slice(0, 100)}`)
}
