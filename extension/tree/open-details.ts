import type { DetailRow, ElectionRow } from './rows.ts'

/** The rows below one election. */
interface Known {
  readonly rows: readonly DetailRow[]
  /** Whether they were read after the tree had been given others. */
  readonly isNews: boolean
}

/**
 * The rows below the elections that are open. When a row further up is refreshed, VS Code asks for all that is open below
 * it, and until it has that, collapses whatever a person opens (seen in VS Code 1.139). So that it need not wait for an
 * API server, it gets what was last read, and that is read again meanwhile.
 */
export class OpenDetails {
  readonly #read: (row: ElectionRow) => Promise<readonly DetailRow[]>
  readonly #onNews: (row: ElectionRow) => void
  readonly #known = new Map<string, Known>()
  readonly #reading = new Set<string>()

  /** @param onNews called with an open election below which there is something else than what was given last */
  constructor(read: (row: ElectionRow) => Promise<readonly DetailRow[]>, onNews: (row: ElectionRow) => void) {
    this.#read = read
    this.#onNews = onNews
  }

  /** What is below an election that is open or about to be. */
  async of(row: ElectionRow): Promise<readonly DetailRow[]> {
    const known = this.#known.get(row.id)
    if (!known) {
      const rows = await this.#read(row)
      this.#known.set(row.id, { rows, isNews: false })
      return rows
    }
    if (known.isNews) this.#known.set(row.id, { ...known, isNews: false })
    else void this.#readAgain(row)
    return known.rows
  }

  /** Somebody has closed it: when it is opened again, it is read first. */
  close(row: ElectionRow): void {
    this.#known.delete(row.id)
  }

  async #readAgain(row: ElectionRow): Promise<void> {
    if (this.#reading.has(row.id)) return
    this.#reading.add(row.id)
    const rows = await this.#read(row).finally(() => this.#reading.delete(row.id))
    const known = this.#known.get(row.id)
    if (!known || JSON.stringify(known.rows) === JSON.stringify(rows)) return
    this.#known.set(row.id, { rows, isNews: true })
    this.#onNews(row)
  }
}
