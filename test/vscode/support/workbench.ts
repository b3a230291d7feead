import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { BrowserContext } from 'playwright-core'
import { launchBrowser } from './browser.ts'
import { makeProfile, type Profile } from './profile.ts'
import { startVscodeServer, type VscodeServer } from './server.ts'
import { PATIENCE_MS, START_MS, Window } from './window.ts'

/** VS Code's own themes. */
export const THEMES = {
  light: 'Default Light Modern',
  dark: 'Default Dark Modern',
  'high-contrast': 'Default High Contrast',
} as const

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
  /** How many dots of a picture make a pixel; default 1. */
  readonly scale?: number
}

/** A VS Code on a fresh profile, with the windows that a person opened. */
export interface Workbench extends AsyncDisposable {
  readonly profile: Profile
  readonly server: VscodeServer
  /** The first window. */
  readonly window: Window
  /** Opens one more window, by default on the same folder. */
  openWindow(folder?: string): Promise<Window>
  /** Writes `~/.kube/config` anew. */
  writeKubeconfig(content: object): void
  /** Changes the user's settings. */
  changeSettings(changed: Readonly<Record<string, unknown>>): void
}

/** Starts VS Code and opens a window on an empty folder. */
export async function openWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const { theme = 'dark', settings, kubeconfig, extensions, env, size = { width: 1200, height: 760 }, scale = 1 } = options
  const profile = makeProfile({
    settings: { 'workbench.colorTheme': THEMES[theme], ...settings },
    extensions,
    ...(kubeconfig && { kubeconfig }),
  })
  await using started = new AsyncDisposableStack()
  started.use(profile)
  const server = started.use(await startVscodeServer(profile, { ...(env && { env }) }))
  const browser = await launchBrowser()
  started.defer(() => browser.close())
  const context = await browser.newContext({ viewport: size, deviceScaleFactor: scale, permissions: ['clipboard-read', 'clipboard-write'] })
  context.setDefaultTimeout(PATIENCE_MS)
  const openWindow = (folder = profile.workspace): Promise<Window> => openPage(context, server.authority, folder)
  const window = await openWindow()
  started.defer(() => pictureOfTheEnd(window))
  const resources = started.move()
  return {
    profile,
    server,
    window,
    openWindow,
    writeKubeconfig: (content) => writeFileSync(profile.kubeconfig, JSON.stringify(content)),
    changeSettings(changed) {
      const file = join(profile.userData, 'User/settings.json')
      const before = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
      writeFileSync(file, JSON.stringify({ ...before, ...changed }))
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

async function openPage(context: BrowserContext, authority: string, folder: string): Promise<Window> {
  const page = await context.newPage()
  await page.goto(`http://${authority}/?folder=${encodeURIComponent(folder)}`, { timeout: START_MS })
  const window = new Window(page)
  await window.untilReady()
  return window
}

/** What was to be seen last tells most about a test that failed. */
async function pictureOfTheEnd(window: Window): Promise<void> {
  if (window.page.isClosed()) return
  const test = expect.getState().currentTestName ?? 'no test'
  await window.picture(`end-of-${test.replaceAll(/[^A-Za-z0-9]+/g, '-').slice(0, 100)}`)
}
