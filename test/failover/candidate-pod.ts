import { randomUUID } from 'node:crypto'
import { Candidate, type CandidateProgram } from '../bench/election-candidate.ts'

export type CandidateKind = 'ours' | 'client-go'

/** One stay of a candidate's at the head of an election, as it reports it itself; wall-clock milliseconds. */
export interface Term {
  /** Its identity, of which every process makes a new one. */
  readonly by: string
  readonly pod: string
  readonly kind: CandidateKind
  readonly fromMs: number
  /** Infinity while it goes on. */
  readonly untilMs: number
}

interface Run {
  readonly identity: string
  readonly candidate: Candidate
  endedAtMs: number
}

/**
 * A candidate in a Pod of its own, as far as an election can tell: its identity is the Pod's name and a UUID, and when
 * its process ends, it is started again at once, as a kubelet does.
 */
export class CandidatePod implements AsyncDisposable {
  readonly name: string
  readonly kind: CandidateKind
  readonly #program: CandidateProgram
  readonly #flags: readonly string[]
  readonly #runs: Run[] = []
  #isOver = false

  constructor(name: string, kind: CandidateKind, program: CandidateProgram, flags: readonly string[]) {
    this.name = name
    this.kind = kind
    this.#program = program
    this.#flags = flags
    this.#start()
  }

  /** Of the process that runs now. */
  get identity(): string {
    return this.#runs.at(-1)!.identity
  }

  /** Whether the process that runs now has told of anything, so it has read the record, and is not about to end. */
  get isStanding(): boolean {
    const { facts } = this.#runs.at(-1)!.candidate
    const isEnding = !this.#flags.includes('--rejoin') && facts.some(({ type }) => type === 'stopped-leading')
    return facts.length > 0 && !isEnding
  }

  get isLeading(): boolean {
    return this.terms.at(-1)?.untilMs === Infinity
  }

  get terms(): Term[] {
    return this.#runs.flatMap((run) => termsOf(run, this.name, this.kind))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true
    await this.#runs.at(-1)!.candidate[Symbol.asyncDispose]()
  }

  #start(): void {
    const identity = `${this.name}_${randomUUID()}`
    const run: Run = { identity, candidate: new Candidate(this.#program, [...this.#flags, `--id=${identity}`]), endedAtMs: Infinity }
    this.#runs.push(run)
    void run.candidate.exited.then(() => {
      run.endedAtMs = Date.now()
      if (!this.#isOver) this.#start()
    })
  }
}

function termsOf({ identity, candidate, endedAtMs }: Run, pod: string, kind: CandidateKind): Term[] {
  const terms: Term[] = []
  for (const { type, time } of candidate.facts) {
    if (type === 'started-leading') terms.push({ by: identity, pod, kind, fromMs: Date.parse(time), untilMs: endedAtMs })
    if (type === 'stopped-leading') terms.push({ ...terms.pop()!, untilMs: Date.parse(time) })
  }
  return terms
}
