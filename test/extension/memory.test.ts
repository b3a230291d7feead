import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Memory } from '../../extension/memory/memory.ts'
import { MemoryFiles } from '../../extension/memory/memory-files.ts'
import { PLACEHOLDER_PREFIX } from '../../shared/lease/placeholder.ts'
import type { Election } from '../../shared/lease/election.ts'
import type { Moment } from '../../shared/lease/status.ts'
import type { TimelineSnapshot } from '../../shared/lease/timeline/snapshot.ts'
import { StoreScene } from '../support/store-scene.ts'

const CONTEXT = { context: 'kind', server: 'https://one:6443', isVolatile: false }
const CHECKOUT = { context: 'kind', server: 'https://one:6443', lock: 'lease', namespace: 'shop', name: 'checkout' }
const HOUR_MS = 3_600_000

let folder: string
let scene: StoreScene
let checkout: Election
let memories: Memory[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubectl-leader-memory-'))
  scene = new StoreScene()
  checkout = scene.election('shop', 'checkout')
  scene.start([checkout, scene.election('shop', 'other', { spec: { holderIdentity: 'pod-other' } })])
  memories = []
})
afterEach(() => {
  for (const memory of memories) memory[Symbol.dispose]()
  rmSync(folder, { recursive: true })
})

const onFailure = vi.fn()
function opened(isKept = true): Memory {
  const memory = new Memory({ clock: scene.clock, folder, isKept, reason: 'not watched', onFailure })
  memories.push(memory)
  return memory
}
const now = (): Moment => ({ monotonicMs: scene.clock.monotonicMs(), wallMs: scene.clock.wallMs() })
const remembered = (memory: Memory, wanted = CHECKOUT): Promise<TimelineSnapshot | null> => memory.timelineOf(wanted, now())

/** Renews so many times, every two seconds. */
async function renew(times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    await scene.clock.advance(2_000)
    scene.renew(checkout)
  }
}
const acquire = (holderIdentity: string, leaseTransitions: number): void => scene.apply(scene.election('shop', 'checkout', { spec: { holderIdentity, leaseTransitions } }))

/** `led pod-a 60-40`: seconds ago; `?` before a beginning that was not seen. */
function told(snapshot: TimelineSnapshot | null): { readonly spans: string[]; readonly gaps: string[]; readonly transitions: string[] } {
  const ago = (at: Moment | null): string => (at === null ? '' : String(Math.round((now().wallMs - at.wallMs) / 1_000)))
  return {
    spans: snapshot?.spans.map(({ kind, holderIdentity, from, to, isStartSeen }) => `${kind} ${holderIdentity} ${isStartSeen ? '' : '?'}${ago(from)}-${ago(to)}`) ?? [],
    gaps: snapshot?.disconnected.map(({ from, to }) => `${ago(from)}-${ago(to)}`) ?? [],
    transitions: snapshot?.transitions.map(({ from, to, how, leaderlessMs }) => `${from} ${to} ${how} ${leaderlessMs === null ? '?' : Math.round(leaderlessMs / 1_000)}`) ?? [],
  }
}

describe('what a window has seen', () => {
  it('is there the next day, with the time in which nothing watched', async () => {
    const memory = opened()
    const end = memory.watch(scene.store, CONTEXT)
    await renew(5)
    scene.apply(scene.election('shop', 'checkout', { spec: { holderIdentity: '', leaseDurationSeconds: 1 } }))
    await scene.clock.advance(3_000)
    acquire('pod-b', 2)
    await scene.clock.advance(10_000)
    end()
    await memory.settle()
    await scene.clock.advance(8 * HOUR_MS)
    expect(told(await remembered(opened()))).toEqual({
      spans: ['led pod-a ?28823-28813', 'free  28813-28810', 'led pod-b 28810-28800'],
      gaps: ['28800-0'],
      transitions: ['pod-a pod-b released 3'],
    })
  })

  it('does not tell how and when a term ended while nothing watched', async () => {
    const memory = opened()
    const end = memory.watch(scene.store, CONTEXT)
    await renew(5)
    end()
    await scene.clock.advance(HOUR_MS)
    scene.apply(scene.election('shop', 'checkout', { spec: { holderIdentity: '', leaseDurationSeconds: 1 } }))
    await scene.clock.advance(HOUR_MS)
    const endAgain = memory.watch(scene.store, CONTEXT)
    await scene.clock.advance(3_000)
    acquire('pod-b', 2)
    await scene.clock.advance(10_000)
    endAgain()
    await memory.settle()
    expect(told(await remembered(memory))).toEqual({
      spans: ['led pod-a ?7223-7213', 'free  ?13-10', 'led pod-b 10-0'],
      gaps: ['7213-13'],
      transitions: ['pod-a pod-b unseen ?'],
    })
  })

  it('tells of late renewals, expired leases, deletion and failovers as they were', async () => {
    const memory = opened()
    memory.watch(scene.store, CONTEXT)
    await renew(2)
    await scene.clock.advance(12_000)
    scene.renew(checkout)
    await scene.clock.advance(20_000)
    acquire('pod-b', 2)
    await scene.clock.advance(1_000)
    acquire(`${PLACEHOLDER_PREFIX}x`, 2)
    await scene.clock.advance(4_000)
    acquire('pod-c', 3)
    await scene.clock.advance(1_000)
    scene.remove(checkout)
    await scene.clock.advance(1_000)
    const snapshot = (await remembered(memory))!
    expect(told(snapshot)).toMatchObject({
      spans: ['led pod-a ?43-12', 'expired pod-a 12-7', 'led pod-b 7-6', `blocked ${PLACEHOLDER_PREFIX}x 6-2`, 'led pod-c 2-1', 'absent  1-0'],
      transitions: ['pod-a pod-b expired 5', 'pod-b pod-c failover 4'],
    })
    expect(snapshot.renewals).toMatchObject([{ holderIdentity: 'pod-a', intervalMs: 12_000 }])
    expect(snapshot.renewalsFrom).toEqual(now())
  })

  it('survives a kill but for the last seconds', async () => {
    opened().watch(scene.store, CONTEXT)
    await renew(1)
    acquire('pod-b', 2)
    await scene.clock.advance(3_000)
    await vi.waitFor(async () => {
      await scene.clock.advance(3_000)
      expect(readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8')).join()).toContain('pod-b')
    })
    expect(told(await remembered(opened())).spans.slice(0, 2)).toEqual([expect.stringContaining('led pod-a'), expect.stringContaining('led pod-b')])
  })

  it('is not written at each renewal', async () => {
    const memory = opened()
    memory.watch(scene.store, CONTEXT)
    await renew(1_000)
    await memory.settle()
    const [file] = readdirSync(folder)
    expect(readFileSync(join(folder, file!), 'utf8').split('\n').filter((line) => line.includes('checkout'))).toHaveLength(1)
  })

  it('is as long as a day', async () => {
    const memory = opened()
    memory.watch(scene.store, CONTEXT)
    await renew(1)
    await memory.settle()
    await scene.clock.advance(25 * HOUR_MS)
    await memory.settle()
    const snapshot = (await remembered(memory))!
    expect(now().wallMs - snapshot.completeFrom!.wallMs).toBe(24 * HOUR_MS)
  })

  it('begins anew after a lost connection, without a guess at what was missed', async () => {
    const memory = opened()
    memory.watch(scene.store, CONTEXT)
    await renew(2)
    scene.disconnect('gone')
    await scene.clock.advance(30_000)
    acquire('pod-b', 2)
    scene.reconnect()
    await scene.clock.advance(5_000)
    expect(told(await remembered(memory))).toEqual({ spans: ['led pod-a ?39-35', 'led pod-b ?4-0'], gaps: ['35-4'], transitions: ['pod-a pod-b unseen ?'] })
  })
})

describe('two windows', () => {
  it('tell one story of what both have seen', async () => {
    const [one, two] = [opened(), opened()]
    const end = one.watch(scene.store, CONTEXT)
    await renew(2)
    two.watch(scene.store, CONTEXT)
    await renew(2)
    acquire('pod-b', 2)
    await scene.clock.advance(1_000)
    end()
    await one.settle()
    await scene.clock.advance(1_000)
    acquire('pod-c', 3)
    await scene.clock.advance(1_000)
    await two.settle()
    for (const memory of [one, two]) {
      expect(told(await remembered(memory))).toEqual({
        spans: ['led pod-a ?11-3', 'led pod-b 3-2', 'led pod-b ?2-1', 'led pod-c 1-0'],
        gaps: [],
        transitions: ['pod-a pod-b taken ?', 'pod-b pod-c taken ?'],
      })
    }
    expect(readdirSync(folder)).toHaveLength(2)
  })

  it('forget together what one of them clears', async () => {
    const [one, two] = [opened(), opened()]
    one.watch(scene.store, CONTEXT)
    two.watch(scene.store, CONTEXT)
    await renew(2)
    acquire('pod-b', 2)
    await two.settle()
    await one.clear()
    await renew(1)
    await Promise.all([one.settle(), two.settle()])
    await renew(1)
    for (const memory of [one, two]) expect(JSON.stringify(await remembered(memory))).not.toContain('pod-a')
    expect(told(await remembered(one)).spans.at(-1)).toMatch(/^led pod-b \?\d+-0$/)
  })
})

describe('is not told of an election', () => {
  it.each([
    ['of another server under the name of this context', { ...CHECKOUT, server: 'https://two:6443' }],
    ['of another context', { ...CHECKOUT, context: 'prod' }],
    ['of another namespace', { ...CHECKOUT, namespace: 'default' }],
    ['that no watch included', { ...CHECKOUT, name: 'unknown' }],
  ])('%s', async (_, wanted) => {
    const memory = opened()
    memory.watch(scene.store, CONTEXT)
    await renew(2)
    expect(await remembered(memory, wanted)).toBeNull()
  })
})

describe('what is not kept', () => {
  it('is remembered by this window only', async () => {
    const memory = opened(false)
    memory.watch(scene.store, CONTEXT)
    await renew(2)
    expect(told(await remembered(memory)).spans).toEqual(['led pod-a ?4-0'])
    expect(readdirSync(folder)).toEqual([])
    expect(await remembered(opened(false))).toBeNull()
  })

  it('includes the sandbox', async () => {
    const memory = opened()
    memory.watch(scene.store, { ...CONTEXT, isVolatile: true })
    await renew(2)
    expect(told(await remembered(memory)).spans).toEqual(['led pod-a ?4-0'])
    expect(readdirSync(folder)).toEqual([])
  })

  it('follows the setting', async () => {
    const memory = opened(false)
    memory.watch(scene.store, CONTEXT)
    memory.keep(true)
    await renew(2)
    await memory.settle()
    expect(told(await remembered(opened())).spans).toEqual(['led pod-a ?4-0'])
  })
})

describe('the files', () => {
  const put = (bytes: number, hoursAgo: number): string => {
    const file = new MemoryFiles(folder, { ageMs: 1, bytes: 1, files: 1 }).newFile()
    writeFileSync(file, 'x'.repeat(bytes))
    const atSeconds = (scene.clock.wallMs() - hoursAgo * HOUR_MS) / 1_000
    utimesSync(file, atSeconds, atSeconds)
    return file
  }
  const left = (): string[] => readdirSync(folder).map((name) => join(folder, name)).sort()

  it('are bounded in age, number and size, together', async () => {
    const files = [put(10, 1), put(10, 2), put(10, 3), put(10, 30)]
    const forget = (limits: object): Promise<void> => new MemoryFiles(folder, { ageMs: 24 * HOUR_MS, bytes: 1_000, files: 9, ...limits }).forgetOld(scene.clock.wallMs())
    await forget({})
    expect(left()).toEqual(files.slice(0, 3).sort())
    await forget({ files: 2 })
    expect(left()).toEqual(files.slice(0, 2).sort())
    await forget({ bytes: 15 })
    expect(left()).toEqual(files.slice(0, 1))
  })

  it('leave alone what is not theirs', async () => {
    writeFileSync(join(folder, 'notes.jsonl'), 'mine')
    await opened().clear()
    expect(left()).toEqual([join(folder, 'notes.jsonl')])
  })

  it('are for the user only, and are read in spite of damage', async () => {
    const memory = opened()
    memory.watch(scene.store, CONTEXT)
    await renew(2)
    await memory.settle()
    const [file] = left()
    expect(statSync(file!).mode & 0o077).toBe(0)
    appendFileSync(file!, '{"atMs":1\nnull\n[]\n{"atMs":1,"type":"state","watch":1}\n{"atMs":2,"type":"state","watch":1,"election":null}\n')
    expect(told(await remembered(opened())).spans).toEqual(['led pod-a ?4-0'])
  })

  it('that cannot be written are told of once, and take nothing from the window', async () => {
    rmSync(folder, { recursive: true })
    writeFileSync(folder, 'in the way')
    const memory = opened()
    memory.watch(scene.store, CONTEXT)
    await renew(1)
    await memory.settle()
    await memory.settle()
    expect(onFailure).toHaveBeenCalledOnce()
    expect(await remembered(memory)).toBeNull()
  })
})
