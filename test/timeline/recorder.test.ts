import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { TimelineRecorder, type TimelineTarget } from '../../extension/timeline/recorder.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { startSandbox, type Sandbox } from '../../shared/sandbox/index.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { systemClock, type Clock } from '../../shared/time/clock.ts'
import { connectTo } from '../support/sandbox-client.ts'

vi.mock('vscode', () => import('../extension/support/fake-vscode.ts'))

const LEASES = 'leases.coordination.k8s.io'

let sandbox: Sandbox
let recorder: TimelineRecorder

beforeEach(async () => {
  sandbox = await startSandbox()
})
afterEach(async () => {
  recorder[Symbol.dispose]()
  await sandbox.close()
})

function record(connect: TimelineTarget['connect'] = () => connectTo(sandbox), clock: Clock = systemClock): void {
  recorder = new TimelineRecorder({ lock: 'lease', namespace: 'shop', name: 'checkout', connect }, clock)
}

let writes = 0
function write(holderIdentity: string, leaseTransitions = 0, name = 'checkout'): void {
  const renewTime = `2026-01-01T00:00:00.${String(++writes).padStart(6, '0')}Z`
  const spec = { holderIdentity, leaseTransitions, leaseDurationSeconds: 15, renewTime }
  sandbox.plant(LEASES, { metadata: { namespace: 'shop', name }, spec })
}

/** Waits for the spans, as `led a`; the last one lasts. */
async function spansAre(...expected: readonly string[]): Promise<void> {
  const spans = (): string[] => recorder.snapshot().spans.map(({ kind, holderIdentity }) => `${kind} ${holderIdentity}`.trim())
  await expect.poll(spans, { timeout: 20_000 }).toEqual(expected)
}

describe('the recording of one election', () => {
  it('contains every change of its record, including a failover’s placeholder', async () => {
    write('a')
    record()
    await spansAre('led a')
    write('kubectl-leader-failover_1')
    await spansAre('led a', 'blocked kubectl-leader-failover_1')
    write('')
    await spansAre('led a', 'blocked kubectl-leader-failover_1', 'free')
    write('b', 1)
    await spansAre('led a', 'blocked kubectl-leader-failover_1', 'free', 'led b')
    expect(recorder.snapshot().transitions.map(({ from, to, how }) => `${from}→${to} ${how}`)).toEqual(['a→b failover'])
    expect(recorder.phase).toEqual({ type: 'live' })
  })

  it('contains nothing of other elections', async () => {
    write('a')
    write('x', 0, 'another')
    record()
    await spansAre('led a')
    write('y', 1, 'another')
    write('a')
    await expect.poll(() => recorder.snapshot().renewals.length).toBe(1)
    await spansAre('led a')
  })

  it('begins when the election is created', async () => {
    record()
    await expect.poll(() => recorder.phase).toEqual({ type: 'live' })
    await spansAre()
    write('a')
    await spansAre('led a')
  })

  it('needs one watch of one object', async () => {
    write('a')
    record()
    await spansAre('led a')
    const watches = sandbox.requests.list(({ path }) => path.includes('watch='))
    expect(watches.map(({ path }) => path)).toEqual([expect.stringMatching(/namespaces\/shop\/leases\?.*metadata\.name%3Dcheckout/)])
  })
})

describe('a connection', () => {
  it('that cannot be made is reported with its reason, and retried', async () => {
    write('a')
    let tries = 0
    record(() => (++tries === 1 ? Promise.reject(new Error('The kubeconfig is gone.')) : connectTo(sandbox)))
    await expect.poll(() => recorder.phase).toEqual({ type: 'failed', reason: 'The kubeconfig is gone.' })
    await spansAre('led a')
    expect(recorder.phase).toEqual({ type: 'live' })
  })

  it('that breaks leaves a span without data, and is restored', async () => {
    write('a')
    record()
    await spansAre('led a')
    const heal = sandbox.faults.drop({})
    sandbox.faults.breakWatches()
    await expect.poll(() => recorder.snapshot().disconnected.length, { timeout: 20_000 }).toBe(1)
    expect(recorder.snapshot().lastChange).toBeNull()
    heal()
    await expect.poll(() => recorder.snapshot().disconnected.at(-1)?.to ?? null, { timeout: 20_000 }).not.toBeNull()
    write('a')
    await expect.poll(() => recorder.snapshot().renewals.length).toBe(1)
  })

  it('that stays broken is replaced, and the recorder names the dead one', async () => {
    write('a')
    const clock = new FakeClock()
    const given: ApiClient[] = []
    const dead: (ApiClient | null)[] = []
    record(async (last) => {
      dead.push(last)
      given.push(await connectTo(sandbox))
      return given.at(-1)!
    }, clock)
    await spansAre('led a')
    sandbox.faults.drop({})
    sandbox.faults.breakWatches()
    await expect.poll(() => clock.advance(1_000).then(() => given.length), { timeout: 20_000 }).toBe(2)
    expect(dead).toEqual([null, given[0]])
  })
})
