import { expect, it } from 'vitest'
import { diagnose } from '../../shared/actions/doctor.ts'
import { startDemo } from '../../shared/sandbox/demo/demo.ts'
import { startSandbox, type AccessRule } from '../../shared/sandbox/index.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { HttpApi } from '../support/http-api.ts'
import { connectTo } from '../support/sandbox-client.ts'
import { DoctorScene, type DoctorWorld } from './scene.ts'
import { describeDoctor } from './suite.ts'

async function startWorld(): Promise<DoctorWorld & AsyncDisposable & { sandbox: Awaited<ReturnType<typeof startSandbox>> }> {
  const sandbox = await startSandbox()
  const granted = new Map<string, AccessRule[]>()
  return {
    sandbox,
    admin: new HttpApi(sandbox),
    client: (user) => connectTo(sandbox, user === undefined ? {} : { user }),
    async grant(user, namespace, rules) {
      const all = [...(granted.get(user) ?? []), ...rules.map((rule) => ({ ...rule, namespaces: [namespace] }))]
      granted.set(user, all)
      sandbox.addUser({ name: user, rules: all })
    },
    [Symbol.asyncDispose]: () => sandbox.close(),
  }
}

describeDoctor('the sandbox', startWorld)

it('finds a lease that is too short for an API server as slow as this one', async () => {
  await using world = await startWorld()
  await using scene = new DoctorScene(world, 'slow')
  const pods = [{ name: 'short-1', status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } }]
  const short = { name: 'short', is: '', spec: { holderIdentity: 'short-1', leaseDurationSeconds: 5 }, pods, goesOn: [[1_000, {}]] as const, finds: {} }
  await scene.plant([short])
  world.sandbox.faults.latency(1_200, { method: 'GET' })
  const { findings } = await scene.diagnose()
  expect(findings.find(({ code }) => code === 'durationTooShort')).toMatchObject({ severity: 'warning', evidence: { leaseDurationSeconds: 5 } })
})

it('finds in the demo what the demo shows, and no more', async () => {
  const sandbox = await startSandbox()
  const client = await connectTo(sandbox)
  const stop = new AbortController()
  const { ended } = startDemo({ sandbox, clock: systemClock }, stop.signal)
  try {
    const names = ['invoice-worker', 'price-updater', 'report-builder', 'kube-scheduler', 'metrics-aggregator']
    const { findings } = await diagnose(client, systemClock, { namespaces: 'all', names })
    const found = findings.map(({ election, code }) => `${election?.name ?? ''} ${code}`)
    expect(found).toEqual(expect.arrayContaining(['invoice-worker expired', 'invoice-worker holderPodGone', 'price-updater flapping']))
    expect(found).toContain('report-builder renewalIntervalTooLong')
    expect(found.filter((each) => /scheduler|aggregator/.test(each))).toEqual([])
  } finally {
    stop.abort()
    await ended
    client.close()
    await sandbox.close()
  }
}, 60_000)

it('takes 10,000 leases with a watch, a list of Pods and few other requests', async () => {
  const sandbox = await startSandbox()
  const client = await connectTo(sandbox)
  try {
    const renewTime = new Date(systemClock.wallMs()).toISOString()
    for (let index = 0; index < 10_000; index++) {
      const metadata = { namespace: `team-${index % 50}`, name: `lease-${index}` }
      const spec = { holderIdentity: `pod-${index}`, leaseDurationSeconds: 3600, renewTime, acquireTime: renewTime, leaseTransitions: 1 }
      sandbox.plant('leases.coordination.k8s.io', { metadata, spec })
    }
    sandbox.requests.clear()
    const { elections } = await diagnose(client, systemClock, { namespaces: 'all' }, { observeMs: 2_000 })
    expect(elections).toHaveLength(10_000)
    const asked = sandbox.requests.list(() => true)
    expect(asked.filter(({ path }) => path.includes('/pods'))).toHaveLength(1)
    expect(asked.filter(({ verb }) => verb === 'watch')).toHaveLength(1)
    expect(asked.filter(({ verb, path }) => verb === 'list' && path.includes('/v1/leases'))).toHaveLength(1)
    expect(asked.length).toBeLessThan(40)
  } finally {
    client.close()
    await sandbox.close()
  }
})
