import { electorConfig, type ElectorSettings } from '../../shared/election/config.ts'
import { ElectionMachine, type Step } from '../../shared/election/machine/election-machine.ts'
import type { Fact, Input, Write } from '../../shared/election/machine/protocol.ts'
import type { ElectionRecord } from '../../shared/lease/record.ts'
import type { LockedRecord } from '../../shared/locks/lock.ts'
import { MemoryLock } from './memory-lock.ts'

const WALL_AT_START_MS = Date.UTC(2026, 0, 1)

/**
 * Drives a machine from a table: time is given in seconds, and what the machine answers is written down as text.
 * Jitter is nil, so that a poll comes after exactly one retry period.
 */
export class MachineDriver {
  readonly machine: ElectionMachine
  #seconds = 0
  #wallAheadSeconds = 0
  #last: Step | null = null

  constructor(settings: Partial<ElectorSettings> = {}) {
    this.machine = new ElectionMachine(electorConfig({ lock: new MemoryLock(), identity: 'me', ...settings }), () => 0)
  }

  /** Steps at a time; returns the facts and the action as text. */
  at(seconds: number, input?: Input): string {
    this.#seconds = seconds
    const step = this.machine.step(
      { monotonicMs: seconds * 1000, wallMs: WALL_AT_START_MS + (seconds + this.#wallAheadSeconds) * 1000 },
      input,
    )
    this.#last = step
    return [...step.facts.map(describeFact), describeAction(step)].join(', ')
  }

  /** Sets the wall clock ahead (or back) of the monotonic clock. */
  set wallAheadSeconds(seconds: number) {
    this.#wallAheadSeconds = seconds
  }

  /** The write that was just asked for. */
  get write(): Write {
    if (this.#last?.action.type !== 'write') throw new Error('no write was asked for')
    return this.#last.action.write
  }

  read(seconds: number, found: ElectionRecord | null, version = 1, handedOver = false): string {
    return this.at(seconds, { type: 'read', found: found && locked(found, version, handedOver) })
  }

  watched(seconds: number, record: ElectionRecord, version: number, handedOver = false): string {
    return this.at(seconds, { type: 'watched', event: { type: 'written', locked: locked(record, version, handedOver) } })
  }

  deleted(seconds: number, version: number): string {
    return this.at(seconds, { type: 'watched', event: { type: 'deleted', version: String(version) } })
  }

  /** Answers the write that was just asked for: it was applied. */
  written(seconds: number, version: number, write = this.write): string {
    return this.at(seconds, { type: 'written', locked: locked(write.record, version) })
  }

  failed(seconds: number, outcome: 'conflict' | 'refused' | 'unknown'): string {
    return this.at(seconds, { type: 'write-failed', outcome })
  }

  get seconds(): number {
    return this.#seconds
  }
}

/** A machine that became leader: its write was sent at 0 s and answered at 0.1 s, as version 10. */
export function leader(settings: Partial<ElectorSettings> = {}): MachineDriver {
  const driver = new MachineDriver(settings)
  driver.at(0)
  driver.read(0, null)
  driver.written(0.1, 10)
  return driver
}

function locked(record: ElectionRecord, version: number, handedOver = false): LockedRecord {
  return { record, version: String(version), handedOver }
}

function describeFact(fact: Fact): string {
  switch (fact.type) {
    case 'started-leading':
      return `started (${fact.fencingToken})`
    case 'stopped-leading':
      return `stopped (${fact.reason})`
    case 'term-ended':
      return `ended (${fact.reason}${fact.released ? ', released' : ''})`
    case 'new-leader':
      return `leader ${fact.identity}`
    default:
      return fact.type
  }
}

function describeAction({ action }: Step): string {
  switch (action.type) {
    case 'write':
      return `${action.write.kind} over ${action.write.base?.version ?? 'nothing'}`
    case 'wait':
      return `wait ${Number.isFinite(action.untilMs) ? `until ${Math.round(action.untilMs) / 1000}` : 'for ever'}`
    default:
      return action.type
  }
}
