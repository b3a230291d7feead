import type { Clock } from '../time/clock.ts'

/** The reason for ending a sleep. One shared error, because a new one would capture the stack each time. */
const SUPERSEDED = new Error('another alarm rings first, or none is set any more')

/** An alarm that is set. */
interface Setting {
  /** Monotonic milliseconds. */
  readonly atMs: number
  readonly alarm: Alarm
}

/** Rings once at a moment of the monotonic clock; setting it again replaces the moment. Reports a clock that fails. */
export class Alarm {
  readonly ring: () => void
  readonly fail: (error: unknown) => void
  readonly #bell: Bell
  #setting: Setting | null = null

  constructor(clock: Clock, ring: () => void, fail: (error: unknown) => void) {
    this.#bell = bellOf(clock)
    this.ring = ring
    this.fail = fail
  }

  /** @param atMs monotonic milliseconds; a moment in the past rings in the next turn of the event loop, infinity never */
  set(atMs: number): void {
    if (this.#setting?.atMs === atMs) return
    const previous = this.#setting
    this.#setting = atMs === Number.POSITIVE_INFINITY ? null : { atMs, alarm: this }
    if (this.#setting) this.#bell.add(this.#setting)
    if (previous) this.#bell.remove(previous)
  }

  clear(): void {
    this.set(Number.POSITIVE_INFINITY)
  }

  /** Whether a setting is still the present one; then it no longer is. */
  take(setting: Setting): boolean {
    if (this.#setting !== setting) return false
    this.#setting = null
    return true
  }
}

const bells = new WeakMap<Clock, Bell>()

function bellOf(clock: Clock): Bell {
  const bell = bells.get(clock) ?? new Bell(clock)
  bells.set(clock, bell)
  return bell
}

/**
 * Rings the alarms of one clock, with a single sleep until the earliest of them. A leader sets its alarm three times for
 * each renewal: a timer and a signal for each would be a good part of what a thousand leaders in one process cost.
 */
class Bell {
  readonly #clock: Clock
  /** In the order in which they ring. */
  readonly #settings: Setting[] = []
  #sleep: { readonly untilMs: number; readonly controller: AbortController } | null = null
  #isRinging = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(setting: Setting): void {
    this.#settings.splice(this.#countUntil(setting.atMs), 0, setting)
    const isFirst = setting.atMs < (this.#sleep?.untilMs ?? Number.POSITIVE_INFINITY)
    if (isFirst && !this.#isRinging) this.#sleepOn()
  }

  remove(setting: Setting): void {
    const index = this.#settings.lastIndexOf(setting, this.#countUntil(setting.atMs))
    if (index >= 0) this.#settings.splice(index, 1)
    // What was slept for may be gone now: to wake for nothing is cheaper than another sleep. But none is left behind.
    if (this.#settings.length === 0) this.#sleepOn()
  }

  /** Sleeps until the earliest alarm, instead of until whatever it was. */
  #sleepOn(): void {
    this.#sleep?.controller.abort(SUPERSEDED)
    this.#sleep = null
    const first = this.#settings[0]
    if (!first) return
    const sleep = { untilMs: first.atMs, controller: new AbortController() }
    this.#sleep = sleep
    this.#sleepUntil(sleep.untilMs, sleep.controller.signal).then(
      (nowMs) => {
        if (this.#sleep === sleep) this.#ring(Math.max(sleep.untilMs, nowMs))
      },
      (error: unknown) => {
        if (this.#sleep === sleep) this.#fail(error)
      },
    )
  }

  async #sleepUntil(untilMs: number, signal: AbortSignal): Promise<number> {
    await this.#clock.sleep(untilMs - this.#clock.monotonicMs(), signal)
    return this.#clock.monotonicMs()
  }

  /** Rings what was slept for, whatever the clock says now, and what else is due. */
  #ring(untilMs: number): void {
    this.#sleep = null
    this.#isRinging = true
    for (const setting of this.#settings.splice(0, this.#countUntil(untilMs))) {
      if (setting.alarm.take(setting)) setting.alarm.ring()
    }
    this.#isRinging = false
    this.#sleepOn()
  }

  #fail(error: unknown): void {
    this.#sleep = null
    for (const setting of this.#settings.splice(0)) {
      if (setting.alarm.take(setting)) setting.alarm.fail(error)
    }
  }

  /** How many alarms ring until then; all of them if that is not a number. */
  #countUntil(untilMs: number): number {
    let [from, to] = [0, this.#settings.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if (this.#settings[middle]!.atMs > untilMs) to = middle
      else from = middle + 1
    }
    return from
  }
}
