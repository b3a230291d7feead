import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startSandbox, type Sandbox } from '../../shared/sandbox/index.ts'
import { startBuilt, type Running } from '../support/built-cli.ts'
import { freePorts } from '../support/real/ports.ts'

interface State {
  readonly isLeader: boolean
  readonly leader: string
  readonly fencingToken: string | null
}

/** The events of one candidate, as they come. */
class Events implements Disposable {
  readonly states: State[] = []
  readonly #over = new AbortController()

  async open(port: number): Promise<void> {
    const response = await fetch(`http://127.0.0.1:${port}/events`, { signal: this.#over.signal })
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    void this.#read(response.body!).catch(() => undefined)
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    let text = ''
    for await (const chunk of body) {
      const events = (text + Buffer.from(chunk).toString()).split('\n\n')
      text = events.pop()!
      this.states.push(...events.map((event) => JSON.parse(event.replace(/^data: /, '')) as State))
    }
  }

  [Symbol.dispose](): void {
    this.#over.abort()
  }
}

let sandbox: Sandbox
let folder: string
beforeAll(async () => {
  sandbox = await startSandbox()
  folder = await mkdtemp(join(tmpdir(), 'kubectl-leader-test-'))
  await writeFile(join(folder, 'config'), JSON.stringify(sandbox.kubeconfig()))
})
afterAll(async () => {
  await sandbox.close()
  await rm(folder, { recursive: true, maxRetries: 10 })
})

const start = (id: string, port: number): Running =>
  startBuilt(['join', 'pushed', '--id', id, '--http', String(port), '--yes', '--max-hold', '0'], { KUBECONFIG: join(folder, 'config') })

it('/events sends the state at once, and each change of the leader', async () => {
  const [port, otherPort] = (await freePorts(2)) as [number, number]
  const one = start('one', port)
  await one.printed('leading')
  const two = start('two', otherPort)
  await two.printed('one')
  using leading = new Events()
  using waiting = new Events()
  await Promise.all([leading.open(port), waiting.open(otherPort)])
  await expect.poll(() => waiting.states.length + leading.states.length).toBeGreaterThan(1)
  expect(leading.states).toEqual([{ identity: 'one', isLeader: true, leader: 'one', fencingToken: expect.stringMatching(/^\d+$/) }])
  expect(waiting.states[0]).toMatchObject({ isLeader: false, leader: 'one', fencingToken: null })

  one.kill('SIGTERM')
  await expect.poll(() => waiting.states.at(-1), { timeout: 30_000 }).toMatchObject({ isLeader: true, leader: 'two', fencingToken: expect.stringMatching(/^\d+$/) })
  await one.finished
  expect(leading.states.at(-1)).toMatchObject({ isLeader: false, fencingToken: null })
  two.kill('SIGTERM')
  await two.finished
})
