import { randomBytes } from 'node:crypto'
import type { CoreV1Event } from '@kubernetes/client-node'
import type { Election } from '../../lease/election.ts'
import type { ElectionRef } from '../../lease/election-ref.ts'
import type { Clock } from '../../time/clock.ts'
import type { ApiClient } from '../client.ts'
import { getElection } from './election-list.ts'
import { ClusterError } from '../errors.ts'
import { apiPath, EVENTS, subjectOf } from '../paths.ts'
import type { Wire } from '../../wire.ts'

export interface EventRecorderOptions {
  readonly clock: Clock
  /** The program that records, as `source.component`. */
  readonly component: string
}

const OBJECTS = {
  lease: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' },
  configmap: { apiVersion: 'v1', kind: 'ConfigMap' },
  endpoints: { apiVersion: 'v1', kind: 'Endpoints' },
} as const

/** How long the API server may take to store an Event; milliseconds. */
const TIMEOUT_MS = 5_000

/**
 * Records Events on an election's object, as client-go's elector does (`resourcelock.EventRecorder`). They are a
 * courtesy to a later reader: one that cannot be written is left out, and if Events are not allowed none is
 * tried again.
 */
export class EventRecorder {
  readonly #client: ApiClient
  readonly #subject: ElectionRef
  readonly #options: EventRecorderOptions
  #isForbidden = false
  #last: Promise<void> = Promise.resolve()

  constructor(client: ApiClient, subject: ElectionRef, options: EventRecorderOptions) {
    this.#client = client
    this.#subject = subject
    this.#options = options
  }

  /** Records one Event, after those that were asked for before. Returns at once. */
  record(reason: string, message: string): void {
    const wallMs = this.#options.clock.wallMs()
    this.#last = this.#last.then(() => this.#write(reason, message, wallMs))
  }

  /** Resolves when all that was asked for has been tried. */
  async settled(): Promise<void> {
    await this.#last
  }

  /** The same, and no later than after so many milliseconds. */
  async settledWithin(patienceMs: number): Promise<void> {
    const patience = new AbortController()
    const timeUp = this.#options.clock.sleep(patienceMs, patience.signal).catch(() => undefined)
    await Promise.race([this.#last, timeUp])
    patience.abort()
  }

  async #write(reason: string, message: string, wallMs: number): Promise<void> {
    if (this.#isForbidden) return
    const { lock, namespace, name } = this.#subject
    try {
      // kubectl describe looks for the object's uid.
      const election = await getElection(this.#client, lock, namespace, name)
      const subject = subjectOf('create', EVENTS, { namespace })
      const body = this.#event(election, reason, message, wallMs)
      const path = apiPath(EVENTS, { namespace })
      await this.#client.request({ method: 'POST', path, body, subject, timeoutMs: TIMEOUT_MS })
    } catch (error) {
      if (error instanceof ClusterError && error.kind === 'forbidden') this.#isForbidden = true
    }
  }

  #event(election: Election, reason: string, message: string, wallMs: number): Wire<CoreV1Event> {
    const { namespace, name, uid, resourceVersion } = election
    const time = new Date(wallMs).toISOString()
    const component = this.#options.component
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { namespace, name: `${name}.${randomBytes(8).toString('hex')}` },
      involvedObject: { ...OBJECTS[this.#subject.lock], namespace, name, uid, resourceVersion },
      reason,
      message,
      type: 'Normal',
      source: { component },
      reportingComponent: component,
      firstTimestamp: time.replace(/\.\d+Z$/, 'Z'),
      lastTimestamp: time.replace(/\.\d+Z$/, 'Z'),
      count: 1,
    }
  }
}
