import type { Locator, Page } from 'playwright-core'

/** A row of the tree as it is on the screen. */
export interface TreeRow {
  readonly label: string
  readonly description: string
  /** The text of the row's badge, the countdown; empty where it has none. */
  readonly badge: string
  /** 1 for the outermost. */
  readonly level: number
  /** Null for a row that can't be expanded. */
  readonly isExpanded: boolean | null
  readonly isSelected: boolean
  readonly isFocused: boolean
}

/** As much of the browser's DOM as is read here. */
interface Element {
  readonly textContent: string
  readonly classList: { contains(name: string): boolean }
  querySelector(selector: string): Element | null
  querySelectorAll(selector: string): Iterable<Element>
  getAttribute(name: string): string | null
}

declare function getComputedStyle(element: Element, pseudo: string): { readonly content: string }

/** How long a person waits for a tooltip, in milliseconds. */
const TOOLTIP_MS = 5_000

/** A tree that is read anew draws its rows level by level; between two levels a busy machine takes less than this. */
const CALM_MS = 2_000

/** The tree of elections. */
export class ElectionsView {
  readonly #page: Page
  readonly #title: string

  constructor(page: Page, title: string) {
    this.#page = page
    this.#title = title
  }

  get pane(): Locator {
    return this.#page.locator('.pane', { has: this.#page.locator(`.pane-header[aria-label*="${this.#title}"]`) })
  }

  /** The buttons and texts that are there instead of rows. */
  get welcome(): Locator {
    return this.pane.locator('.welcome-view-content')
  }

  /** The rows on the screen, from top to bottom. */
  async rows(): Promise<TreeRow[]> {
    return this.pane.locator('.monaco-list-row').evaluateAll(readRows)
  }

  /** The row with such a label, or undefined where it is not on the screen. */
  async find(label: string): Promise<TreeRow | undefined> {
    return (await this.rows()).find((row) => row.label === label)
  }

  /** The row with such a label, to point at. */
  row(label: string): Locator {
    return this.pane.locator('.monaco-list-row', { has: this.#page.getByText(label, { exact: true }) })
  }

  /**
   * Until no row was drawn anew for a while. VS Code collapses what is expanded while the rows above it are read anew, and
   * closes the menu of a row that is drawn anew.
   */
  async untilCalm(): Promise<void> {
    await this.pane.evaluate(`(pane) => new Promise((resolve) => {
      let timer
      const wait = () => {
        clearTimeout(timer)
        timer = setTimeout(() => {
          observer.disconnect()
          resolve()
        }, ${CALM_MS})
      }
      const observer = new MutationObserver(wait)
      // It is set each time that a row is drawn.
      observer.observe(pane, { subtree: true, attributeFilter: ['aria-expanded'] })
      wait()
    })`)
  }

  /** Clicks the arrow of a row. */
  async toggle(label: string): Promise<void> {
    await this.untilCalm()
    await this.row(label).locator('.monaco-tl-twistie').click()
  }

  /** Opens the context menu of a row. */
  async openMenu(label: string): Promise<void> {
    await this.untilCalm()
    await this.row(label).locator('.label-name').click({ button: 'right' })
    await this.#page.locator('.monaco-menu').waitFor()
  }

  /** Points at a row until its tooltip is there, and stays; returns that. */
  async hover(label: string): Promise<Locator> {
    const tooltip = this.#page.locator('.monaco-hover:not(.hidden)', { hasText: label })
    for (let tries = 0; tries < 10; tries++) {
      // Like a person, who points again where none comes: the row may just then have counted down.
      await this.#page.mouse.move(900, 600)
      await this.row(label).locator('.label-name').hover()
      if (!(await isThere(tooltip, TOOLTIP_MS))) continue
      // What was on its way to the row when its countdown was stopped still takes the tooltip away.
      await this.#page.waitForTimeout(CALM_MS)
      if (await tooltip.isVisible()) return tooltip
    }
    throw new Error(`The row ${label} shows no tooltip`)
  }

  /** Clicks one of the icons that a row shows under the pointer. While VS Code reads rows anew, it does not know whose icon it is. */
  async clickInline(label: string, title: string): Promise<void> {
    await this.untilCalm()
    await this.row(label).hover()
    await this.row(label).locator(`.actions a[aria-label^="${title}"]`).click()
  }

  /** Opens the menu of the view's title, which is that of the side bar. */
  async openTitleMenu(): Promise<void> {
    await this.#page.locator('.sidebar .composite.title a[aria-label*="More Actions"]').click()
    await this.#page.locator('.monaco-menu').waitFor()
  }

  /** Clicks an icon in the view's title bar. */
  async clickTitle(title: string): Promise<void> {
    await this.pane.locator('.pane-header').hover()
    await this.pane.locator(`.pane-header .actions a[aria-label^="${title}"]`).click()
  }
}

/** Whether it is visible within so many milliseconds. */
export function isThere(what: Locator, timeoutMs: number): Promise<boolean> {
  return what.waitFor({ timeout: timeoutMs }).then(
    () => true,
    () => false,
  )
}

/** Runs in the page. */
function readRows(found: readonly unknown[]): TreeRow[] {
  // VS Code reuses rows: their order in the document is not that on the screen.
  const elements = (found as Element[]).toSorted((a, b) => Number(a.getAttribute('data-index')) - Number(b.getAttribute('data-index')))
  return elements.map((element) => {
    const text = (selector: string): string => element.querySelector(selector)?.textContent ?? ''
    // A badge is no text of the document, but content that the style sheet adds.
    const badges = [...element.querySelectorAll('.monaco-icon-label, .monaco-icon-label *')].map(
      (part) => /^"([^"]+)"$/.exec(getComputedStyle(part, '::after').content)?.[1],
    )
    const expanded = element.getAttribute('aria-expanded')
    return {
      label: text('.label-name'),
      description: text('.label-description'),
      badge: badges.find((badge) => badge !== undefined) ?? '',
      level: Number(element.getAttribute('aria-level')),
      isExpanded: expanded === null ? null : expanded === 'true',
      isSelected: element.classList.contains('selected'),
      isFocused: element.classList.contains('focused'),
    }
  })
}
