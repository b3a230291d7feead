import { phrase } from '../../phrase.ts'
import type { Clock } from '../../time/clock.ts'
import { ClusterError } from '../errors.ts'
import type { Collection } from './collection.ts'
import { PauseDetector } from './pause-detector.ts'
import { compareVersions } from './resource-version.ts'
import type { VersionProbe } from './version-probe.ts'

/** What a probe found, and when it was asked (monotonic milliseconds): it is true of that moment. */
export interface Proof extends VersionProbe {
  readonly sentAtMs: number
}

/** What is known of a watch. Moments are in monotonic milliseconds. */
interface WatchFacts {
  readonly openedAtMs: number
  readonly lastByteAtMs: number
  /** When the view was last known to be current. */
  readonly currentAtMs: number
  /** The version to which the watch has come. */
  readonly resourceVersion: string
  readonly isStale: boolean
  /** `suspect`: the watch before it withheld a change; `withholding`: so did the one before that. */
  readonly trust: 'full' | 'suspect' | 'withholding'
}

/** The watch that a guard looks after: what the guard sees of it, and what it does. */
export interface GuardedWatch extends Pick<Collection<unknown>, 'subject'> {
  readonly server: string
  facts(): WatchFacts
  /** Reads the version of the collection from etcd. A failure is told as staleness, and thrown. */
  probe(signal: AbortSignal): Promise<Proof>
  tellCurrent(atMs: number): void
  tellStale(error: ClusterError): void
  /** The server's history has been reset: the collection is to be listed, as it is now. */
  startOver(): void
  /** The next watch goes on from the present version, and has to bring what was found. */
  resumeOwing(proof: Proof): void
  /** The watch may have withheld something: the collection is to be listed, not older than this version. */
  listAgain(version: string | null): void
}

/** A kube-apiserver sends each watch a bookmark about every minute (`bookmarkFrequency` in its cacher). */
const DEAD_AFTER_MS = 90_000
/** How often the guard looks, at least. */
const LOOK_MS = 5_000
/** Between two proofs that were asked for. */
const PROOF_INTERVAL_MS = 1_000
/** A watch that works brings what has changed within this time; else the collection is read. */
const DELIVERY_MS = 250
/** A watch that has withheld a change is looked at again this soon. */
const SUSPECT_PROBE_MS = 2_000
/** A server that is busy for so long, while nothing else comes of it, has proven nothing for too long. */
const BUSY_STALE_MS = 30_000

/** Sees to it that a watch which says nothing is not believed for long. It outlives the watches of one collection. */
export class WatchGuard {
  readonly #clock: Clock
  readonly #silenceProbeMs: number
  readonly #watch: GuardedWatch
  /** Whether silence has already led to a list since the last change. */
  #hasRelisted = false
  #isProofWanted = false
  /** The version whose coming wakes the guard. */
  #awaited: string | null = null
  #wake: (() => void) | null = null

  /** @param silenceProbeMs after how many milliseconds without a byte the server is asked; null never */
  constructor(clock: Clock, silenceProbeMs: number | null, watch: GuardedWatch) {
    this.#clock = clock
    this.#silenceProbeMs = silenceProbeMs ?? Number.POSITIVE_INFINITY
    this.#watch = watch
  }

  /** Asks for a proof that the view is current, soon. */
  prove(): void {
    this.#isProofWanted = true
    this.#wake?.()
  }

  /** The collection was listed: no other proof is wanted. */
  hasBeenProven(): void {
    this.#isProofWanted = false
  }

  /** The watch has brought a change. */
  hasChanged(): void {
    this.#hasRelisted = false
  }

  /** The watch has come to another version. */
  hasAdvanced(): void {
    if (this.#awaited !== null && this.#hasReached(this.#awaited)) this.#wake?.()
  }

  /** Ends a nap: a watch that is over needs no guard. */
  wake(): void {
    this.#wake?.()
  }

  /**
   * Guards one watch. Resolves when it is better opened anew.
   * @param proof what is known of the present version; null where nothing was asked
   * @param settleMs milliseconds for which the watch is left alone first
   * @throws ClusterError if the server cannot be asked; the signal's reason
   */
  async run(proof: Proof | null, settleMs: number, signal: AbortSignal): Promise<'doubted'> {
    const watch = this.#watch
    if (settleMs > 0) await this.#clock.sleep(settleMs, signal)
    if (proof && watch.facts().trust !== 'withholding' && !(await this.#isBorneOut(proof, 'list', signal))) return 'doubted'

    let askedAtMs = watch.facts().openedAtMs
    for (;;) {
      const isSuspect = watch.facts().trust !== 'full'
      const silenceMs = isSuspect ? Math.min(SUSPECT_PROBE_MS, this.#silenceProbeMs) : this.#silenceProbeMs
      const dueMs = Math.max(watch.facts().lastByteAtMs, askedAtMs) + silenceMs
      const napMs = Math.min(LOOK_MS, Math.max(dueMs - this.#clock.monotonicMs(), 0))
      const pauses = new PauseDetector(this.#clock)
      await this.#nap(this.#isProofWanted ? Math.min(napMs, PROOF_INTERVAL_MS) : napMs, signal)
      const pausedMs = pauses.pausedMs(napMs)
      if (pausedMs > 0) {
        watch.tellStale(paused(pausedMs))
        return 'doubted'
      }

      const nowMs = this.#clock.monotonicMs()
      const { openedAtMs, lastByteAtMs } = watch.facts()
      const isProofWanted = this.#isProofWanted && nowMs - askedAtMs >= PROOF_INTERVAL_MS
      const isSilent = nowMs - Math.max(lastByteAtMs, askedAtMs) >= silenceMs
      if (isProofWanted || isSilent) {
        askedAtMs = nowMs
        this.#isProofWanted = false
        const isLongAgo = nowMs - openedAtMs >= DEAD_AFTER_MS
        const isWorthAList = isProofWanted || isSuspect || !this.#hasRelisted || isLongAgo
        const found = await watch.probe(signal)
        if (found.answer === 'moved' && !isWorthAList) continue
        // Perhaps only the connection is dead: a new one then brings what happened, change by change.
        const otherwise = isSuspect ? 'list' : 'resume'
        if (!(await this.#isBorneOut(found, otherwise, signal))) return 'doubted'
      } else if (nowMs - lastByteAtMs >= DEAD_AFTER_MS) {
        return 'doubted'
      }
    }
  }

  /** Whether the watch comes to what a probe found, and if not, how to go on: by the next watch, or by a list. */
  async #isBorneOut(proof: Proof, otherwise: 'resume' | 'list', signal: AbortSignal): Promise<boolean> {
    const watch = this.#watch
    const { answer, version, sentAtMs } = proof
    if (answer === 'reset') {
      watch.startOver()
      return false
    }
    if (answer === 'busy') {
      if (this.#clock.monotonicMs() - watch.facts().currentAtMs >= BUSY_STALE_MS) watch.tellStale(this.#busy())
      this.#isProofWanted ||= watch.facts().isStale
      return true
    }
    if (answer === 'same' || (await this.#reach(version, signal))) {
      watch.tellCurrent(sentAtMs)
      return true
    }
    if (otherwise === 'resume') {
      watch.resumeOwing(proof)
      return false
    }
    this.#hasRelisted = true
    watch.listAgain(version)
    return false
  }

  /** Waits until the watch has come to a version; false where it does not in time. */
  async #reach(version: string | null, signal: AbortSignal): Promise<boolean> {
    if (version === null) return false
    const untilMs = this.#clock.monotonicMs() + DELIVERY_MS
    this.#awaited = version
    try {
      while (!this.#hasReached(version)) {
        const leftMs = untilMs - this.#clock.monotonicMs()
        if (leftMs <= 0) return false
        await this.#nap(leftMs, signal)
      }
      return true
    } finally {
      this.#awaited = null
    }
  }

  #hasReached(version: string): boolean {
    return (compareVersions(this.#watch.facts().resourceVersion, version) ?? -1) >= 0
  }

  /** Sleeps until it is woken, or the time is over. */
  async #nap(durationMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const woken = new AbortController()
    this.#wake = () => woken.abort()
    await this.#clock.sleep(durationMs, woken.signal).catch(() => {})
    this.#wake = null
    signal.throwIfAborted()
  }

  #busy(): ClusterError {
    return new ClusterError(phrase`${this.#watch.server} is too busy to confirm that the view is current.`, {
      kind: 'tooManyRequests',
      subject: { verb: 'list', ...this.#watch.subject },
    })
  }
}

function paused(pausedMs: number): ClusterError {
  const seconds = Math.round(pausedMs / 1000)
  return new ClusterError(phrase`This process was paused, or the machine was asleep, for ${seconds}s.`, { kind: 'unreachable' })
}
