import { basename } from 'node:path'
import { errors, type Locator, type Page } from 'playwright-core'
import { expect, vi } from 'vitest'
import { ElectionsView, isThere } from './elections-view.ts'
import { picturePath } from './pictures.ts'

/** How long a person waits before they say that nothing happens, in milliseconds. */
export const PATIENCE_MS = 60_000

/** How long a window may take until it is there on a machine that does much else, in milliseconds. */
export const START_MS = 150_000

/** A window of VS Code, used as a person uses it: with the pointer, the keyboard and the eyes. */
export class Window {
  readonly page: Page
  readonly elections: ElectionsView
  readonly #title: string

  /** @param title the name of the extension's view, in the language of the window */
  constructor(page: Page, title = 'Leader Elections') {
    this.page = page
    this.#title = title
    this.elections = new ElectionsView(page, title)
  }

  /** Until the extensions are known: then the extension's icon is there. */
  async untilReady(): Promise<void> {
    await this.activityIcon(this.#title).waitFor({ timeout: START_MS })
  }

  activityIcon(title: string): Locator {
    return this.page.locator(`.activitybar .action-item a[aria-label^="${title}"]`)
  }

  /** Reloads the window, as a person does, and waits until it is the new one that is ready. */
  async reload(): Promise<void> {
    await Promise.all([this.page.waitForEvent('domcontentloaded', { timeout: START_MS }), this.command('Developer: Reload Window')])
    await this.untilReady()
  }

  /** Shows the extension's view. A click on its icon would hide a view that VS Code is just then showing by itself. */
  async openElections(): Promise<void> {
    const isShown = async (): Promise<boolean> => {
      if (await this.elections.pane.isVisible()) return true
      await this.activityIcon(this.#title).click()
      return isThere(this.elections.pane, 10_000)
    }
    // Not by `expect`, which polls in tests alone.
    await vi.waitUntil(isShown, { timeout: PATIENCE_MS })
  }

  /** Shows the file explorer in place of what the side bar shows. */
  async openExplorer(): Promise<void> {
    await this.activityIcon('Explorer').click()
    await this.elections.pane.waitFor({ state: 'hidden' })
  }

  /** Runs a command from the command palette. */
  async command(title: string): Promise<void> {
    await this.find(`>${title}`, title)
  }

  /**
   * Opens the command palette, enters a text there, and clicks the first entry that has all these texts. Whatever takes
   * the focus closes it, as a program does that comes to a breakpoint, and a window that is about to be ready; then it is
   * opened again, in place of whatever else asks there.
   */
  async find(text: string, ...texts: readonly string[]): Promise<void> {
    const input = this.page.locator('.quick-input-widget input')
    const entry = texts.reduce((rows, hasText) => rows.filter({ hasText }), this.quickInput.locator('.monaco-list-row')).first()
    const timeout = { timeout: 5_000 }
    const isClicked = async (): Promise<boolean> => {
      try {
        if (!(await input.isVisible())) await this.page.keyboard.press('F1')
        // The list is filtered a moment after it is there, with what is known then: a window that has just started learns more.
        for (const each of [text.startsWith('>') ? '>' : '', text]) await input.fill(each, timeout)
        await this.page.waitForTimeout(800)
        if (!(await entry.isVisible())) {
          await this.page.keyboard.press('Escape')
          return false
        }
        await entry.click(timeout)
        // What has just opened ignores a click in its first moment.
        await entry.waitFor({ state: 'hidden', ...timeout })
        return true
      } catch (error) {
        if (error instanceof errors.TimeoutError) return false
        throw error
      }
    }
    await expect.poll(isClicked).toBe(true)
  }

  /** The entries of the menu that is open. */
  get menu(): Locator {
    return this.page.locator('.monaco-menu .action-menu-item .action-label')
  }

  /** Clicks an entry of the menu that is open. */
  async chooseFromMenu(title: string): Promise<void> {
    await this.#clickOnceOpen(this.menu.filter({ hasText: title }).first())
  }

  get modal(): Locator {
    return this.page.locator('.monaco-dialog-box')
  }

  /** Clicks a button of the modal that is open or about to be. */
  async answerModal(button: string): Promise<void> {
    await this.modal.locator('.monaco-button', { hasText: button }).first().click()
    await this.modal.waitFor({ state: 'hidden' })
  }

  /** A notification with such a text. */
  notification(text: string | RegExp): Locator {
    return this.page.locator('.notifications-toasts .notification-list-item', { hasText: text })
  }

  /** An entry of the status bar with such a text. */
  statusBarItem(text: string | RegExp): Locator {
    return this.page.locator('.statusbar-item', { hasText: text })
  }

  /** A button in the title of the editor that is open. */
  editorAction(title: string): Locator {
    return this.page.locator(`.editor-actions a[aria-label^="${title}"]`)
  }

  /** The input box or pick list at the top. */
  get quickInput(): Locator {
    return this.page.locator('.quick-input-widget')
  }

  /** Clicks an entry of the pick list that is open or about to be. */
  async pick(label: string): Promise<void> {
    await this.#clickOnceOpen(this.quickInput.locator('.monaco-list-row', { hasText: label }).first())
  }

  /** What has just opened ignores a click in its first moment, which may be the end of the one that opened it. */
  async #clickOnceOpen(entry: Locator): Promise<void> {
    await entry.waitFor()
    await this.page.waitForTimeout(300)
    await entry.click()
  }

  /** Fills the input box that is open or about to be, and confirms it; resolves once that one is gone. */
  async answer(text: string): Promise<void> {
    const message = this.quickInput.locator('.quick-input-message')
    const input = this.quickInput.locator('input.input')
    await this.quickInput.locator('.quick-input-list').waitFor({ state: 'hidden' })
    await input.waitFor()
    await input.fill(text)
    const asked = await message.textContent()
    await input.press('Enter')
    await expect.poll(async () => !(await message.isVisible()) || (await message.textContent()) !== asked).toBe(true)
  }

  /** Until the file dialog has listed its first folder: until then, it replaces what is entered. */
  async fileDialog(): Promise<void> {
    await this.quickInput.locator('.monaco-list-row .label-name', { hasText: /^\.\.$/ }).waitFor()
    await this.quickInput.locator('.quick-input-progress.active').waitFor({ state: 'hidden' })
  }

  /** Enters the path of a file that exists into the file dialog that is open or about to be, and does not confirm it. */
  async enterFile(path: string): Promise<void> {
    await this.fileDialog()
    const input = this.quickInput.locator('input.input')
    await input.fill(path)
    await this.quickInput.locator('.monaco-list-row', { hasText: basename(path) }).waitFor()
    expect(await input.inputValue()).toBe(path)
  }

  /** Answers what *Fail Over* asks before it plans: the new leader, if candidates are known, and a reason. */
  async answerFailoverWish(reason: string): Promise<void> {
    const anyone = 'The first candidate to acquire the lease'
    const list = this.quickInput.locator('.monaco-list-row', { hasText: anyone })
    await list.or(this.quickInput.locator('.quick-input-message', { hasText: 'Reason' })).first().waitFor()
    if (await list.isVisible()) await this.pick(anyone)
    await this.answer(reason)
  }

  /** Polls until so long nothing is counted, since what was on its way may still arrive; returns the count. */
  async untilSilent(count: () => number, silenceMs: number): Promise<number> {
    let before = -1
    const isSilent = async (): Promise<boolean> => {
      before = count()
      await this.page.waitForTimeout(silenceMs)
      return count() === before
    }
    await expect.poll(isSilent).toBe(true)
    return before
  }

  /** Takes a picture; see {@link picturePath}. */
  async picture(name: string): Promise<void> {
    await this.page.screenshot({ path: picturePath(name), animations: 'disabled', caret: 'hide' })
  }

  /** Closes it in the ordinary way: what runs before a page is left has its turn. */
  async close(): Promise<void> {
    await Promise.all([this.page.waitForEvent('close'), this.page.close({ runBeforeUnload: true })])
  }
}
