import { createServer, type Server, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

/** One step of guarded work, as it comes over the wire: a line of JSON. */
export interface Act {
  readonly identity: string
  readonly fencingToken: string
  /** When it was done, by the wall clock of whoever did it. */
  readonly atMs: number
}

/**
 * What guarded work acts on: a server on 127.0.0.1 that accepts an act unless it has seen a higher fencing token, and
 * remembers all of them.
 */
export class FencedResource implements AsyncDisposable {
  readonly accepted: Act[] = []
  readonly refused: Act[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #highest = 0n

  private constructor() {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket.on('error', () => undefined))
      socket.on('close', () => this.#sockets.delete(socket))
      createInterface(socket).on('line', (line) => this.#take(JSON.parse(line) as Act))
    })
  }

  static async open(): Promise<FencedResource> {
    const resource = new FencedResource()
    await new Promise<void>((resolve) => resource.#server.listen(0, '127.0.0.1', resolve))
    return resource
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }

  /** The highest token that it has seen. */
  get token(): bigint {
    return this.#highest
  }

  /** A leader shows its token without acting: for one that has none to show, as client-go's. */
  show(fencingToken: string): void {
    const token = BigInt(fencingToken)
    if (token > this.#highest) this.#highest = token
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #take(act: Act): void {
    this.show(act.fencingToken)
    const isAccepted = BigInt(act.fencingToken) >= this.#highest
    ;(isAccepted ? this.accepted : this.refused).push(act)
  }
}
