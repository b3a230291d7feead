import { PassThrough, Writable } from 'node:stream'

/** A terminal in memory: what is typed into it, and every byte that was written to it. */
export class FakeTerminal {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  /** Whether keys come as they are pressed, Ctrl-C among them. */
  isRaw = false
  #written = ''
  readonly #input = new PassThrough()

  constructor(columns: number, rows: number) {
    this.stdin = Object.assign(this.#input, {
      isTTY: true,
      fd: 0,
      setRawMode: (isRaw: boolean) => {
        this.isRaw = isRaw
      },
      ref: () => {},
      unref: () => {},
    }) as unknown as NodeJS.ReadStream
    const write = (chunk: Buffer, _encoding: string, done: () => void): void => {
      this.#written += chunk.toString()
      done()
    }
    this.stdout = Object.assign(new Writable({ write }), { isTTY: true, columns, rows }) as unknown as NodeJS.WriteStream
  }

  /** Everything written so far. */
  get written(): string {
    return this.#written
  }

  type(keys: string): void {
    this.#input.write(keys)
  }

  resize(columns: number, rows: number): void {
    Object.assign(this.stdout, { columns, rows })
    this.stdout.emit('resize')
  }

  /** Polls until a condition holds, for ten seconds at most. */
  async until(isSo: () => boolean): Promise<void> {
    for (let tries = 0; !isSo(); tries++) {
      if (tries > 1000) throw new Error(`It never came to that. Written so far: ${JSON.stringify(this.#written.slice(-2000))}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
}
