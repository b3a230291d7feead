import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Random } from '../../simulation/random.ts'
import { InterruptedCandidate } from './candidate.ts'
import type { Ending } from './judge.ts'
import { commandArguments, LEASE_MS, nextInterruption, type Interruption } from './plan.ts'
import type { Server } from './server.ts'

const COMMAND = fileURLToPath(new URL('./command.cjs', import.meta.url))
/** For so long a term is waited for that an interruption is to follow. */
const TERM_PATIENCE_MS = 2 * LEASE_MS

export interface ElectionOptions {
  readonly name: string
  readonly server: Server
  readonly random: Random
  /** Where commands keep their journals. */
  readonly journals: string
  /** Where what each candidate told is kept, and what was done to it. */
  readonly logs: string
  readonly marker: string
  readonly tell: (line: string) => void
}

/** One election, with three candidates that are started again as they end, and what is done to them. */
export class InterruptedElection {
  readonly name: string
  readonly endings: Ending[] = []
  /** Terms that were led, by what the candidates told. */
  terms = 0
  readonly #options: ElectionOptions
  readonly #choices: Random
  readonly #candidates: InterruptedCandidate[] = []
  readonly #slots: Promise<void>[]
  readonly #underWay = new Set<Promise<void>>()
  #listeners: ((type: string, by: InterruptedCandidate) => void)[] = []
  #isOver = false

  constructor(options: ElectionOptions) {
    this.#options = options
    this.name = options.name
    this.#choices = options.random.fork()
    this.#slots = ['a', 'b', 'c'].map((slot, index) => this.#fill(index, `${options.name}-${slot}`, options.random.fork()))
  }

  /** Interrupts one candidate, once that is admitted. What lasts goes on meanwhile. */
  async interruptOne(): Promise<Interruption> {
    const interruption = nextInterruption(this.#choices)
    const { kind, after, delayMs } = interruption
    const { server } = this.#options
    const begun = after === 'previous' ? null : await this.#begun(after)
    await sleep(delayMs)
    for (;;) {
      const candidate = this.#inOrder(interruption, begun).find((one) => server.admits(kind) && one.admits(kind))
      if (candidate) {
        this.#strike(candidate, interruption)
        return interruption
      }
      await sleep(20)
    }
  }

  /** Resolves when nothing is stopped or cut off any more. */
  async calm(): Promise<void> {
    await Promise.all(this.#underWay)
  }

  /** Has all candidates leave; resolves when they have. */
  async end(): Promise<void> {
    this.#isOver = true
    for (const candidate of this.#candidates) candidate.terminate()
    await Promise.all(this.#slots)
  }

  /** Keeps one place filled with a candidate. */
  async #fill(index: number, user: string, random: Random): Promise<void> {
    const { server, journals, logs, marker } = this.#options
    const kubeconfig = await server.addUser(user)
    for (let number = 1; !this.#isOver; number++) {
      const command = [process.execPath, COMMAND, journals, ...commandArguments(random)]
      const candidate = new InterruptedCandidate({
        ...{ election: this.name, identity: `${user}-${number}`, kubeconfig, command, marker, logs },
        onEvent: (type) => this.#heard(type, candidate),
      })
      this.#candidates[index] = candidate
      const outages = server.follow(user, candidate)
      this.endings.push(await candidate.ended)
      outages.end()
      await sleep(random.integer(0, 300))
    }
  }

  #heard(type: string, by: InterruptedCandidate): void {
    if (type === 'started-leading') this.terms++
    for (const listener of this.#listeners) listener(type, by)
  }

  /** Resolves to the candidate of the next such event; to null where there is none for long. */
  #begun(type: string): Promise<InterruptedCandidate | null> {
    const { promise, resolve } = Promise.withResolvers<InterruptedCandidate | null>()
    const listener = (heard: string, by: InterruptedCandidate): void => {
      if (heard === type) resolve(by)
    }
    const timer = setTimeout(() => resolve(null), TERM_PATIENCE_MS)
    this.#listeners.push(listener)
    return promise.finally(() => {
      clearTimeout(timer)
      this.#listeners = this.#listeners.filter((other) => other !== listener)
    })
  }

  /** Whom to interrupt: the one it is meant for first, and the others should that not be admitted. */
  #inOrder({ hitsLeader }: Interruption, begun: InterruptedCandidate | null): InterruptedCandidate[] {
    const rank = (one: InterruptedCandidate): number => (one === begun ? 0 : one.isLeading === hitsLeader ? 1 : 2)
    return this.#candidates.toSorted((a, b) => rank(a) - rank(b))
  }

  #strike(candidate: InterruptedCandidate, { kind, durationMs, after, delayMs, cut }: Interruption): void {
    const how = `${kind}${kind === 'cut' ? ` (${cut})` : ''}${durationMs > 0 ? ` ${durationMs} ms` : ''}`
    const when = after === 'previous' ? '' : `  ${delayMs} ms after ${after}`
    this.#options.tell(`${candidate.identity}${candidate.isLeading ? ' (leads)' : ''}  ${how}${when}`)
    const { server } = this.#options
    const begin = (): Promise<void> => {
      if (kind === 'outage') return server.fail(durationMs)
      return kind === 'cut' ? server.cut(candidate, cut, durationMs) : candidate.interrupt(kind, durationMs)
    }
    const underWay: Promise<void> = begin().finally(() => this.#underWay.delete(underWay))
    this.#underWay.add(underWay)
  }
}
