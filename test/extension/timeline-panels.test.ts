import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ClusterSession } from '../../extension/clusters/cluster-session.ts'
import { Clusters } from '../../extension/clusters/clusters.ts'
import { ElectionHandle } from '../../extension/clusters/election-handle.ts'
import { LeasePauses } from '../../extension/debug/lease-pauses.ts'
import { KubeconfigSource } from '../../extension/clusters/kubeconfig-source.ts'
import { Memory } from '../../extension/memory/memory.ts'
import { Timelines, type TimelinesSurroundings } from '../../extension/timeline/index.ts'
import type { PanelStart, TimelinePanel } from '../../extension/timeline/panel.ts'
import type { TimelineTarget } from '../../extension/timeline/recorder.ts'
import type { Timeline } from '../../shared/lease/timeline/timeline.ts'
import type { TimelineSnapshot } from '../../shared/lease/timeline/snapshot.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { Uri, window } from './support/fake-vscode.ts'

vi.mock('vscode', () => import('./support/fake-vscode.ts'))
vi.mock('../../shared/cluster/elections/events.ts', () => ({ listNotices: () => Promise.resolve([]) }))
vi.mock('../../extension/timeline/panel.ts', () => ({
  VIEW_TYPE: 'timeline',
  TimelinePanel: class implements Pick<TimelinePanel, 'reveal' | 'snapshot' | 'isTransient'> {
    readonly reveal = (): void => {}
    readonly isTransient = false
    readonly #onClose: () => void
    constructor(_: unknown, __: PanelStart, onClose: () => void) {
      this.#onClose = onClose
    }
    snapshot(): TimelineSnapshot {
      return begun.at(-1)!.snapshot({ monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() })
    }
    [Symbol.dispose](): void {
      this.#onClose()
    }
  },
}))

vi.mock('../../extension/timeline/recorder.ts', () => ({
  TimelineRecorder: class {
    readonly phase = { type: 'live' }
    constructor(target: TimelineTarget, _: unknown, timeline: Timeline) {
      begun.push(timeline)
      opened.push(target)
    }
  },
}))

const opened: TimelineTarget[] = []
const begun: Timeline[] = []
const SCOPE = { namespaces: 'all', locks: ['lease'] } as const
const clock = new FakeClock()

let folder: string
let clusters: Clusters
let timelines: Timelines

const memoryIn = (path: string): Memory => new Memory({ clock, folder: path, isKept: true, reason: '', onFailure() {} })

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
  await timelines.open(new ElectionHandle(session, { lock: 'lease', namespace: 'default', name: 'worker' }))
}

beforeEach(() => {
  const choice = { contexts: [], scope: SCOPE }
  const surroundings = { env: {}, clock, version: 'test', isInteractive: () => false, onPluginStderr() {} }
  clusters = new Clusters(new KubeconfigSource('/nowhere', {}, clock), choice, surroundings)
  folder = mkdtempSync(join(tmpdir(), 'timelines-'))
  const storage = Uri.file(folder) as unknown as TimelinesSurroundings['context']['globalStorageUri']
  timelines = new Timelines({ clusters, clock, memory: memoryIn(folder), pauses: new LeasePauses(clock), context: { extensionUri: storage, globalStorageUri: storage, storageUri: undefined } })
})
afterEach(() => {
  timelines.dispose()
  clusters[Symbol.dispose]()
  rmSync(folder, { recursive: true })
  opened.length = 0
  begun.length = 0
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

  it('is opened once, although it takes a while to open', async () => {
    const session = started(1001)
    await Promise.all([open(session), open(session)])
    expect(opened).toHaveLength(1)
  })
})

describe('a timeline that VS Code restores after a reload of the window', () => {
  const STATE = { subject: { context: 'one', lock: 'lease', namespace: 'default', name: 'worker' }, isTransient: false }
  const panel = { dispose: vi.fn() }

  /** Restores it in a window of its own. */
  async function restore(state: unknown): Promise<void> {
    panel.dispose.mockClear()
    const registered = vi.spyOn(window, 'registerWebviewPanelSerializer')
    const storage = Uri.file(folder) as unknown as TimelinesSurroundings['context']['globalStorageUri']
    timelines = new Timelines({ clusters, clock, memory: memoryIn(folder), pauses: new LeasePauses(clock), context: { extensionUri: storage, globalStorageUri: storage, storageUri: undefined } })
    const serializer = registered.mock.lastCall![1] as { deserializeWebviewPanel(panel: unknown, state: unknown): Promise<void> }
    await serializer.deserializeWebviewPanel(panel, state)
  }

  beforeEach(() => {
    const session = new ClusterSession({ name: 'one', context: 'one', isSandbox: false, clock, scope: SCOPE, open: () => Promise.reject(new Error('not yet')) })
    vi.spyOn(clusters, 'sessionFor').mockImplementation((context) =>
      context === 'one' ? Promise.resolve({ session, namespace: 'default' }) : Promise.reject(new Error('There is no such context.')),
    )
  })

  it('goes on with its recording, after a stretch about which nothing is known', async () => {
    await restore(STATE)
    const record = { holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 0, acquireTime: null, renewTime: 'x', strategy: null, preferredHolder: null }
    begun.at(-1)!.read(record, { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() })
    await clock.advance(2_000)
    await timelines.keep()
    timelines.dispose()
    await clock.advance(5_000)
    await restore(STATE)
    expect(begun.at(-1)!.snapshot({ monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() })).toMatchObject({
      spans: [{ kind: 'led', holderIdentity: 'a', to: { monotonicMs: clock.monotonicMs() - 5_000 } }],
      disconnected: [{ to: null, reason: 'The window was reloaded.', from: { monotonicMs: clock.monotonicMs() - 5_000 } }],
    })
    expect(panel.dispose).not.toHaveBeenCalled()
  })

  it.each<[string, unknown]>([
    ['of the sandbox, which has ended', { ...STATE, isTransient: true }],
    ['of a context that is gone', { ...STATE, subject: { ...STATE.subject, context: 'gone' } }],
    ['without a state', undefined],
    ['with a state that is none', { subject: { context: 7 }, isTransient: false }],
  ])('is closed: one %s', async (_, state) => {
    await restore(state)
    expect(panel.dispose).toHaveBeenCalledOnce()
    expect(opened).toEqual([])
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
