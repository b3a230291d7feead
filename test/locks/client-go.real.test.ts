import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { connect } from '../../shared/cluster/connection/connection.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { lockResource } from '../../shared/cluster/elections/election-collection.ts'
import { apiPath } from '../../shared/cluster/paths.ts'
import { LEADER_ANNOTATION, type ElectionRecord } from '../../shared/lease/record.ts'
import type { LockKind } from '../../shared/lease/election-ref.ts'
import { clusterLock } from '../../shared/locks/lock-address.ts'
import type { HandoverLock } from '../../shared/locks/handover.ts'
import type { LockedRecord } from '../../shared/locks/lock.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { clientGoCandidate, startRealCluster, type RealCluster } from '../support/real-cluster.ts'
import { Watching } from './conformance.ts'

/** client-go's names; it has but the first since 0.24. */
const LOCKS = { lease: 'leases', configmap: 'configmaps', endpoints: 'endpoints' } as const
const PATIENCE = { timeout: 40_000, interval: 50 }
const LEASE_SECONDS = 3

const candidateProgram = clientGoCandidate()
if (candidateProgram === undefined) throw new Error('set KUBEBUILDER_ASSETS to what test/install/kube-apiserver.sh prints')
const cluster: RealCluster = await startRealCluster()
const isOld = Number(/^v1\.(\d+)/.exec(cluster.version)![1]) < 24
const kinds: readonly LockKind[] = isOld ? ['lease', 'configmap', 'endpoints'] : ['lease']

interface Fact {
  readonly type: string
  readonly leader: string
}

interface StoredObject {
  readonly metadata: {
    readonly annotations?: Readonly<Record<string, string>>
    readonly managedFields: readonly { readonly manager: string }[]
  }
  readonly spec?: object
}

/** client-go's own candidate, and what it has printed. */
class Candidate {
  readonly facts: Fact[] = []
  readonly #process: ChildProcess

  constructor(lock: LockKind, name: string, identity: string) {
    const flags = [`-kubeconfig=${cluster.kubeconfig}`, `-lock=${LOCKS[lock]}`, `-name=${name}`, `-id=${identity}`]
    const timings = [`-lease-duration=${LEASE_SECONDS}s`, '-renew-deadline=2s', '-retry-period=500ms']
    this.#process = spawn(candidateProgram!, [...flags, ...timings, '-release-on-cancel', '-rejoin'], { stdio: ['ignore', 'pipe', 'ignore'] })
    createInterface(this.#process.stdout!).on('line', (line) => this.facts.push(JSON.parse(line) as Fact))
  }

  async told(type: string, leader?: string): Promise<void> {
    const isTold = (): boolean => this.facts.some((fact) => fact.type === type && (leader === undefined || fact.leader === leader))
    await expect.poll(isTold, PATIENCE).toBe(true)
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const exited = once(this.#process, 'exit')
    this.#process.kill('SIGTERM')
    await exited
  }
}

afterAll(() => cluster.close())

describe.each(kinds)('a %s that a candidate of client-go shares', (kind) => {
  let client: ApiClient
  let lock: HandoverLock
  let name: string
  let candidate: Candidate | undefined
  let signal: AbortSignal
  let elections = 0

  beforeAll(async () => {
    client = await connect({ kubeconfig: cluster.kubeconfig }, { env: {}, clock: systemClock, version: 'test' })
  })
  afterAll(() => client.close())
  beforeEach(() => {
    name = `shared-${kind}-${++elections}`
    lock = clusterLock(client, { lock: kind, namespace: 'default', name })
    signal = AbortSignal.timeout(100_000)
  })
  afterEach(() => candidate?.stop())

  const stand = (): Candidate => (candidate = new Candidate(kind, name, 'client-go'))
  const object = async (of = name): Promise<StoredObject> =>
    JSON.parse(await cluster.kubectl(['get', kind, of, '-o', 'json'])) as StoredObject
  /** The fields as they are written, in their order; times by their form. */
  const form = async (of: string): Promise<string> => {
    const { metadata, spec } = await object(of)
    const fields = kind === 'lease' ? spec! : (JSON.parse(metadata.annotations![LEADER_ANNOTATION]!) as object)
    return Object.entries(fields).map(([field, value]) => `${field}: ${typeof value}`).join()
  }
  const ours = (): ElectionRecord => {
    const now = new Date(Date.now()).toISOString().replace('Z', '789Z')
    return {
      holderIdentity: 'ours',
      leaseDurationSeconds: LEASE_SECONDS,
      leaseTransitions: 0,
      acquireTime: now,
      renewTime: now,
      strategy: null,
      preferredHolder: null,
    }
  }
  const released = (record: ElectionRecord): ElectionRecord => ({ ...ours(), holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: record.leaseTransitions })
  const renewFor = async (durationMs: number, from: LockedRecord): Promise<LockedRecord> => {
    let last = from
    for (const untilMs = Date.now() + durationMs; Date.now() < untilMs; ) {
      last = await lock.update(last, { ...last.record, renewTime: ours().renewTime }, signal)
      await new Promise((resolve) => setTimeout(resolve, 400))
    }
    return last
  }

  it('is created and released in the same form as by this project', async () => {
    const another = clusterLock(client, { lock: kind, namespace: 'default', name: `${name}-ours` })
    const created = await another.create(ours(), signal)
    await stand().told('started-leading')
    expect(await form(`${name}-ours`)).toBe(await form(name))
    await candidate!.stop()
    await another.update(created, released(created.record), signal)
    expect(await form(`${name}-ours`)).toBe(await form(name))
  })

  it('is read as it wrote it: leading, renewing, releasing', async () => {
    await stand().told('started-leading')
    const watching = new Watching(lock)
    const first = await watching.next()
    const second = await watching.next()
    expect([first, second]).toMatchObject([1, 2].map(() => ({ type: 'written', locked: { handedOver: false, record: { holderIdentity: 'client-go', leaseDurationSeconds: LEASE_SECONDS, leaseTransitions: 0 } } })))
    watching.stop()
    const recordOnceItEnds = async (): Promise<ElectionRecord> => {
      await stand().told('started-leading')
      await candidate!.stop()
      return (await lock.read(signal))!.record
    }
    await candidate!.stop()
    // Ended just before it hears that a renewal was applied, it tries in vain to release what it renewed.
    await expect.poll(recordOnceItEnds, PATIENCE).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 })
  })

  it('is respected while we renew it, and taken when we release it', async () => {
    const created = await lock.create(ours(), signal)
    await stand().told('new-leader', 'ours')
    const last = await renewFor(2 * LEASE_SECONDS * 1000, created)
    expect(candidate!.facts.map(({ type }) => type)).toEqual(['new-leader'])
    await lock.update(last, released(last.record), signal)
    await candidate!.told('started-leading')
    expect((await lock.read(signal))!.record).toMatchObject({ holderIdentity: 'client-go', leaseTransitions: 1 })
  })

  it('is taken when we no longer renew it, and our next write loses', async () => {
    const created = await lock.create(ours(), signal)
    await stand().told('started-leading')
    await expect(lock.update(created, ours(), signal)).rejects.toMatchObject({ kind: 'conflict' })
    expect((await lock.read(signal))!.record.holderIdentity).toBe('client-go')
  })

  it('keeps our microseconds until it writes itself, and all else that it does not know', async () => {
    const created = await lock.create(ours(), signal)
    await cluster.kubectl(['label', kind, name, 'app=web'])
    await cluster.kubectl(['annotate', kind, name, 'note=ours'])
    const found = await lock.read(signal)
    expect(found!.record).toEqual(created.record)
    await stand().told('started-leading')
    expect((await object()).metadata).toMatchObject({ labels: { app: 'web' }, annotations: { note: 'ours' } })
    const renewed = await lock.read(signal)
    await candidate!.stop()
    await lock.update((await lock.read(signal))!, { ...ours(), leaseTransitions: renewed!.record.leaseTransitions + 1 }, signal)
    expect((await object()).metadata).toMatchObject({ labels: { app: 'web' }, annotations: { note: 'ours' } })
  })

  it('keeps the record of who manages which field when we write', async () => {
    await stand().told('started-leading')
    await candidate!.stop()
    await cluster.kubectl(['label', kind, name, 'app=web', '--field-manager=somebody'])
    await lock.update((await lock.read(signal))!, ours(), signal)
    const raw = JSON.parse(await cluster.kubectl(['get', '--raw', apiPath(lockResource(kind), { namespace: 'default', name })])) as StoredObject
    expect(raw.metadata.managedFields.map(({ manager }) => manager)).toEqual(expect.arrayContaining(['somebody', 'kubectl-leader']))
  })

  it('is adopted by it when we hand it over, and the mark does not outlive that', async () => {
    const created = await lock.create(ours(), signal)
    await stand().told('new-leader', 'ours')
    const given = { ...ours(), holderIdentity: 'client-go', leaseTransitions: 1 }
    expect(await lock.handOver(created, given, 'nonce-1', signal)).toMatchObject({ handedOver: true })
    await candidate!.told('started-leading')
    await expect.poll(async () => (await lock.read(signal))!.record.renewTime, PATIENCE).not.toBe(given.renewTime)
    expect((await lock.read(signal))!.handedOver).toBe(false)
  })
})
