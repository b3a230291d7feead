import type { ServerResponse } from 'node:http'

/** A reader that is this far behind is disconnected; it gets the state anew when it connects again. */
const MOST_BUFFERED_BYTES = 65_536

/** A state, as server-sent events: to each reader at once when it connects, and again whenever it has changed. */
export class EventStream {
  readonly #state: () => object
  readonly #readers = new Set<ServerResponse>()
  #sent = ''

  constructor(state: () => object) {
    this.#state = state
  }

  accept(response: ServerResponse): void {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
    response.on('close', () => this.#readers.delete(response))
    this.#readers.add(response)
    response.write(eventText(JSON.stringify(this.#state())))
  }

  /** The state may have changed. */
  changed(): void {
    const data = JSON.stringify(this.#state())
    if (data === this.#sent) return
    this.#sent = data
    for (const reader of this.#readers) {
      if (reader.writableLength > MOST_BUFFERED_BYTES) reader.destroy()
      else reader.write(eventText(data))
    }
  }
}

function eventText(data: string): string {
  return `data: ${data}\n\n`
}
