import { expect } from 'vitest'

/** When something happened, as far as it is known from outside the log; milliseconds since the epoch. */
interface Between {
  readonly fromMs: number
  readonly toMs: number
}

/** A term as its candidate told of it. */
export interface Led {
  readonly identity: string
  readonly start: Between
  readonly stop: Between
}

interface Range {
  readonly from: string | null
  readonly to: string | null
}

/** What `history -o json` prints, as far as the tests read it. */
export interface HistoryOutput {
  readonly terms: readonly {
    readonly holderIdentity: string
    readonly by: { readonly user: string; readonly podName: string | null } | null
    readonly start: Range & { readonly how: string }
    readonly end: (Range & { readonly how: string; readonly bound: string | null }) | null
    readonly renewalIntervalMs: number | null
    readonly lastSuccess: { readonly from: string; readonly to: string }
  }[]
  readonly leaderless: readonly (Range & { readonly minMs: number; readonly maxMs: number | null })[]
  readonly overlaps: readonly { readonly old: string; readonly next: string; readonly minMs: number; readonly maxMs: number | null }[]
  readonly writesByOthers: readonly { readonly by: { readonly user: string; readonly impersonatedUser: string | null }; readonly verb: string; readonly what: string }[]
  readonly missing: readonly (Range & { readonly why: string })[]
  readonly activity: readonly { readonly by: { readonly user: string; readonly podName: string | null } }[]
  readonly sources: readonly { readonly clockOffsetMs: number; readonly clockUncertaintyMs: number }[]
  readonly uncheckedLinks: number
}

/** A log and a candidate agree to so many milliseconds. */
const EXACT_MS = 100

const fromMs = ({ from }: Range): number => (from === null ? -Infinity : Date.parse(from))
const toMs = ({ to }: Range): number => (to === null ? Infinity : Date.parse(to))

/** That everything that is told is true: each term was led, and each range holds what really was. */
export function expectTrue({ terms, leaderless, overlaps }: HistoryOutput, truth: readonly Led[]): void {
  const led = terms.map((term) => {
    const { holderIdentity, start, end } = term
    const found = truth.find(({ identity, ...real }) => identity === holderIdentity && real.start.fromMs <= toMs(start) + EXACT_MS && real.stop.toMs >= fromMs(start))
    expect(found, `${holderIdentity} led`).toBeDefined()
    expectWithin(found!.start, { fromMs: fromMs(start), toMs: toMs(start) }, `start of ${holderIdentity}`)
    if (end) expectWithin(found!.stop, { fromMs: fromMs(end), toMs: toMs(end) }, `end of ${holderIdentity}, ${end.how}`)
    return found!
  })
  for (const { old, next, minMs, maxMs } of overlaps) {
    const index = terms.findIndex((term, at) => term.holderIdentity === next && terms[at - 1]?.holderIdentity === old)
    const [before, after] = [led[index - 1]!, led[index]!]
    const real = { fromMs: Math.max(before.stop.fromMs - after.start.toMs, 0), toMs: Math.max(before.stop.toMs - after.start.fromMs, 0) }
    expectWithin(real, { fromMs: minMs, toMs: maxMs ?? Infinity }, `time of both ${old} and ${next}`)
  }
  for (const [index, next] of terms.entries()) {
    const before = led[index - 1]
    const told = leaderless.find((time) => time.to === next.start.to)
    if (!before || !told) continue
    const { start } = led[index]!
    const real = { fromMs: Math.max(start.fromMs - before.stop.toMs, 0), toMs: Math.max(start.toMs - before.stop.fromMs, 0) }
    expectWithin(real, { fromMs: told.minMs, toMs: told.maxMs ?? Infinity }, `time without a leader before ${next.holderIdentity}`)
  }
}

/**
 * That starts and releases are told as their candidates tell them: by the moment at which the server had answered. When it
 * received the request may be long before. For a log whose server was not busy: a busy one may log an answer long after it.
 */
export function expectExact({ terms }: HistoryOutput, truth: readonly Led[]): void {
  for (const [index, { holderIdentity, start, end }] of terms.entries()) {
    expectAt(truth[index]!.start, toMs(start), `start of ${holderIdentity}`)
    if (end?.how === 'released') expectAt(truth[index]!.stop, toMs(end), `release of ${holderIdentity}`)
  }
}

/** That starts and releases are told to be within the time that a request takes, at most; {@link expectTrue} tells the rest. */
export function expectNarrow({ terms }: HistoryOutput, requestMs: number): void {
  for (const { holderIdentity, start, end } of terms) {
    expect(toMs(start) - fromMs(start), `start of ${holderIdentity}`).toBeLessThanOrEqual(requestMs)
    if (end?.how === 'released') expect(toMs(end) - fromMs(end), `release of ${holderIdentity}`).toBeLessThanOrEqual(requestMs)
  }
}

const expectAt = (real: Between, atMs: number, what: string): void => expectWithin(real, { fromMs: atMs, toMs: atMs }, what)

function expectWithin(real: Between, told: Between, what: string): void {
  expect(real.toMs, what).toBeGreaterThanOrEqual(told.fromMs - EXACT_MS)
  expect(real.fromMs, what).toBeLessThanOrEqual(told.toMs + EXACT_MS)
}
