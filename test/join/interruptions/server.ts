import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startSandbox, type Disposer, type Sandbox } from '../../../shared/sandbox/index.ts'
import type { InterruptedCandidate } from './candidate.ts'
import type { Interruption, Kind } from './plan.ts'

/** Who is connected: one candidate after the other, by the name of its place. */
interface Connection {
  readonly user: string
  readonly candidate: InterruptedCandidate
}

/** The API server, and what takes it away. Whoever is touched by that has it written down. */
export class Server {
  readonly #sandbox: Sandbox
  readonly #folder: string
  readonly #connections = new Set<Connection>()
  /** Users who are cut off, each as often as it is. */
  readonly #cut: string[] = []
  #isDown = false

  private constructor(sandbox: Sandbox, folder: string) {
    this.#sandbox = sandbox
    this.#folder = folder
  }

  static async start(folder: string): Promise<Server> {
    return new Server(await startSandbox(), folder)
  }

  /** Adds a user who may do everything; resolves to a kubeconfig. */
  async addUser(name: string): Promise<string> {
    this.#sandbox.addUser({ name, rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] })
    const kubeconfig = join(this.#folder, `${name}.kubeconfig`)
    await writeFile(kubeconfig, JSON.stringify(this.#sandbox.kubeconfig({ user: name })))
    return kubeconfig
  }

  /** From now on, what becomes of this user's connection is written down with the candidate. */
  follow(user: string, candidate: InterruptedCandidate): { end: () => void } {
    const connection = { user, candidate }
    this.#connections.add(connection)
    if (this.#isDown) candidate.disturbances.push({ kind: 'outage', durationMs: 0 })
    if (this.#cut.includes(user)) candidate.disturbances.push({ kind: 'cut', durationMs: 0 })
    return { end: () => void this.#connections.delete(connection) }
  }

  admits(kind: Kind): boolean {
    return kind !== 'outage' || !this.#isDown
  }

  /** Ends for all, as a process that is killed, and is there again after a time. */
  async fail(durationMs: number): Promise<void> {
    this.#isDown = true
    for (const { candidate } of this.#connections) {
      candidate.note(`outage ${durationMs} ms`)
      candidate.disturbances.push({ kind: 'outage', durationMs })
    }
    await this.#sandbox.stopListening()
    await sleep(durationMs)
    await this.#sandbox.listen()
    this.#isDown = false
  }

  /** Cuts one candidate off for a time. */
  async cut(candidate: InterruptedCandidate, how: Interruption['cut'], durationMs: number): Promise<void> {
    const { user } = [...this.#connections].find((connection) => connection.candidate === candidate)!
    candidate.note(`cut (${how}) ${durationMs} ms`)
    candidate.disturbances.push({ kind: 'cut', durationMs })
    this.#cut.push(user)
    const connect = this.#cutOff(user, how)
    await sleep(durationMs)
    connect()
    this.#cut.splice(this.#cut.indexOf(user), 1)
  }

  close(): Promise<void> {
    return this.#sandbox.close()
  }

  #cutOff(user: string, how: Interruption['cut']): Disposer {
    const { faults } = this.#sandbox
    return how === 'lose-reply' ? faults.loseReply({ user, watch: false }) : faults.partition({ user, mode: how })
  }
}
