import { describe, expect, it } from 'vitest'
import type { History } from '../../shared/history/history.ts'
import { AuditedElection, type Led } from '../support/audited-election.ts'
import type { Level } from '../support/audited-cluster.ts'
import { historyFrom } from '../support/read-audit.ts'

/** Random elections, and what their audit logs show, compared with what their candidates did. */
const WITHIN_MS = 100
const SEEDS = Array.from({ length: 60 }, (_, seed) => seed)

function randomOf(seed: number): () => number {
  let state = seed * 2654435761 + 12345
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2246822507) + 0x9e3779b9) | 0
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32
  }
}

function scene(seed: number, clockOffsetsMs: readonly number[] = [0]): AuditedElection {
  const random = randomOf(seed)
  const election = new AuditedElection(random, { clockOffsetsMs })
  for (let count = 0; count < 3; count++) election.join()
  election.run(15_000)
  for (let count = 0; count < 5; count++) {
    const standby = 'checkout-7d9c-x_00000000'
    const ops = { user: 'ops@example.com' }
    const deeds = [
      () => election.kill(),
      () => election.end(),
      () => election.pause(8_000 + random() * 10_000),
      () => election.hand('ops@example.com', (cluster, sending) => cluster.patch(ops, 'elect', { spec: { holderIdentity: '', leaseDurationSeconds: 1 } }, sending)),
      () => election.hand('ops@example.com', (cluster, sending) => cluster.patch(ops, 'elect', [{ op: 'replace', path: '/spec/holderIdentity', value: '' }], sending)),
      () => election.hand('ops@example.com', (cluster, sending) => cluster.patch(ops, 'elect', { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'elect' }, spec: { holderIdentity: standby } }, sending)),
      () => election.hand('ops@example.com', (cluster, sending) => cluster.delete(ops, 'elect', sending)),
      () => election.hand('admin', (cluster, sending) => cluster.deleteCollection({ user: 'admin', as: 'ops@example.com' }, sending)),
      () => void election.cluster.patch(ops, 'elect', { spec: { holderIdentity: '' } }, { dryRun: true }),
    ]
    deeds[Math.floor(random() * deeds.length)]!()
    election.join()
    election.run(12_000 + random() * 15_000)
  }
  return election
}

/** That each told term is one that was led, and that what is told of its ends holds what really was. */
function expectTrue(history: History, truth: readonly Led[], offMs = WITHIN_MS): void {
  for (const { holderIdentity, start, end } of history.terms) {
    const led = truth.filter(({ identity }) => identity === holderIdentity).find(({ fromMs, toMs }) => fromMs <= start.toMs! + offMs && (toMs ?? Infinity) >= start.fromMs)
    expect(led, `${holderIdentity} led`).toBeDefined()
    expect(led!.fromMs, 'start').toBeGreaterThanOrEqual(start.fromMs - offMs)
    expect(led!.fromMs, 'start').toBeLessThanOrEqual(start.toMs! + offMs)
    if (!end) continue
    const toMs = led!.toMs ?? Infinity
    expect(toMs, `${holderIdentity} end ${end.how}`).toBeGreaterThanOrEqual(end.fromMs - offMs)
    const isUnbroken = end.bound === 'seen-as-candidate' && toMs > end.toMs!
    if (isUnbroken) continue
    if (end.toMs !== null && !(led!.wasPaused && end.bound === 'lease-duration')) expect(toMs, `${holderIdentity} end ${end.how}`).toBeLessThanOrEqual(end.toMs + offMs)
  }
}

describe.each(SEEDS)('election %i', (seed) => {
  it('is told as it was, from a whole log at level RequestResponse', () => {
    const election = scene(seed)
    const truth = election.truth()
    const history = historyFrom([election.cluster.lines('RequestResponse')])
    expectTrue(history, truth)
    expect(history.missing).toEqual([])
    expect(history.terms.map(({ holderIdentity }) => holderIdentity)).toEqual(truth.map(({ identity }) => identity))
    for (const [index, { end }] of history.terms.entries()) {
      const { how, toMs } = truth[index]!
      if (how === 'released') expect(end).toMatchObject({ how: 'released' })
      if (end?.how === 'released') expect(Math.abs(end.toMs! - toMs!)).toBeLessThan(WITHIN_MS)
      if (end && end.bound === 'lease-duration') {
        const { lastSuccess, intervalMs } = history.terms[index]!
        expect(end.toMs).toBeLessThanOrEqual(lastSuccess.toMs + 6_000 + (intervalMs ?? 5_000))
      }
    }
    const named = new Set(history.handWrites.map(({ writer, fromMs }) => `${writer.user} ${Math.floor(fromMs / 1000)}`))
    for (const { user, atMs, didWrite } of election.byHand) if (didWrite) expect(named).toContain(`${user} ${Math.floor((atMs - 3) / 1000)}`)
    expect(named.size).toBe(election.byHand.filter(({ didWrite }) => didWrite).length)
    for (const [index, next] of history.terms.entries()) {
      const before = truth[index - 1]
      if (!before || (before.wasPaused && history.terms[index - 1]!.end?.toMs)) continue
      const realMs = Math.max(truth[index]!.fromMs - (before.toMs ?? Infinity), 0)
      const told = history.leaderless.find(({ toMs }) => toMs === next.start.toMs)
      expect(realMs).toBeGreaterThanOrEqual(told?.minMs ?? 0)
      expect(realMs).toBeLessThanOrEqual(told?.maxMs ?? WITHIN_MS)
    }
  })

  it.each<Level>(['Request', 'Metadata'])('is told of in less detail, and nothing false, at level %s', (level) => {
    const election = scene(seed)
    const history = historyFrom([election.cluster.lines(level)])
    expectTrue(history, election.truth())
    expect(history.missing).toEqual([])
    expect(history.uncheckedLinks).toBeGreaterThan(0)
    if (level === 'Metadata') expect(history.terms).toEqual([])
  })

  it.each<Level>(['RequestResponse', 'Request'])('has nothing false told of it where a segment of the log at level %s is lost', (level) => {
    const election = scene(seed)
    const { log } = election.cluster
    const random = randomOf(seed + 1)
    for (const lostMs of [1_500, 9_500, 20_000]) {
      const index = Math.floor(random() * log.length)
      const fromMs = log[index]!.atMs
      // A deletion does not show what it deleted, so nothing in the log would tell that anything is lost.
      const next = log.slice(index).find(({ atMs }) => atMs >= fromMs + lostMs)
      if (String(next?.event['verb']).startsWith('delete')) continue
      const isLost = (atMs: number): boolean => atMs > fromMs && atMs < fromMs + lostMs
      expectTrue(historyFrom([election.cluster.lines(level, { isLost })]), election.truth())
    }
  })

  it('is told in the order of the resourceVersions where two API servers have clocks 2 s apart', () => {
    const election = scene(seed, [0, 2_000])
    const logs = [0, 1].map((server) => election.cluster.lines('RequestResponse', { server }))
    const history = historyFrom(logs)
    expect(history.missing).toEqual([])
    const offsets = history.clocks.map(({ offsetMs }) => offsetMs)
    expect(Math.abs(offsets[1]! - offsets[0]! - 2_000)).toBeLessThanOrEqual(history.clocks[1]!.uncertaintyMs + history.clocks[0]!.uncertaintyMs + 1)
    expectTrue(history, election.truth(), WITHIN_MS)
    // Shuffled, and with every line twice, it is the same.
    const random = randomOf(seed + 1)
    const shuffled = logs.map((lines) => [...lines, ...lines].map((line) => ({ line, at: random() })).sort((a, b) => a.at - b.at).map(({ line }) => line))
    expect(historyFrom(shuffled)).toMatchObject({ terms: history.terms, handWrites: history.handWrites })
  })
})
