import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { App } from '../../extension/app.ts'
import { ClusterSession } from '../../extension/clusters/cluster-session.ts'
import { Clusters } from '../../extension/clusters/clusters.ts'
import { ElectionHandle } from '../../extension/clusters/election-handle.ts'
import { KubeconfigSource } from '../../extension/clusters/kubeconfig-source.ts'
import { timeline } from '../../extension/commands/show.ts'
import type { TimelinePanel } from '../../extension/timeline/panel.ts'
import type { TimelineTarget } from '../../extension/timeline/recorder.ts'
import { FakeClock } from '../../shared/time/index.ts'

vi.mock('vscode', () => import('./support/fake-vscode.ts'))
vi.mock('../../extension/timeline/panel.ts', () => ({
  TimelinePanel: class implements Pick<TimelinePanel, 'reveal'> {
    readonly reveal = (): void => {}
    readonly #onClose: () => void
    constructor(target: TimelineTarget, _: unknown, onClose: () => void) {
      opened.push(target)
      this.#onClose = onClose
    }
    [Symbol.dispose](): void {
      this.#onClose()
    }
  },
}))

const opened: TimelineTarget[] = []
const SCOPE = { namespaces: 'all', locks: ['lease'] } as const
const clock = new FakeClock()
const subscriptions: { dispose(): void }[] = []

let clusters: Clusters

/** The session of a sandbox that was just started, in the place of the one before. */
function started(port: number): ClusterSession {
  const kubeconfig = {
    'current-context': 'sandbox',
    clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'sandbox', context: { cluster: 'c', user: 'u' } }],
  }
  clusters.addSandbox({ name: 'sandbox', kubeconfig: JSON.stringify(kubeconfig), runCandidates: () => Promise.resolve(), stop: () => Promise.resolve() })
  return clusters.sessions.at(-1)!
}

async function open(session: ClusterSession): Promise<void> {
  const handle = new ElectionHandle(session, { lock: 'lease', namespace: 'default', name: 'worker' })
  const app = { clusters, clock, context: { subscriptions } } as unknown as App
  await timeline(app, { kind: 'election', id: '', handle })
}

beforeEach(() => {
  const choice = { contexts: [], scope: SCOPE }
  const surroundings = { env: {}, clock, version: 'test', isInteractive: () => false, onPluginStderr() {} }
  clusters = new Clusters(new KubeconfigSource('/nowhere', {}, clock), choice, surroundings)
})
afterEach(() => {
  for (const subscription of subscriptions) subscription.dispose()
  clusters[Symbol.dispose]()
  opened.length = 0
})

describe('the timeline of an election', () => {
  it('is opened once, and follows the election to a restarted sandbox', async () => {
    await open(started(1001))
    const [target] = opened
    const dead = await target!.connect(null)
    expect(dead.server).toMatch(/:1001/)
    expect(await target!.connect(null)).toBe(dead)
    clusters.removeSandbox()
    await open(started(1002))
    expect(opened).toHaveLength(1)
    expect((await target!.connect(dead)).server).toMatch(/:1002/)
  })

  it('is a different one for a context of the same name', async () => {
    await open(started(1001))
    const connect = (): Promise<never> => Promise.reject(new Error('not to be called'))
    await open(new ClusterSession({ name: 'sandbox', context: 'sandbox', isSandbox: false, clock, scope: SCOPE, open: connect }))
    expect(opened).toHaveLength(2)
  })

  it('is registered once to be closed with the window', async () => {
    const session = started(1001)
    await open(session)
    for (const subscription of subscriptions) subscription.dispose()
    await open(session)
    expect(opened).toHaveLength(2)
    expect(subscriptions).toHaveLength(1)
  })
})

describe('the connection of a context', () => {
  it('is replaced if it is dead, once for all callers that had it', async () => {
    const session = started(1001)
    const dead = await session.client()
    const [one, another] = await Promise.all([session.client(dead), session.client(dead)])
    expect(one).not.toBe(dead)
    expect(another).toBe(one)
    expect(await session.client(dead)).toBe(one)
  })
})
