import { describe, expect, it } from 'vitest'
import { KeepMachine, type KeepStatus } from '../../shared/keep/machine/keep-machine.ts'
import type { ElectionRecord } from '../../shared/lease/record.ts'
import type { LockedRecord } from '../../shared/locks/lock.ts'

/** Lease duration 6 s; a program that runs renews each second. */
const LEASE_SECONDS = 6

interface Term {
  readonly holder?: string
  readonly transitions?: number
  readonly seconds?: number | null
  readonly strategy?: string | null
  readonly handedOver?: boolean
}

/** A made-up course of events; every time is in seconds. */
class Course {
  readonly machine: KeepMachine
  nowMs = 0
  #version = 100

  constructor(options: { readonly identity?: string | null; readonly maxHoldSeconds?: number } = {}) {
    const { identity = 'program', maxHoldSeconds = 0 } = options
    this.machine = new KeepMachine({ identity, maxHoldMs: maxHoldSeconds * 1000 }, 0)
  }

  at(seconds: number): this {
    this.nowMs = Math.round(seconds * 1000)
    return this
  }

  /** Another process than this one has written the record. */
  renewed(term: Term = {}): this {
    this.machine.seen(this.locked(term), this.nowMs)
    return this
  }

  /** The holder renews each second, from a second to another. */
  renewing(fromSeconds: number, toSeconds: number, term: Term = {}): this {
    for (let at = fromSeconds; at <= toSeconds; at++) this.at(at).renewed(term)
    return this
  }

  gone(): this {
    this.machine.seen(null, this.nowMs)
    return this
  }

  stopped(): this {
    this.machine.stopped(this.nowMs)
    return this
  }

  resumed(): this {
    this.machine.resumed(this.nowMs)
    return this
  }

  ended(isComplete = true): this {
    this.machine.ended(this.nowMs, isComplete)
    return this
  }

  /** Follows the machine until a second, and lets every write of it succeed. Returns when it wrote, in seconds. */
  follow(untilSeconds: number): number[] {
    const writes: number[] = []
    for (;;) {
      const step = this.machine.step(this.nowMs, this.nowMs)
      if (step.kind === 'write') {
        this.machine.writing(step.record, this.nowMs)
        this.#version += 1
        this.machine.seen({ record: step.record, version: String(this.#version), handedOver: false }, this.nowMs)
        writes.push(this.nowMs / 1000)
        continue
      }
      const nextMs = Math.min(step.untilMs, untilSeconds * 1000)
      if (nextMs <= this.nowMs) return writes
      this.nowMs = nextMs
      if (nextMs === untilSeconds * 1000) return writes
    }
  }

  get status(): KeepStatus {
    return this.machine.status(this.nowMs)
  }

  locked({ holder = 'program', transitions = 0, seconds = LEASE_SECONDS, strategy = null, handedOver = false }: Term = {}): LockedRecord {
    const acquireTime = `term ${holder} ${transitions}`
    const record: ElectionRecord = {
      ...{ holderIdentity: holder, leaseDurationSeconds: seconds, leaseTransitions: transitions, acquireTime },
      ...{ renewTime: `at ${this.nowMs} by ${holder}`, strategy, preferredHolder: null },
    }
    this.#version += 1
    return { record, version: String(this.#version), handedOver }
  }
}

/** Renewed each second from 0 to 5; stopped at 5.3. */
function stoppedLeader(options: ConstructorParameters<typeof Course>[0] = {}): Course {
  return new Course(options).renewing(0, 5).at(5.3).stopped()
}

const notKept = (why: string): object => ({ kind: 'not-kept', why })

it('a write that fails is tried again after a quarter of an interval', () => {
  const { machine } = stoppedLeader()
  const step = machine.step(6_500, 6_500)
  expect(step.kind).toBe('write')
  if (step.kind === 'write') machine.writing(step.record, 6_500)
  expect(machine.step(6_501, 6_501)).toEqual({ kind: 'wait', untilMs: 6_750 })
  expect(machine.step(6_750, 6_750).kind).toBe('write')
})

it('a lease that was handed over is not kept, also if its record is as it was', () => {
  const course = stoppedLeader()
  course.machine.seen({ ...course.machine.locked!, version: '900', handedOver: true }, course.nowMs)
  expect(course.status).toEqual(notKept('unproven'))
})

describe('a lease of a program that is stopped', () => {
  it('is renewed once a renewal was missed, and then once per observed interval', () => {
    const course = stoppedLeader()
    expect(course.status).toEqual({ kind: 'renewed' })
    expect(course.follow(10)).toEqual([6.5, 7.5, 8.5, 9.5])
    expect(course.status).toEqual({ kind: 'keeping' })
  })

  it('is renewed with the duration, the acquire time and the transitions of the record', () => {
    const course = stoppedLeader().at(7)
    const step = course.machine.step(course.nowMs, 1_000)
    const { record } = course.machine.locked!
    expect(step).toEqual({ kind: 'write', over: course.machine.locked, record: { ...record, renewTime: '1970-01-01T00:00:01.000000Z' } })
  })

  it('is not renewed while the program runs', () => {
    const course = new Course().renewing(0, 5)
    expect(course.follow(30)).toEqual([])
    expect(course.status).toEqual({ kind: 'running' })
  })

  it('is renewed at the latest after half of its duration if its interval is long or not known', () => {
    expect(new Course().at(0).renewed().at(1).renewed().at(1.5).stopped().follow(9)).toEqual([4, 6, 8])
    expect(new Course().at(0).renewed().at(5).renewed().at(10).renewed().at(10.1).stopped().follow(14)).toEqual([13])
  })

  it('is not renewed more often than 15 times in its duration', () => {
    const course = new Course()
    for (let ms = 0; ms <= 1000; ms += 10) course.at(ms / 1000).renewed()
    expect(course.at(1).stopped().follow(2.5)).toEqual([1.6, 2, 2.4])
  })

  it('is not renewed while it is renewed by itself', () => {
    const course = stoppedLeader()
    for (let at = 6; at <= 30; at++) {
      expect(course.follow(at)).toEqual([])
      course.renewed()
    }
    expect(course.status).toEqual(notKept('renewed'))
  })

  it('is kept after the one renewal that may be under way when the program stops', () => {
    expect(stoppedLeader().at(5.31).renewed().follow(8)).toEqual([6.81, 7.81])
    // As late as after the first try to write, which it made fail.
    const course = stoppedLeader().at(6.5)
    const step = course.machine.step(course.nowMs, 0)
    if (step.kind === 'write') course.machine.writing(step.record, course.nowMs)
    expect(course.at(6.6).renewed().follow(9)).toEqual([7.6, 8.6])
  })

  it('is not kept after a second renewal in the stop, until the next stop', () => {
    const course = stoppedLeader().at(5.4).renewed().at(6.4).renewed()
    expect(course.status).toEqual(notKept('renewed'))
    expect(course.follow(9)).toEqual([])
    expect(course.resumed().renewing(10, 12).at(12.1).stopped().follow(14)).toEqual([13.5])
  })

  it('is not kept after a renewal that was based on a write of this process', () => {
    const course = stoppedLeader()
    course.follow(7)
    expect(course.at(7.2).renewed().status).toEqual(notKept('renewed'))
  })

  it('is kept after a step in which the program sent a renewal', () => {
    const course = stoppedLeader()
    course.follow(20)
    course.at(20).resumed().at(20.005).stopped().at(20.02).renewed()
    expect(course.follow(23)).toEqual([21.52, 22.52])
  })

  it('is kept over any number of steps', () => {
    const course = stoppedLeader()
    for (let at = 8; at < 200; at += 7) {
      course.follow(at)
      course.resumed().at(at + 0.005).stopped()
    }
    expect(course.status.kind).not.toBe('not-kept')
    expect(course.follow(210).length).toBeGreaterThan(5)
  })

  it('is kept in a stop that follows another without a resumption that was noticed', () => {
    const course = stoppedLeader()
    course.follow(8)
    course.stopped().at(8.1).renewed()
    expect(course.follow(11)).toEqual([9.6, 10.6])
  })

  it.each<[string, (course: Course) => Course, string]>([
    ['released by the program itself', (course) => course.renewed({ holder: '', seconds: 1 }), 'released'],
    ['acquired by another candidate', (course) => course.renewed({ holder: 'standby', transitions: 1 }), 'other-holder'],
    ['blocked by a failover', (course) => course.renewed({ holder: 'kubectl-leader-failover_1' }), 'other-holder'],
    ['deleted', (course) => course.gone(), 'missing'],
    ['a coordinated election from now on', (course) => course.renewed({ strategy: 'OldestEmulationVersion' }), 'coordinated'],
    ['without a duration', (course) => course.renewed({ seconds: null }), 'no-duration'],
    ['acquired anew in its name', (course) => course.renewed({ transitions: 2 }), 'unproven'],
    ['handed over to it', (course) => course.renewed({ handedOver: true }), 'unproven'],
    ['expired, because this process was asleep', (course) => course.at(11.01), 'expired'],
  ])('is not kept if it is %s', (_, happens, why) => {
    const course = happens(stoppedLeader().at(5.4))
    expect(course.status).toEqual(notKept(why))
    expect(course.follow(60)).toEqual([])
  })

  it('is not kept if it was not observed that the program renewed it', () => {
    // As read when this process began: by another process with this identity, for all that is known.
    expect(new Course().at(0).renewed().at(0.5).stopped().status).toEqual(notKept('unproven'))
    expect(new Course().at(0).stopped().renewed().at(1).renewed().status).toEqual(notKept('unproven'))
  })

  it('is not kept before the program has renewed in its present term', () => {
    const course = new Course().renewing(0, 3).at(4).renewed({ holder: 'standby', transitions: 1 }).at(5).renewed({ transitions: 2 })
    expect(course.at(5.1).stopped().status).toEqual(notKept('unproven'))
  })

  it('is not kept if the program had ceased to renew it before it was stopped', () => {
    const course = new Course().renewing(0, 5).at(7.1).stopped()
    expect(course.status).toEqual(notKept('given-up'))
    expect(course.follow(20)).toEqual([])
  })

  it('is not kept for longer if the program does not renew after it was resumed', () => {
    const course = stoppedLeader()
    course.follow(30)
    course.resumed().at(31).stopped()
    expect(course.status).toEqual({ kind: 'renewed' })
    course.follow(40)
    course.resumed().at(41).stopped()
    expect(course.status).toEqual(notKept('given-up'))
  })

  it('is kept until the maximum hold time of a stop, and no longer', () => {
    const course = stoppedLeader({ maxHoldSeconds: 5 })
    expect(course.follow(30)).toEqual([6.5, 7.5, 8.5, 9.5])
    expect(course.status).toEqual(notKept('limit'))
  })
})

describe('when the program is about to be resumed', () => {
  it('its lease is renewed once more, if it was kept in this stop', () => {
    const course = stoppedLeader()
    course.follow(8.4)
    expect(course.machine.lastWrite(course.nowMs, 0)).toMatchObject({ kind: 'write' })
  })

  it.each<[string, number]>([
    ['no renewal was missed', 6.4],
    ['it was renewed just now', 6.9],
  ])('nothing is written if %s', (_, seconds) => {
    const course = stoppedLeader()
    course.follow(seconds)
    expect(course.machine.lastWrite(course.nowMs, 0)).toBeNull()
  })

  it('nothing is written over the record of another holder', () => {
    const course = stoppedLeader()
    course.follow(8)
    expect(course.at(8.1).renewed({ holder: 'standby', transitions: 1 }).machine.lastWrite(9_000, 0)).toBeNull()
  })
})

describe('which holder the program is, if its identity is not given', () => {
  /** Stopped for two seconds, and renewing again. */
  const pause = (course: Course, at: number, term: Term = {}): Course => course.at(at).stopped().at(at + 2).resumed().renewing(at + 3, at + 5, term)

  it('is known once a holder has missed renewals in two stops, and renewed again after each', () => {
    const course = new Course({ identity: null }).renewing(0, 3)
    expect(pause(course, 3.2).machine.identity).toBeNull()
    expect(course.at(8.3).stopped().status).toEqual(notKept('unidentified'))
    expect(pause(course.resumed(), 9).machine.identity).toBe('program')
    expect(course.at(14.1).stopped().follow(16)).toEqual([15.5])
  })

  it('is not known from stops in which no renewal was due', () => {
    const course = new Course({ identity: null }).renewing(0, 3)
    for (let at = 3; at < 40; at += 2) course.at(at + 0.1).stopped().at(at + 0.9).resumed().renewing(at + 1, at + 2)
    expect(course.machine.identity).toBeNull()
  })

  it('is not a holder that renews while the program is stopped', () => {
    const course = new Course({ identity: null }).renewing(0, 3).at(3.1).stopped().renewing(4, 7).resumed().renewing(8, 9)
    expect(pause(pause(course, 9.2), 15).machine.identity).toBeNull()
  })

  it('is not a holder that never came back', () => {
    const course = new Course({ identity: null }).renewing(0, 3).at(3.1).stopped().at(8).resumed().at(9).stopped().at(14).resumed()
    expect(course.machine.identity).toBeNull()
  })

  it('is not decided between two that match', () => {
    const course = pause(pause(new Course({ identity: null }).renewing(0, 3), 3.2), 9)
    const other = { holder: 'other', transitions: 1 }
    pause(pause(course.renewing(15, 17, other), 17.2, other), 23, other)
    expect(course.machine.identity).toBeNull()
    expect(course.at(29).stopped().status).toEqual(notKept('ambiguous'))
  })
})

describe('the lease of a program that has ended', () => {
  /** Kept in a stop, renewed after it; ended at 13. */
  const ended = (course = stoppedLeader()): Course => {
    course.follow(9)
    return course.resumed().renewing(10, 12).at(13).ended()
  }

  it('is released after two intervals without a renewal', () => {
    const course = ended()
    expect(course.machine.release(course.nowMs)).toEqual({ kind: 'wait', untilMs: 15_000 })
    expect(course.machine.release(15_000)).toEqual({ kind: 'release', over: course.machine.locked })
  })

  it('is released if it ended while it was kept, and had not been renewed by another process for its whole duration', () => {
    const course = stoppedLeader()
    course.follow(20)
    course.ended()
    expect(course.machine.release(22_000)).toEqual({ kind: 'release', over: course.machine.locked })
  })

  it('is released only when its whole duration has passed if it ended in its first stop', () => {
    const course = stoppedLeader()
    course.follow(8)
    course.ended()
    expect(course.machine.release(course.nowMs)).toEqual({ kind: 'wait', untilMs: 11_000 })
  })

  it.each<[string, () => Course, string]>([
    ['was released by the program', () => ended().renewed({ holder: '', seconds: 1 }), 'released'],
    ['is held by another candidate', () => ended().renewed({ holder: 'standby', transitions: 1 }), 'other-holder'],
    ['was deleted', () => ended().gone(), 'missing'],
    ['was renewed after the end', () => ended().at(13.5).renewed(), 'changed'],
    ['has become a coordinated election', () => ended().renewed({ strategy: 'OldestEmulationVersion' }), 'coordinated'],
    ['has expired', () => ended().at(18.1), 'expired'],
    ['may be the work of a child process that was not observed', () => stoppedLeader().resumed().renewing(6, 8).at(9).ended(false), 'unseen'],
    ['was never kept', () => new Course().renewing(0, 5).at(5.2).ended(), 'unproven'],
    ['was not observed being renewed', () => new Course().at(0).renewed().at(1).ended(), 'unproven'],
    ['was renewed in a stop by another process', () => ended(stoppedLeader().at(5.4).renewed().at(6.4).renewed()), 'renewed'],
    ['belongs to a holder that is not identified', () => ended(stoppedLeader({ identity: null })), 'unidentified'],
    ['belongs to another holder than the one that was named', () => ended(stoppedLeader({ identity: 'other' })), 'other-holder'],
  ])('is left to expire if it %s', (_, course, why) => {
    const { machine, nowMs } = course()
    expect(machine.release(nowMs)).toEqual({ kind: 'expire', why })
  })
})
