import type { Clock } from '../../time/clock.ts'
import type { Sandbox } from '../index.ts'
import { podObject, wholeSeconds, type PodState } from './objects.ts'

/** A pod whose one container starts, stops and starts again. */
export class DemoPod {
  state: PodState
  /** Aborted to end the container's present life. */
  life = new AbortController()
  readonly #sandbox: Sandbox
  readonly #clock: Clock

  constructor(state: PodState, sandbox: Sandbox, clock: Clock) {
    this.state = state
    this.#sandbox = sandbox
    this.#clock = clock
  }

  start(): void {
    this.life = new AbortController()
    this.#show({ startedAt: this.state.restarts === 0 ? this.state.created : wholeSeconds(this.#clock.wallMs()) })
  }

  /** Writes a line of its container's log. */
  log(text: string): void {
    const { namespace, name, app } = this.state
    this.#sandbox.logs.write({ namespace, pod: name, container: app }, text)
  }

  stop(): void {
    const { namespace, name, app } = this.state
    this.#sandbox.logs.end({ namespace, pod: name, container: app })
    this.#show({ startedAt: null, restarts: this.state.restarts + 1 })
  }

  #show(change: Partial<PodState>): void {
    this.state = { ...this.state, ...change }
    this.#sandbox.plant('pods', podObject(this.state))
  }
}
