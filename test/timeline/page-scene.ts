import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import type { TimelineSnapshot } from '../../shared/lease/timeline/snapshot.ts'
import type { FromPage, PageSettings, ToPage } from '../../extension/timeline/messages.ts'
import { pageHtml } from '../../extension/timeline/page.ts'
import { TIMELINE_STRINGS } from '../../extension/timeline/strings.ts'
import { SUBJECT } from './scene.ts'

/** What VS Code's own themes say, as far as the page uses it. */
export const THEMES = {
  light: {
    '--vscode-editor-background': '#ffffff',
    '--vscode-foreground': '#3b3b3b',
    '--vscode-descriptionForeground': '#3b3b3b',
    '--vscode-focusBorder': '#005fb8',
    '--vscode-charts-blue': '#0063d3',
    '--vscode-charts-lines': '#3b3b3b80',
    '--vscode-charts-purple': '#652d90',
    '--vscode-charts-green': '#388a34',
    '--vscode-charts-yellow': '#8f7000',
    '--vscode-charts-orange': '#b35900',
    '--vscode-charts-red': '#e51400',
    '--vscode-editorWidget-border': '#c8c8c8',
    '--vscode-button-secondaryBackground': '#e5e5e5',
    '--vscode-button-secondaryForeground': '#3b3b3b',
  },
  dark: {
    '--vscode-editor-background': '#1f1f1f',
    '--vscode-foreground': '#cccccc',
    '--vscode-descriptionForeground': '#9d9d9d',
    '--vscode-focusBorder': '#0078d4',
    '--vscode-charts-blue': '#59a4f9',
    '--vscode-charts-lines': '#cccccc80',
    '--vscode-charts-purple': '#b180d7',
    '--vscode-charts-green': '#89d185',
    '--vscode-charts-yellow': '#cca700',
    '--vscode-charts-orange': '#d18616',
    '--vscode-charts-red': '#f14c4c',
    '--vscode-editorWidget-border': '#313131',
    '--vscode-button-secondaryBackground': '#313131',
    '--vscode-button-secondaryForeground': '#cccccc',
  },
  highContrast: {
    '--vscode-editor-background': '#000000',
    '--vscode-foreground': '#ffffff',
    '--vscode-descriptionForeground': '#ffffffb3',
    '--vscode-contrastBorder': '#6fc3df',
    '--vscode-focusBorder': '#f38518',
    '--vscode-charts-blue': '#3794ff',
    '--vscode-charts-lines': '#ffffff80',
    '--vscode-charts-purple': '#b180d7',
    '--vscode-charts-green': '#89d185',
    '--vscode-charts-yellow': '#cca700',
    '--vscode-charts-orange': '#d18616',
    '--vscode-charts-red': '#f14c4c',
    '--vscode-editorWidget-border': '#6fc3df',
    '--vscode-button-secondaryForeground': '#ffffff',
  },
} as const

export type Theme = keyof typeof THEMES

const ORIGIN = 'https://page.invalid'
const FILES = fileURLToPath(new URL('../../dist/extension/', import.meta.url))

/** The built page of the timeline in a browser, with what VS Code would give it. */
export class PageScene implements AsyncDisposable {
  readonly page: Page
  /** What the page should not have done: blocked by its policy, asked for elsewhere, or gone wrong. */
  readonly faults: string[] = []
  /** What it told the extension. */
  readonly told: FromPage[] = []
  readonly #settings: PageSettings

  private constructor(page: Page, settings: Partial<PageSettings>) {
    this.page = page
    this.#settings = { subject: SUBJECT, isTransient: false, speeds: null, strings: TIMELINE_STRINGS, language: 'en', ...settings }
  }

  static async open(browser: Browser, theme: Theme = 'dark', settings: Partial<PageSettings> = {}): Promise<PageScene> {
    const context = await browser.newContext({ viewport: { width: 1000, height: 760 }, timezoneId: 'UTC' })
    const page = await context.newPage()
    const scene = new PageScene(page, settings)
    page.on('console', (message) => scene.faults.push(`${message.type()}: ${message.text()}`))
    page.on('pageerror', (error) => scene.faults.push(String(error)))
    await page.exposeFunction('toExtension', (message: FromPage) => scene.told.push(message))
    await page.addInitScript(VSCODE_IN_PAGE.replace('THEME', JSON.stringify(THEMES[theme])))
    await page.route('**', (route) =>
      scene.#serve(new URL(route.request().url())).then((answer) => route.fulfill(answer)),
    )
    await page.goto(ORIGIN)
    return scene
  }

  /** The page goes off screen, which ends it, and comes back. */
  async hideAndShow(): Promise<void> {
    await this.page.reload()
  }

  async tell(message: ToPage): Promise<void> {
    // The page's own listener was there before this one, and is called before it.
    await this.page.evaluate(`new Promise((resolve) => {
      addEventListener('message', resolve, { once: true })
      postMessage(${JSON.stringify(message)}, '*')
    })`)
  }

  async show(snapshot: TimelineSnapshot): Promise<void> {
    await this.tell({ type: 'timeline', snapshot, phase: { type: 'live' } })
  }

  async text(id: string): Promise<string> {
    return (await this.page.locator(`#${id}`).textContent()) ?? ''
  }

  async press(...keys: readonly string[]): Promise<void> {
    await this.page.locator('#picture').focus()
    for (const key of keys) await this.page.keyboard.press(key)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close()
  }

  async #serve({ origin, pathname }: URL): Promise<{ status?: number; contentType?: string; body: string }> {
    if (origin === ORIGIN && pathname === '/') {
      const sources = {
        cspSource: ORIGIN,
        nonce: 'n0nce',
        scriptUri: `${ORIGIN}/timeline.js`,
        styleUri: `${ORIGIN}/timeline.css`,
      }
      return { contentType: 'text/html', body: pageHtml(this.#settings, sources) }
    }
    const contentType = { '/timeline.js': 'text/javascript', '/timeline.css': 'text/css' }[pathname]
    if (origin === ORIGIN && contentType) return { contentType, body: await readFile(FILES + pathname, 'utf8') }
    if (pathname !== '/favicon.ico') this.faults.push(`asked for ${origin}${pathname}`)
    return { status: 404, body: '' }
  }
}

/** Runs in the page, before its script: `acquireVsCodeApi`, the theme, and a witness of what the policy blocks. */
const VSCODE_IN_PAGE = `
  document.addEventListener('securitypolicyviolation', (event) => console.error('blocked ' + event.violatedDirective))
  const api = {
    postMessage: (message) => toExtension(message),
    getState: () => JSON.parse(sessionStorage.getItem('state')),
    setState: (state) => sessionStorage.setItem('state', JSON.stringify(state)),
  }
  globalThis.acquireVsCodeApi = () => api
  document.addEventListener('DOMContentLoaded', () => {
    for (const [name, value] of Object.entries(THEME)) document.documentElement.style.setProperty(name, value)
  })
`
