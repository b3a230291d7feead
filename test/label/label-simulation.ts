import type { LabeledPod, LabelMachine, LabelStep, WriteResult } from '../../shared/label/label-machine.ts'

/** A machine to play with: the real one, or one with a planted mistake. */
export type MachineClass = new (fencingToken: string) => LabelMachine

interface StoredPod extends LabeledPod {
  readonly isForbidden: boolean
}

/** A request that is on its way. */
interface InFlight {
  readonly writer: Writer
  readonly step: LabelStep
  /** What the server answered; undefined until it has served it. */
  answer?: unknown
  /** Whether the writer does not wait for it any more. */
  isAbandoned: boolean
}

interface Writer {
  readonly id: number
  readonly token: string
  readonly machine: LabelMachine
  waitsFor: InFlight | null
  /** From now on, no Pod may bear its label. */
  hasWithdrawn: boolean
}

const NAMES = ['a', 'b', 'c', 'd']
const STEPS = 400

/**
 * Writers of one election on one store, without any assumption about time: requests are served and answered at any later
 * moment, or never answered; old writers go on as if their terms had not ended; Pods come, go and change. After each change of
 * the store, at most one Pod may bear the label.
 */
class World {
  readonly violations: string[] = []
  readonly #random: () => number
  readonly #newMachine: MachineClass
  readonly #pods = new Map<string, StoredPod>()
  readonly #writers: Writer[] = []
  readonly #inFlight = new Set<InFlight>()
  #revision = 100
  #holder = 0

  constructor(seed: number, newMachine: MachineClass) {
    this.#random = generator(seed)
    this.#newMachine = newMachine
    for (const name of NAMES.slice(0, 3)) this.#create(name)
    this.#elect()
  }

  run(): void {
    for (let step = 0; step < STEPS; step++) this.#act()
    this.#settle()
  }

  #act(): void {
    const dice = this.#random()
    if (dice < 0.01 && this.#writers.length < 6) this.#elect()
    else if (dice < 0.04) this.#change()
    else if (dice < 0.08) this.#pick(this.#writers).machine.target = this.#random() < 0.15 ? null : this.#pick(NAMES)
    else if (dice < 0.1) this.#pick(this.#writers).machine.retry()
    else if (dice < 0.104) this.#withdraw(this.#pick(this.#writers))
    else if (dice < 0.45) this.#send(this.#pick(this.#writers))
    else if (this.#inFlight.size > 0) this.#progress(this.#pick([...this.#inFlight]))
  }

  /** The next term begins; the writers before it do not know. */
  #elect(): void {
    const token = String(++this.#revision)
    const machine = new this.#newMachine(token)
    machine.target = this.#pick(NAMES)
    this.#holder = this.#writers.length
    this.#writers.push({ id: this.#holder, token, machine, waitsFor: null, hasWithdrawn: false })
  }

  #change(): void {
    const name = this.#pick(NAMES)
    const pod = this.#pods.get(name)
    const dice = this.#random()
    if (!pod) this.#create(name)
    else if (dice < 0.4) this.#pods.delete(name)
    else if (dice < 0.5) this.#pods.set(name, { ...pod, isForbidden: !pod.isForbidden })
    else this.#pods.set(name, { ...pod, resourceVersion: String(++this.#revision) })
    for (const { machine } of this.#writers) if (this.#random() < 0.3) machine.changed(name)
  }

  #create(name: string): void {
    this.#pods.set(name, { name, uid: String(++this.#revision), resourceVersion: String(this.#revision), isLabeled: false, fence: null, isForbidden: false })
  }

  #send(writer: Writer): void {
    if (writer.waitsFor) return
    const step = writer.machine.next()
    if (step.step === 'withdrawn' && step.refusals.length === 0) {
      writer.hasWithdrawn = true
      this.#checkWithdrawn()
    }
    if (step.step === 'wait' || step.step === 'end' || step.step === 'withdrawn') return
    writer.waitsFor = { writer, step, isAbandoned: false }
    this.#inFlight.add(writer.waitsFor)
  }

  /** Its term is over: it waits for no answer any more, and removes the label. */
  #withdraw(writer: Writer): void {
    if (writer.waitsFor) this.#abandon(writer.waitsFor)
    writer.machine.withdraw()
  }

  #checkWithdrawn(): void {
    for (const { name, isLabeled, fence } of this.#pods.values()) {
      const writer = this.#writers.find(({ token }) => token === fence?.split('.')[0])
      if (isLabeled && writer?.hasWithdrawn) this.violations.push(`${name} bears the label of a writer that has removed it, at revision ${this.#revision}`)
    }
  }

  #progress(request: InFlight): void {
    const { writer, step } = request
    if (request.answer === undefined) {
      // The writer gives up on a request that may still be served.
      if (this.#random() < 0.15 && !request.isAbandoned) {
        this.#abandon(request)
        return
      }
      request.answer = this.#serve(writer, step)
    } else {
      this.#inFlight.delete(request)
      if (!request.isAbandoned) this.#deliver(request)
    }
  }

  #abandon(request: InFlight): void {
    request.isAbandoned = true
    request.writer.waitsFor = null
    if (request.step.step === 'write') request.writer.machine.wrote(request.step, { result: 'unknown' })
  }

  #serve(writer: Writer, step: LabelStep): unknown {
    switch (step.step) {
      case 'list':
        return [...this.#pods.values()]
      case 'read':
        return this.#pods.get(step.name) ?? null
      case 'confirm':
        return writer.id === this.#holder
      case 'write':
        return this.#write(step)
      case 'wait':
      case 'end':
      case 'withdrawn':
        throw new Error('not a request')
    }
  }

  /** As the API server: what does not change a Pod, does not change its resource version. */
  #write({ pod, isLabeled, fence }: Extract<LabelStep, { step: 'write' }>): WriteResult {
    const stored = this.#pods.get(pod.name)
    if (!stored) return { result: 'gone' }
    if (stored.isForbidden) return { result: 'refused', reason: 'forbidden' }
    if (stored.resourceVersion !== pod.resourceVersion) return { result: 'conflict' }
    if (stored.isLabeled === isLabeled && stored.fence === fence) return { result: 'written', resourceVersion: stored.resourceVersion }
    if (tokenOf(stored.fence) > tokenOf(fence)) this.violations.push(`${fence} is written over the later ${stored.fence}`)
    this.#pods.set(pod.name, { ...stored, isLabeled, fence, resourceVersion: String(++this.#revision) })
    this.#checkWithdrawn()
    if (this.#labeled.length > 1) this.violations.push(`${this.#labeled.join(' and ')} are labeled at revision ${this.#revision}`)
    return { result: 'written', resourceVersion: String(this.#revision) }
  }

  #deliver({ writer, step, answer }: InFlight): void {
    writer.waitsFor = null
    const { machine } = writer
    if (step.step === 'list') machine.listed(answer as LabeledPod[])
    else if (step.step === 'read') machine.read(step.name, answer as LabeledPod | null)
    else if (step.step === 'confirm') machine.confirmed(answer as boolean)
    else if (step.step === 'write') machine.wrote(step, answer as WriteResult)
  }

  /** The faults are over: a next writer must come to label the Pod of its leader, and to remove the label in the end. */
  #settle(): void {
    this.#elect()
    for (const request of [...this.#inFlight]) while (this.#inFlight.has(request)) this.#progress(request)
    for (const [name, pod] of this.#pods) this.#pods.set(name, { ...pod, isForbidden: false })
    if (!this.#pods.has('a')) this.#create('a')
    const writer = this.#writers[this.#holder]!
    for (const name of NAMES) writer.machine.changed(name)
    writer.machine.target = 'a'
    writer.machine.retry()
    this.#finish(writer, () => (writer.machine.target = 'a'))
    if (this.#labeled.join() !== 'a') this.violations.push(`at the end, ${this.#labeled.join(' and ') || 'none'} is labeled instead of a`)
    writer.machine.withdraw()
    this.#finish(writer)
    if (this.#labeled.length > 0) this.violations.push(`after the end, ${this.#labeled.join(' and ')} is labeled`)
  }

  #finish(writer: Writer, afterEach: () => void = () => undefined): void {
    for (let step = 0; step < 100; step++) {
      this.#send(writer)
      const request = writer.waitsFor
      if (!request) return
      this.#inFlight.delete(request)
      request.answer = this.#serve(writer, request.step)
      this.#deliver(request)
      afterEach()
    }
  }

  get #labeled(): readonly string[] {
    return [...this.#pods.values()].filter(({ isLabeled }) => isLabeled).map(({ name }) => name)
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.#random() * choices.length)]!
  }
}

const tokenOf = (fence: string | null): number => Number(fence?.split('.')[0] ?? 0)

/** Plays one seed; returns what was violated. */
export function simulateLabels(seed: number, newMachine: MachineClass): readonly string[] {
  const world = new World(seed, newMachine)
  world.run()
  return world.violations
}

/** Mulberry32: small, and good enough to choose faults. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
