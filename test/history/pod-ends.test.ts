import { describe, expect, it } from 'vitest'
import { applyPodEnds, podTimesOf } from '../../shared/history/pod-ends.ts'
import type { Term } from '../../shared/history/term.ts'

/** What the status of a Pod says of a leader that last renewed at 12:00:10.5, and whose lease expired. */
const REF = { lock: 'lease', namespace: 'shop', name: 'elect' } as const
const at = (second: number): string => `2026-11-28T12:00:${String(second).padStart(2, '0')}Z`
const ms = (second: number): number => Date.parse('2026-11-28T12:00:00Z') + second * 1_000
const LAST = { fromMs: ms(10.5), toMs: ms(10.51) }

const term = (more: Partial<Term> = {}): Term => ({
  ...{ holderIdentity: 'app-a_9f2c1b7e', basis: 'written', writer: null, interruptions: [], leaseDurationMs: 15_000, intervalMs: 2_000, writes: 5, conflicts: [] },
  start: { fromMs: ms(0), toMs: ms(0), how: 'acquired' },
  end: { how: 'expired', fromMs: LAST.fromMs, toMs: null, atMs: null, bound: null },
  lastSuccess: LAST,
  ...more,
})

const running = (second: number, lastEnded?: number): object => ({
  state: { running: { startedAt: at(second) } },
  lastState: lastEnded === undefined ? {} : { terminated: { finishedAt: at(lastEnded) } },
})
const terminated = (second: number): object => ({ state: { terminated: { finishedAt: at(second) } } })
const waiting = (lastEnded?: number): object => ({ state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: lastEnded === undefined ? {} : { terminated: { finishedAt: at(lastEnded) } } })

function boundOf(containerStatuses: readonly object[], { metadata = {}, ...more }: Partial<Term> & { readonly metadata?: object } = {}, initContainerStatuses: readonly object[] = []): number | null {
  const pod = podTimesOf({ metadata: { uid: 'u1', creationTimestamp: at(0), ...metadata }, status: { containerStatuses, initContainerStatuses } }, { namespace: 'shop', name: 'app-a' })
  const [told] = applyPodEnds([term(more)], pod ? [pod] : [], REF)
  if (told!.end!.bound !== 'container') return null
  return (told!.end!.toMs! - ms(0)) / 1_000
}

describe('a leader whose lease expired', () => {
  it.each([
    ['its container ended later', [terminated(14)], 15],
    ['its container ended in the same second', [terminated(10)], 11],
    ['its container had ended before', [terminated(9)], null],
    ['its container was started again later', [running(20, 14)], 15],
    ['its container was started again later, and nothing says when it ended', [running(20)], 21],
    ['its container runs since before', [running(3)], null],
    ['its container may have been started again in the same second, and have led only then', [running(10, 10)], null],
    ['its container waits to be started again', [waiting(14)], 15],
    ['a second container ended later', [terminated(14), terminated(17)], 18],
    ['a second container runs on', [terminated(14), running(1)], null],
    ['a second container had ended before', [terminated(14), terminated(4)], 15],
    ['a second container never ran', [terminated(14), waiting()], 15],
    ['nothing is reported', [], null],
  ])('stopped by then if %s', (_, containers, bound) => expect(boundOf(containers)).toBe(bound))

  it('is not judged by an init container that had ended before, but by a sidecar that runs on', () => {
    expect(boundOf([terminated(14)], {}, [terminated(1)])).toBe(15)
    expect(boundOf([terminated(14)], {}, [running(1)])).toBeNull()
  })

  it('is not judged by another Pod of the same name', () => {
    const writer = { user: 'system:serviceaccount:shop:app', impersonated: null, podName: 'app-a', podUid: 'u0', credentialId: null }
    expect(boundOf([terminated(14)], { writer })).toBeNull()
    expect(boundOf([terminated(14)], { writer: { ...writer, podUid: 'u1' } })).toBe(15)
    expect(boundOf([terminated(14)], { metadata: { creationTimestamp: at(12) } })).toBeNull()
    expect(boundOf([terminated(14)], { metadata: { creationTimestamp: null } })).toBeNull()
    expect(boundOf([terminated(14)], { holderIdentity: 'app-b_9f2c1b7e' })).toBeNull()
  })

  it('keeps an end that is known more exactly', () => {
    const end = { how: 'released', fromMs: ms(11), toMs: ms(11), atMs: null, bound: 'release' } as const
    expect(boundOf([terminated(14)], { end })).toBeNull()
    expect(boundOf([terminated(14)], { end: { ...end, how: 'expired', toMs: ms(13), bound: 'event' } })).toBeNull()
  })
})
