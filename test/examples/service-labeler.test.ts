import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHANGED_AT, FENCING_TOKEN, isToBeLabeled, SERVICES, type Change, type PodState } from '../../examples/service-labeler/pod-label.ts'
import type { Sandbox } from '../../shared/sandbox/index.ts'
import type { Terminal } from './terminal.ts'
import { startWorld, type World } from './world.ts'

const NAMESPACE = 'monitoring'
const PODS = ['web-1', 'web-2', 'db-0']
const PATIENCE = { timeout: 20_000, interval: 20 }

let world: World
let sandbox: Sandbox
let labelers: Map<string, Terminal>

beforeAll(async () => {
  world = await startWorld('service-labeler')
  sandbox = world.sandbox
  sandbox.plant('namespaces', { metadata: { name: NAMESPACE } })
  for (const name of PODS) plantPod(name)
  plantService('1')
  labelers = new Map(['a', 'b', 'c'].map((id) => [id, world.run([`--id=${id}`])]))
})
afterAll(() => world[Symbol.asyncDispose]())

function plantPod(name: string, more: object = {}): void {
  sandbox.plant('pods', { metadata: { name, namespace: NAMESPACE, ...more }, spec: { containers: [{ name: 'c', image: 'i' }] } })
}

function plantService(version: string): void {
  sandbox.plant('services', { metadata: { name: 'web', namespace: NAMESPACE, uid: 'service-web', labels: { version } }, spec: {} })
}

interface Labeled {
  readonly metadata: { readonly labels?: Record<string, string>; readonly annotations?: Record<string, string> }
}

const pod = (name: string): Labeled['metadata'] => (sandbox.peek('pods', NAMESPACE, name) as Labeled).metadata
const labels = (): (string | undefined)[] => PODS.map((name) => pod(name).labels?.[CHANGED_AT])
const leader = (): string[] =>
  [...labelers].filter(([, { output }]) => output.includes(': leading') && !output.includes('stopped leading')).map(([id]) => id)
const writers = (): string[] => [...labelers].filter(([, { output }]) => output.includes(': labeled')).map(([id]) => id)

describe('three service labelers', () => {
  it('have one leader, which changes nothing while no Service changes', async () => {
    await expect.poll(leader, PATIENCE).toHaveLength(1)
    const [first] = leader()
    await Promise.all([...labelers.values()].map((labeler) => labeler.printed(`${first!} is the leader`)))
    await labelers.get(first!)!.printed('watching 1 Services')
    expect(labels()).toEqual([undefined, undefined, undefined])
  })

  it('write the time of a change to every Pod, only the leader', async () => {
    const beforeMs = Date.now()
    plantService('2')
    await expect.poll(labels, PATIENCE).not.toContain(undefined)
    const [label] = labels()
    expect(new Set(labels()).size).toBe(1)
    expect(label).toMatch(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z$/)
    const changedAtMs = Date.parse(label!.replace(/T(\d\d)-(\d\d)-/, 'T$1:$2:'))
    expect(changedAtMs).toBeGreaterThanOrEqual(beforeMs)
    expect(changedAtMs).toBeLessThanOrEqual(Date.now())
    expect(writers()).toEqual(leader())
  })

  it('retry a write that failed', async () => {
    const [before] = labels()
    const [first] = leader()
    sandbox.faults.error({ method: 'PATCH', path: /\/pods\//, code: 500, times: 1 })
    plantService('3')
    await labelers.get(first!)!.printed(/retrying (web-1|web-2|db-0): 500 sandbox fault/)
    await expect.poll(labels, PATIENCE).not.toContain(before)
  })

  it('continue with the next leader when the leader stops, with the changes in between', async () => {
    const [first] = leader()
    const before = { label: labels()[0], term: pod('web-1').annotations![FENCING_TOKEN]! }
    const stopped = labelers.get(first!)!.interrupt()
    plantService('4')
    await stopped
    expect(labelers.get(first!)!.output).toContain('stopped leading (stopped)')
    await expect.poll(leader, PATIENCE).toHaveLength(1)
    expect(leader()).not.toEqual([first])
    await expect.poll(labels, PATIENCE).not.toContain(before.label)
    plantService('5')
    await labelers.get(leader()[0]!)!.printed(/labeled web-1/)
    expect(BigInt(pod('web-1').annotations![FENCING_TOKEN]!)).toBeGreaterThan(BigInt(before.term))
    expect(writers().toSorted()).toEqual([first, ...leader()].toSorted())
  })

  it('do not overwrite what a later term wrote, and exit', async () => {
    const [id] = leader()
    const later = { [SERVICES]: 'a-later-state', [FENCING_TOKEN]: '999999999999' }
    plantPod('web-1', { annotations: later })
    plantService('6')
    await labelers.get(id!)!.printed('Superseded: Pod web-1 was written in term 999999999999')
    expect(await labelers.get(id!)!.ended).toBe(1)
    expect(pod('web-1')).toMatchObject({ annotations: later })
    expect(pod('web-1').labels).toBeUndefined()
  })
})

describe('a Pod is to be labeled', () => {
  const change = { atMs: 0, services: 'now', isFirst: false }
  const known = (services: string): PodState => ({ metadata: { annotations: { [SERVICES]: services } } })

  it.each<[what: string, pod: PodState, change: Change, answer: boolean]>([
    ['that knows of another state', known('before'), change, true],
    ['that knows of this one', known('now'), change, false],
    ['that knows of none', { metadata: {} }, change, true],
    ['that is being deleted', { metadata: { deletionTimestamp: new Date(0) } }, change, false],
    ['that knows of another state, when a term begins', known('before'), { ...change, isFirst: true }, true],
    ['that knows of none, when a term begins', { metadata: {} }, { ...change, isFirst: true }, false],
  ])('%s', (_, candidate, latest, answer) => {
    expect(isToBeLabeled(candidate, latest)).toBe(answer)
  })
})
