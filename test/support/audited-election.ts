import { AuditedCluster, type Sender } from './audited-cluster.ts'

/** When a candidate led, by its own account: the truth that a history is compared with. */
export interface Led {
  readonly identity: string
  readonly fromMs: number
  /** Null: it still led at the end. */
  toMs: number | null
  readonly how: 'released' | 'stopped' | 'killed' | 'leads'
  /** A process that was stopped may act longer than any log shows. */
  readonly wasPaused: boolean
}

const LEASE_MS = 6_000
const RENEW_MS = 4_000
const RETRY_MS = 1_000
const NAME = 'elect'

/** A write by hand. */
export interface ByHand {
  readonly atMs: number
  readonly user: string
  /** Whether there was an object to write. */
  readonly didWrite: boolean
}

interface Candidate {
  readonly identity: string
  readonly sender: Sender
  nextMs: number
  version: number
  observedMs: number
  seenVersion: number
  round: number | null
  /** Whether the record that it saw last names it. */
  isOptimistic: boolean
  wasPaused: boolean
  led: { fromMs: number } | null
  isGone: boolean
}

/**
 * An election of client-go's on virtual time: each candidate decides as `tryAcquireOrRenew` and `renew` do (6 s, 4 s, 1 s).
 * Tests do to it what people and machines do.
 */
export class AuditedElection {
  readonly cluster: AuditedCluster
  readonly led: Led[] = []
  readonly byHand: ByHand[] = []
  readonly #random: () => number
  readonly #servers: number
  readonly #candidates: Candidate[] = []
  readonly #actions: { readonly atMs: number; readonly run: () => void }[] = []
  #count = 0

  constructor(random: () => number, { clockOffsetsMs = [0], startMs = Date.UTC(2026, 10, 28, 8) }: { clockOffsetsMs?: readonly number[]; startMs?: number } = {}) {
    this.cluster = new AuditedCluster(startMs, clockOffsetsMs)
    this.#random = random
    this.#servers = clockOffsetsMs.length
  }

  join(letter = 'abcdefghij'[this.#count]!): string {
    const n = this.#count++
    const pod = `checkout-7d9c-${letter}`
    const identity = `${pod}_${(0xe35fbba7 + n).toString(16)}`
    const sender = { user: 'system:serviceaccount:shop:checkout', pod: { name: pod, uid: `uid-${letter}-${n}`, credential: `JTI=${n}` } }
    this.#candidates.push({ identity, sender, nextMs: this.cluster.nowMs + this.#random() * 500, version: 0, observedMs: 0, seenVersion: -1, round: null, isOptimistic: true, wasPaused: false, led: null, isGone: false })
    return identity
  }

  get leader(): string | null {
    return this.#candidates.find(({ led, isGone }) => led && !isGone)?.identity ?? null
  }

  /** Does something at a time from now. */
  after(ms: number, run: () => void): void {
    this.#actions.push({ atMs: this.cluster.nowMs + ms, run })
  }

  hand(user: string, write: (cluster: AuditedCluster, sending: { server: number }) => void): void {
    this.byHand.push({ atMs: this.cluster.nowMs, user, didWrite: this.cluster.get(NAME) !== undefined })
    write(this.cluster, this.#sending())
  }

  kill(identity = this.leader): void {
    const candidate = this.#candidates.find((each) => each.identity === identity)
    if (!candidate) return
    candidate.isGone = true
    this.#stop(candidate, 'killed')
  }

  /** SIGSTOP; after it, the leader notices within its renew deadline that it is too late. */
  pause(ms: number): void {
    const candidate = this.#candidates.find((each) => each.identity === this.leader)
    if (!candidate) return
    candidate.wasPaused = true
    candidate.nextMs = this.cluster.nowMs + ms
  }

  /** SIGTERM: releases, and ends. */
  end(): void {
    const candidate = this.#candidates.find((each) => each.identity === this.leader)
    if (!candidate) return
    const { spec } = this.#read(candidate) ?? {}
    candidate.isGone = true
    if (spec?.['holderIdentity'] !== candidate.identity) return this.#stop(candidate, 'stopped')
    const now = this.#stamp()
    const sent = this.cluster.update(candidate.sender, NAME, { ...spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: now, acquireTime: now }, candidate.version, this.#sending())
    this.#stop(candidate, sent.code === 200 ? 'released' : 'stopped')
  }

  /** Runs for a time. */
  run(ms: number): void {
    const untilMs = this.cluster.nowMs + ms
    for (;;) {
      const next = this.#candidates.filter(({ isGone }) => !isGone).sort((a, b) => a.nextMs - b.nextMs)[0]
      const action = this.#actions.sort((a, b) => a.atMs - b.atMs)[0]
      const atMs = Math.min(next?.nextMs ?? Number.POSITIVE_INFINITY, action?.atMs ?? Number.POSITIVE_INFINITY)
      if (atMs > untilMs) break
      this.cluster.nowMs = Math.max(this.cluster.nowMs, Math.round(atMs))
      if (action && action.atMs === atMs) {
        this.#actions.shift()
        action.run()
      } else {
        this.#turn(next!)
      }
    }
    this.cluster.nowMs = untilMs
  }

  /** The truth, with those who still lead. */
  truth(): Led[] {
    const open = this.#candidates.flatMap(({ identity, led, isGone, wasPaused }): Led[] => (led && !isGone ? [{ identity, fromMs: led.fromMs, toMs: null, how: 'leads', wasPaused }] : []))
    return [...this.led, ...open].sort((a, b) => a.fromMs - b.fromMs)
  }

  #turn(candidate: Candidate): void {
    const { cluster } = this
    const nowMs = cluster.nowMs
    if (candidate.led) {
      candidate.round ??= nowMs
      // After a pause, the time that the timers allow may have passed.
      if (nowMs - candidate.round >= RENEW_MS) return this.#stop(candidate, 'stopped')
      if (nowMs - candidate.observedMs > LEASE_MS + RETRY_MS && candidate.round === nowMs) {
        candidate.nextMs = nowMs + this.#random() * RENEW_MS
        candidate.round = nowMs - RENEW_MS
        return
      }
    }
    const isRenewed = this.#tryAcquireOrRenew(candidate)
    if (isRenewed) {
      candidate.round = null
      if (!candidate.led) {
        candidate.led = { fromMs: cluster.nowMs + 3 }
        candidate.nextMs = cluster.nowMs + 15
      } else {
        candidate.nextMs = nowMs + RETRY_MS + 5
      }
    } else {
      candidate.nextMs = nowMs + (candidate.led ? RETRY_MS : RETRY_MS * (1 + this.#random() * 1.2))
    }
  }

  #tryAcquireOrRenew(candidate: Candidate): boolean {
    const now = this.#stamp()
    const stored = this.#read(candidate, candidate.led !== null)
    if (!stored) return this.#take(candidate, this.cluster.create(candidate.sender, NAME, record(candidate.identity, now, now, 0), this.#sending()))
    let { spec } = stored
    if (candidate.led && candidate.version === stored.version && spec['holderIdentity'] === candidate.identity) {
      return this.#take(candidate, this.cluster.update(candidate.sender, NAME, { ...spec, renewTime: now }, candidate.version, this.#sending()))
    }
    if (candidate.led && candidate.isOptimistic) {
      candidate.isOptimistic = false
      // The optimistic update fails, and then client-go reads.
      const kept = record(candidate.identity, String(spec['acquireTime']), now, Number(spec['leaseTransitions']))
      this.cluster.update(candidate.sender, NAME, kept, candidate.version, this.#sending())
      this.cluster.nowMs += 8
      const read = this.#read(candidate)
      if (!read) return this.#take(candidate, this.cluster.create(candidate.sender, NAME, record(candidate.identity, now, now, 0), this.#sending()))
      spec = read.spec
    }
    const holder = (spec['holderIdentity'] ?? '') as string
    const isValid = this.cluster.nowMs < candidate.observedMs + Number(spec['leaseDurationSeconds']) * 1000
    if (holder !== '' && holder !== candidate.identity && isValid) return false
    const isOwn = holder === candidate.identity
    const next = record(candidate.identity, isOwn ? String(spec['acquireTime']) : now, now, Number(spec['leaseTransitions']) + (isOwn ? 0 : 1))
    return this.#take(candidate, this.cluster.update(candidate.sender, NAME, next, candidate.version, this.#sending()))
  }

  #take(candidate: Candidate, { code, version }: { code: number; version: number | null }): boolean {
    if (code >= 300 || version === null) return false
    candidate.isOptimistic = true
    candidate.version = version
    candidate.seenVersion = version
    candidate.observedMs = this.cluster.nowMs
    return true
  }

  #read(candidate: Candidate, isOptimistic = false): { readonly spec: Readonly<Record<string, unknown>>; readonly version: number } | undefined {
    const stored = this.cluster.get(NAME)
    if (!stored || isOptimistic) return stored ?? (isOptimistic ? { spec: record(candidate.identity, this.#stamp(), this.#stamp(), 0), version: -1 } : undefined)
    if (stored.version !== candidate.seenVersion) {
      candidate.seenVersion = stored.version
      candidate.observedMs = this.cluster.nowMs
    }
    candidate.version = stored.version
    return stored
  }

  #stop(candidate: Candidate, how: Led['how']): void {
    candidate.isGone = true
    if (candidate.led) this.led.push({ identity: candidate.identity, fromMs: candidate.led.fromMs, toMs: this.cluster.nowMs + (how === 'released' ? 5 : 0), how, wasPaused: candidate.wasPaused })
    candidate.led = null
  }

  #stamp(): string {
    return new Date(this.cluster.nowMs - 4).toISOString().replace('Z', '123Z')
  }

  #sending(): { server: number } {
    return { server: Math.floor(this.#random() * this.#servers) }
  }
}

function record(holderIdentity: string, acquireTime: string, renewTime: string, leaseTransitions: number): Readonly<Record<string, unknown>> {
  return { holderIdentity, leaseDurationSeconds: LEASE_MS / 1000, acquireTime, renewTime, leaseTransitions }
}
