import { connect, createServer, type Server, type Socket } from 'node:net'

interface Pair {
  readonly client: Socket
  readonly server: Socket
}

/**
 * A TCP proxy to a port of 127.0.0.1 that can part the two sides. While it is cut nothing is lost and nothing arrives:
 * connections stay open, new ones are taken, and what was sent goes on its way when it is healed.
 */
export class TcpProxy implements AsyncDisposable {
  readonly #targetPort: number
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  #isCut = false

  private constructor(targetPort: number) {
    this.#targetPort = targetPort
    this.#server = createServer((client) => this.#join(client))
  }

  static async open(targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }

  cut(): void {
    this.#isCut = true
    for (const { client, server } of this.#pairs) {
      client.pause()
      server.pause()
    }
  }

  heal(): void {
    this.#isCut = false
    for (const { client, server } of this.#pairs) {
      client.resume()
      server.resume()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { client, server } of this.#pairs) {
      client.destroy()
      server.destroy()
    }
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #join(client: Socket): void {
    const pair = { client, server: connect(this.#targetPort, '127.0.0.1') }
    this.#pairs.add(pair)
    this.#pass(pair.client, pair.server, pair)
    this.#pass(pair.server, pair.client, pair)
  }

  #pass(from: Socket, to: Socket, pair: Pair): void {
    from.setNoDelay(true)
    from.on('data', (bytes) => to.write(bytes))
    from.on('end', () => to.end())
    from.on('error', () => undefined)
    from.on('close', () => {
      this.#pairs.delete(pair)
      to.destroy()
    })
    if (this.#isCut) from.pause()
  }
}
