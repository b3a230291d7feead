import type { Candidate } from '../../bench/election-candidate.ts'
import type { Led } from './truth.ts'

/** A candidate of an election, and when it led, as far as it is known without the times of the servers. */
export class Running {
  readonly identity: string
  readonly candidate: Candidate
  #ended: { readonly signal: string; readonly fromMs: number; readonly toMs: number } | null = null

  constructor(identity: string, candidate: Candidate) {
    this.identity = identity
    this.candidate = candidate
  }

  get isLeading(): boolean {
    return this.candidate.count('started-leading') > this.candidate.count('stopped-leading')
  }

  /** Resolves when it has ended. Only the first signal counts. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const fromMs = this.candidate.signal(signal)
    await this.candidate.exited
    this.#ended ??= { signal, fromMs, toMs: Date.now() }
  }

  /**
   * Its terms. A busy machine lets a candidate learn late that it leads: it began between asking for the lease and reporting it.
   * It stopped between being asked to end and having ended.
   *
   * @param acquisitions when each identity asked, as of {@link acquisitionsIn}
   */
  terms(acquisitions: ReadonlyMap<string, readonly number[]>): Led[] {
    const ended = this.#ended!
    const led: Led[] = []
    for (const { type, time } of this.candidate.facts) {
      const atMs = Date.parse(time)
      if (type === 'started-leading') {
        const askedMs = acquisitions.get(this.identity)!.findLast((ms) => ms <= atMs)!
        const stop = ended.signal === 'SIGKILL' ? { fromMs: ended.fromMs, toMs: ended.fromMs } : ended
        led.push({ identity: this.identity, start: { fromMs: askedMs, toMs: atMs }, stop })
      }
      // It lost the lease before it was asked to end.
      if (type === 'stopped-leading' && atMs < ended.fromMs) led.splice(-1, 1, { ...led.at(-1)!, stop: { fromMs: atMs, toMs: atMs } })
    }
    return led
  }
}

interface Logged {
  readonly verb: string
  readonly requestReceivedTimestamp: string
  readonly stageTimestamp: string
  readonly responseStatus?: { readonly code: number }
  readonly requestObject?: {
    readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> }
    readonly spec?: { readonly holderIdentity?: string; readonly acquireTime?: string; readonly renewTime?: string }
  }
}

/** When each identity asked for the lease with success: the time that it wrote into the record, by its own clock. */
export function acquisitionsIn(log: string): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>()
  for (const line of log.trimEnd().split('\n')) {
    const { responseStatus, requestObject } = JSON.parse(line) as Logged
    const annotation = requestObject?.metadata?.annotations?.['control-plane.alpha.kubernetes.io/leader']
    const record = requestObject?.spec ?? (annotation === undefined ? null : (JSON.parse(annotation) as NonNullable<Logged['requestObject']>['spec']))
    if (!record?.holderIdentity || !record.acquireTime || record.acquireTime !== record.renewTime || responseStatus!.code >= 300) continue
    const times = found.get(record.holderIdentity) ?? []
    found.set(record.holderIdentity, [...times, Date.parse(record.acquireTime)].sort((a, b) => a - b))
  }
  return found
}

/** The longest time between the two times of a write. */
export function longestWriteMs(log: string): number {
  const writes = log.trimEnd().split('\n').map((line) => JSON.parse(line) as Logged).filter(({ verb }) => verb === 'create' || verb === 'update')
  return Math.max(...writes.map(({ requestReceivedTimestamp, stageTimestamp }) => Date.parse(stageTimestamp) - Date.parse(requestReceivedTimestamp)))
}
