import type { Mark } from '../marks.ts'
import type { TimelineStrings } from '../strings.ts'
import { markFact, type TimeOfDay } from '../wording.ts'

/** More rows take time to create, and are hardly ever read. */
const MOST_ROWS = 200

/** The events as a table. Its rows exist only while it is open. */
export class EventTable {
  readonly #details: HTMLDetailsElement
  readonly #rows: HTMLElement
  readonly #strings: TimelineStrings
  readonly #timeOfDay: TimeOfDay

  constructor(details: HTMLDetailsElement, rows: HTMLElement, strings: TimelineStrings, timeOfDay: TimeOfDay) {
    this.#details = details
    this.#rows = rows
    this.#strings = strings
    this.#timeOfDay = timeOfDay
  }

  get isOpen(): boolean {
    return this.#details.open
  }

  set isOpen(isOpen: boolean) {
    this.#details.open = isOpen
  }

  onToggle(listener: () => void): void {
    this.#details.addEventListener('toggle', listener)
  }

  /** Latest first. */
  show(marks: readonly Mark[]): void {
    if (!this.isOpen) return
    const notable = marks.filter(({ isNotable }) => isNotable).slice(-MOST_ROWS)
    const rows = notable
      .reverse()
      .map((mark) => this.#row(this.#timeOfDay(mark.at.wallMs), markFact(mark, this.#strings)))
    this.#rows.replaceChildren(...(rows.length > 0 ? rows : [this.#row('', this.#strings.tableEmpty)]))
  }

  #row(time: string, what: string): HTMLTableRowElement {
    const row = document.createElement('tr')
    for (const text of [time, what]) row.insertCell().textContent = text
    return row
  }
}
