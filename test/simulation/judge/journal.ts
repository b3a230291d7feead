import type { StopReason } from '../../../shared/election/machine/protocol.ts'
import { releasedRecord } from '../../../shared/lease/candidate-record.ts'
import type { ElectionRecord } from '../../../shared/lease/record.ts'
import type { Acknowledgement, LockedRecord } from '../../../shared/locks/lock.ts'
import { Process, type Suspension } from '../process.ts'
import { Random } from '../random.ts'
import { Scheduler } from '../scheduler.ts'
import { Store, type StoredObject } from '../store.ts'
import type { Candidate, SentWrite, Timings } from './candidate-state.ts'
import type { Claim } from './failover-verdicts.ts'
import { Judge } from './judge.ts'

/** Lease duration 15 s, renew deadline 10 s, retry period 2 s. */
export const TIMINGS: Timings = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 }

const SOMEBODY = { name: 'somebody', isCandidate: false }

export interface Member {
  readonly kind?: Candidate['kind']
  readonly rate?: number
  readonly identity?: string
  readonly onOverrun?: Candidate['onOverrun']
  readonly releaseOnCancel?: boolean
  readonly runsCommands?: boolean
}

/**
 * A made-up course of an election for the judge: what happened, at which second, as if a simulation had seen it. What
 * the judge makes of it is what is tested.
 */
export class Journal {
  readonly scheduler = new Scheduler()
  readonly judge: Judge
  readonly store: Store
  readonly #processes = new Map<string, Process>()
  readonly #kinds = new Map<string, Candidate['kind']>()

  constructor(members: Readonly<Record<string, Member>>) {
    this.judge = new Judge(this.scheduler, TIMINGS)
    this.store = new Store(
      () => this.scheduler.nowMs,
      (write) => this.judge.wrote(write),
    )
    for (const [name, member] of Object.entries(members)) {
      const { kind = 'ours', rate = 1, identity = name, onOverrun = 'report', releaseOnCancel = true, runsCommands = false } = member
      const process = new Process(this.scheduler, new Random(1), { name, rate, wallLeadMs: 1e12 })
      this.#processes.set(name, process)
      this.#kinds.set(name, kind)
      const worksForMs = runsCommands ? 14_000 : TIMINGS.renewDeadlineMs
      this.judge.register({ process, kind, identity, onOverrun, releaseOnCancel, runsCommands, worksForMs })
      this.judge.health(process, true)
    }
  }

  /** Does something at a second. */
  at(seconds: number, ...happenings: ((journal: Journal) => void)[]): this {
    for (const happens of happenings) this.scheduler.at(seconds * 1000, () => happens(this))
    return this
  }

  /** Plays it until a second, and returns what was found wrong. */
  async violations(untilSeconds: number): Promise<readonly string[]> {
    await this.scheduler.runUntil(untilSeconds * 1000, 100_000)
    this.judge.conclude()
    return this.judge.violations
  }

  process(name: string): Process {
    return this.#processes.get(name)!
  }

  get locked(): LockedRecord | null {
    return this.store.object && lockedOf(this.store.object)
  }

  /** Sends a write at this moment, which is applied and answered at once unless it is held back. */
  send(name: string, record: ElectionRecord, change: { base?: LockedRecord | null; labels?: string; acknowledgement?: Acknowledgement; handedOver?: boolean } = {}): {
    apply: () => { answer: () => void }
  } {
    const base = change.base === undefined ? this.locked : change.base
    const sent: SentWrite = this.judge.sent(this.process(name), record, base)
    const isCandidate = this.#kinds.get(name) !== 'failover'
    const writer = { name, isCandidate, isFailover: !isCandidate }
    return {
      apply: () => {
        this.judge.applying(sent)
        const { labels = this.store.object?.labels ?? '', acknowledgement = null, handedOver = false } = change
        if (this.store.object) this.store.update(writer, null, { record, labels, handedOver, acknowledgement })
        else this.store.create(writer, record)
        const locked = this.locked!
        return { answer: () => this.judge.acknowledged(sent, locked) }
      },
    }
  }
}

function lockedOf(object: StoredObject): LockedRecord {
  const { record, version, serial, labels, handedOver, acknowledgement } = object
  return { record, version: String(version), handedOver, acknowledgement, handle: { labels, serial } }
}

/** A record held by somebody since the journal's beginning; `at` tells two of them apart. */
export function record(holderIdentity: string, at: number, leaseTransitions = 0): ElectionRecord {
  const time = `2026-01-01T00:00:${String(at).padStart(2, '0')}.000000Z`
  const acquireTime = `2026-01-01T00:00:00.${String(leaseTransitions).padStart(6, '0')}Z`
  return { holderIdentity, leaseDurationSeconds: 15, leaseTransitions, acquireTime, renewTime: time, strategy: null, preferredHolder: null }
}

type Step = (journal: Journal) => void

/** Writes, as what it knows, and is answered. */
export const writes =
  (name: string, written: ElectionRecord, change: Parameters<Journal['send']>[2] = {}): Step =>
  (journal) =>
    journal.send(name, written, change).apply().answer()

/** Writes, and never hears of it. */
export const writesUnheard =
  (name: string, written: ElectionRecord): Step =>
  (journal) =>
    void journal.send(name, written).apply()

export const releases =
  (name: string): Step =>
  (journal) =>
    journal.send(name, releasedRecord(journal.locked!.record, 1e12)).apply().answer()

/** Is told of the record as it is. */
export const reads =
  (name: string): Step =>
  (journal) => {
    const { object } = journal.store
    const state = object && { serial: object.serial, version: object.version, isRead: true }
    journal.judge.told(journal.process(name), journal.locked, state)
  }

export const leads =
  (name: string): Step =>
  (journal) =>
    journal.judge.started(journal.process(name))

export const isTold =
  (name: string, reason: StopReason | 'client-go'): Step =>
  (journal) =>
    journal.judge.stopped(journal.process(name), reason)

export const ends =
  (name: string): Step =>
  (journal) =>
    journal.judge.settled(journal.process(name))

/** Is stopped, sleeps, is frozen or blocked. */
export const is =
  (name: string, how: Suspension): Step =>
  (journal) => {
    journal.process(name).suspend(how)
    journal.judge.suspended(journal.process(name))
    journal.judge.health(journal.process(name), false)
  }

export const resumes =
  (name: string): Step =>
  (journal) => {
    journal.judge.resumed(journal.process(name))
    journal.process(name).resume()
    journal.judge.health(journal.process(name), true)
  }

/** Somebody who is no candidate changes the record. */
export const byHand =
  (written: ElectionRecord): Step =>
  ({ store }) =>
    void store.update(SOMEBODY, null, { ...store.object!, record: written })

/** Somebody writes beside the record. */
export const labels =
  (text: string): Step =>
  ({ store }) =>
    void store.update(SOMEBODY, null, { ...store.object!, labels: text })

export const deletes: Step = ({ store }) => store.delete(SOMEBODY)

export const claims =
  (name: string, claim: Partial<Claim> & Pick<Claim, 'outcome'>): Step =>
  (journal) =>
    journal.judge.claimed(journal.process(name), {
      ...{ from: 'a', to: '', leaderlessMs: null, leaderlessAtLeastMs: null, left: null, hasSlept: false, isRepeating: false },
      heardAtMs: journal.scheduler.nowMs,
      ...claim,
    })
