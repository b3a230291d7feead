import type { Clock } from '../../time/index.ts'
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

  stop(): void {
    this.#show({ startedAt: null, restarts: this.state.restarts + 1 })
  }

  #show(change: Partial<PodState>): void {
    this.state = { ...this.state, ...change }
    this.#sandbox.plant('pods', podObject(this.state))
  }
}
