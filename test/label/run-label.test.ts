import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { runLabel } from '../../kubectl-plugin/label/run-label.ts'
import { startSandbox, type Sandbox } from '../../shared/sandbox/index.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { fakeSession, type FakeSession } from '../support/fake-session.ts'
import { connectTo } from '../support/sandbox-client.ts'

/** The requests for the lease of the writers. */
const LABELER = /\/leases(\/web-labeler)?(\?|$)/
let sandbox: Sandbox
let clock: FakeClock

beforeEach(async () => {
  sandbox = await startSandbox()
  onTestFinished(() => sandbox.close())
  clock = new FakeClock()
  sandbox.plant('leases.coordination.k8s.io', { metadata: { namespace: 'default', name: 'web' }, spec: { holderIdentity: 'web-0' } })
})

async function start(user?: string): Promise<FakeSession & { readonly code: Promise<number> }> {
  const fake = fakeSession({ clock })
  const client = await connectTo(sandbox, user === undefined ? {} : { user })
  onTestFinished(() => client.close())
  const code = runLabel(fake.session, client, {
    election: { lock: 'lease', namespace: 'default', name: 'web' },
    label: { key: 'example.com/leader', value: 'true' },
    labelSelector: undefined,
    lease: 'web-labeler',
    identity: 'one',
    output: 'text',
  })
  code.catch(() => undefined)
  return { ...fake, code }
}

async function until(isSo: () => boolean): Promise<void> {
  const poll = async (): Promise<boolean> => {
    await clock.advance(500)
    return isSo()
  }
  await expect.poll(poll, { interval: 5, timeout: 20_000 }).toBe(true)
}

it.each([
  ['read', ['get', 'list', 'watch'], ['web']],
  ['create', ['get', 'list', 'watch'], undefined],
])('ends if it is not allowed to %s its own lease', async (_what, verbs, resourceNames) => {
  sandbox.addUser({ name: 'reader', rules: [{ verbs, apiGroups: ['coordination.k8s.io'], resources: ['leases'], ...(resourceNames && { resourceNames }) }] })
  const { code, stdout } = await start('reader')
  await expect(code).rejects.toMatchObject({ name: 'ClusterError', kind: 'forbidden' })
  // That it may not watch either is said before.
  expect(stdout()).not.toMatch(/retrying: You are not allowed to (get|create) /)
})

it('works without permission to watch its own lease, and says so once', async () => {
  const leases = { apiGroups: ['coordination.k8s.io'], resources: ['leases'] }
  const watched = { ...leases, verbs: ['get', 'list', 'watch'], resourceNames: ['web'] }
  sandbox.addUser({ name: 'poller', rules: [watched, { ...leases, verbs: ['get', 'create', 'update'] }, { apiGroups: [''], resources: ['pods', 'services'], verbs: ['get', 'list', 'watch', 'patch'] }] })
  const { code, stdout, interrupt } = await start('poller')
  const times = (text: string): number => stdout().split(text).length - 1
  await until(() => times('writing the label') === 1 && times('not allowed to watch leases') === 1)
  await clock.advance(1_200_000)
  expect(times('not allowed to watch leases')).toBe(1)
  interrupt()
  await code
})

it('tells each problem with its own lease once in an outage', async () => {
  const { stdout, interrupt, code } = await start()
  const times = (text: string): number => stdout().split(text).length - 1
  await until(() => times('writing the label') === 1)
  for (const outage of [1, 2]) {
    const before = sandbox.requests.total
    const recover = sandbox.faults.error({ path: LABELER, code: 503 })
    await until(() => sandbox.requests.total > before + 20)
    expect(times('failed to update leases')).toBe(outage)
    expect(times('failed to get leases')).toBe(outage)
    recover()
    await until(() => times('writing the label') === outage + 1)
  }
  interrupt()
  await code
})
