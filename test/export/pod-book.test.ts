import { describe, expect, it } from 'vitest'
import { PodBook } from '../../kubectl-plugin/export/pod-book.ts'
import { ClusterError } from '../../shared/cluster/errors.ts'
import type { ElectionEvent } from '../../shared/lease/event.ts'
import { pod } from '../support/cluster-objects.ts'
import { FakeClient, type Reply } from '../support/fake-client.ts'
import { StoreScene } from '../support/store-scene.ts'
import { verbatim } from '../../shared/phrase.ts'

const WEB = { namespace: 'shop', replicaSet: 'web-abc', hash: 'abc' }
const KEY = 'lease/shop/web'
const { signal } = new AbortController()

function scene(pods: readonly object[]): StoreScene & { pods: readonly object[]; book: PodBook; client: FakeClient; problems: string[]; fails: ClusterError | null } {
  const store = new StoreScene()
  const answer = (): Reply => made.fails ?? { body: { kind: 'PodList', metadata: { resourceVersion: '9' }, items: made.pods } }
  const client = new FakeClient(store.clock, answer)
  const problems: string[] = []
  const made = Object.assign(store, { pods, client, problems, fails: null as ClusterError | null, book: new PodBook(client, store.clock, store.store, (text) => problems.push(text)) })
  store.start([store.election('shop', 'web', { spec: { holderIdentity: 'web-abc-1_uuid' } })])
  return made
}

const released = (made: StoreScene): void => made.apply(made.election('shop', 'web', { spec: { holderIdentity: '', leaseDurationSeconds: 1 } }))

describe('the Pods of an election', () => {
  it('are those of the controller of its leader', async () => {
    const made = scene([pod('web-abc-1', { ...WEB, nodeName: 'n1' }), pod('web-abc-2', WEB), pod('web-abc-0', { ...WEB, phase: 'Failed' }), pod('db-1', { namespace: 'shop' })])
    await made.book.look(signal)
    expect(made.book.get(KEY)).toEqual({ holderPod: 'web-abc-1', holderNode: 'n1', candidates: 2, readyForMs: null })
  })

  it('are read only after a holder has changed', async () => {
    const made = scene([pod('web-abc-1', WEB), pod('web-abc-2', WEB)])
    await made.book.look(signal)
    const { length } = made.client.requests
    await made.book.look(signal)
    made.renew(made.election('shop', 'web'))
    await made.book.look(signal)
    expect(made.client.requests).toHaveLength(length)
    made.apply(made.election('shop', 'web', { spec: { holderIdentity: 'web-abc-2_uuid' } }))
    await made.book.look(signal)
    expect(made.book.get(KEY).holderPod).toBe('web-abc-2')
  })

  it('are looked for three times, if the Pod of the leader is not there', async () => {
    const made = scene([])
    for (let look = 0; look < 5; look++) await made.book.look(signal)
    expect(made.client.requests).toHaveLength(3)
    expect(made.book.get(KEY)).toEqual({ holderPod: '', holderNode: '', candidates: null, readyForMs: null })
  })

  it('are Ready for as long as one was at each look while there is no leader', async () => {
    const made = scene([pod('web-abc-1', WEB), pod('web-abc-2', WEB)])
    await made.book.look(signal)
    await made.clock.advance(100_000)
    released(made)
    await made.book.look(signal)
    await made.clock.advance(15_000)
    expect(made.book.get(KEY)).toMatchObject({ readyForMs: 15_000, holderPod: '', candidates: 2 })
    made.pods = [pod('web-abc-2', { ...WEB, isReady: false })]
    await made.book.look(signal)
    expect(made.book.get(KEY)).toMatchObject({ readyForMs: null, candidates: 1 })
  })

  it('are unknown while they cannot be read, which is told once', async () => {
    const made = scene([pod('web-abc-1', WEB)])
    await made.book.look(signal)
    released(made)
    await made.book.look(signal)
    made.fails = new ClusterError(verbatim('You are not allowed to list pods.'), { kind: 'forbidden', status: 403 })
    await made.book.look(signal)
    await made.book.look(signal)
    expect(made.book.get(KEY).readyForMs).toBeNull()
    expect(made.problems).toEqual(['You are not allowed to list pods.'])
  })

  it('are forgotten with the election', async () => {
    const made = scene([pod('web-abc-1', WEB)])
    await made.book.look(signal)
    const deleted: ElectionEvent['type'][] = []
    made.store.onEvent(({ type }) => deleted.push(type))
    made.remove(made.election('shop', 'web'))
    await made.book.look(signal)
    expect(deleted).toEqual(['deleted'])
    expect(made.book.get(KEY).holderPod).toBe('')
  })
})
