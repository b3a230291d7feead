import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runBuilt, startBuilt } from '../support/built-cli.ts'
import { startRealCluster } from '../support/real-cluster.ts'
import { freePorts } from '../support/real/ports.ts'
import { AuditLog } from './audit.ts'

/** The exporter, the labeler and a candidate that labels its own Pod, with exactly the permissions that their manifests grant. */
const EXPORTER = 'system:serviceaccount:default:leader-exporter'
const LABELER = 'system:serviceaccount:default:web-labeler'
const SIDECAR = 'system:serviceaccount:default:own'
const OTHER_LOCKS = [
  ['configmap', 'configmaps'],
  ['endpoints', 'endpoints'],
] as const
const labelerOf = (lock: string): string => `system:serviceaccount:default:by-${lock}-labeler`
const KEY = 'example.com/leader'
const PATIENCE = { timeout: 60_000, interval: 200 }

const audit = new AuditLog()
const cluster = await startRealCluster({ users: [EXPORTER, LABELER, SIDECAR, ...OTHER_LOCKS.map(([lock]) => labelerOf(lock))], apiServerFlags: audit.flags })
const minor = Number(/^v1\.(\d+)/.exec(cluster.version)![1])
const hasPolicies = minor >= 30
afterAll(async () => {
  await cluster.close()
  audit[Symbol.dispose]()
})

const generated = async (...args: readonly string[]): Promise<string> => (await runBuilt(['generate', ...args, '-n', 'default'])).stdout
/** The test itself asks whether the Role is in force. */
const allowed = (user: string): string[] => audit.requests(user, 'allowed').filter((request) => !request.endsWith('accessreviews'))
const apply = (input: string, ...more: readonly string[]): Promise<string> => cluster.kubectl(['apply', '-f', '-', ...more], { input })
const may = (user: string, verb: string, what: string): Promise<string> => cluster.kubectl(['auth', 'can-i', verb, what], { user }).catch(String)

async function renew(holderIdentity: string, transitions: number): Promise<void> {
  const now = new Date().toISOString().replace('Z', '000Z')
  const spec = { holderIdentity, leaseDurationSeconds: 60, leaseTransitions: transitions, acquireTime: now, renewTime: now }
  await apply(JSON.stringify({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'web', namespace: 'default' }, spec }))
}

beforeAll(async () => {
  const kinds = ['ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job']
  for (const [index, kind] of kinds.entries()) {
    const owner = { apiVersion: kind === 'Job' ? 'batch/v1' : 'apps/v1', kind, name: 'gone', uid: `00000000-0000-4000-8000-00000000000${index}`, controller: true }
    const metadata = { name: `web-${index}`, namespace: 'default', labels: { app: 'web' }, ownerReferences: [owner] }
    await apply(JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [{ name: 'a', image: 'a' }], automountServiceAccountToken: false } }))
  }
})

describe('with what "generate monitoring" prints', () => {
  it('the exporter asks for all of it, and for nothing else', async () => {
    await apply(await generated('monitoring', '--scrape=annotations'))
    await expect.poll(() => may(EXPORTER, 'list', 'pods'), PATIENCE).toMatch(/^yes/)
    const [port] = (await freePorts(1)) as [number]
    await renew('web-0_a', 1)
    const exporter = startBuilt(['export', '-A', '--http', String(port)], { KUBECONFIG: cluster.kubeconfigFor(EXPORTER) })
    const metrics = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    await expect.poll(() => metrics().catch(String), PATIENCE).toContain('holder_pod="web-0"')
    exporter.kill('SIGTERM')
    await exporter.finished
    expect(audit.requests(EXPORTER, 'forbidden')).toEqual([])
    expect(allowed(EXPORTER)).toEqual(['list leases', 'list pods', 'watch leases'])
  })
})

describe('with what "generate labeler" prints', () => {
  const args = ['labeler', 'web', '--label', KEY] as const

  it('the labeler asks for all of it, and for nothing else', async () => {
    await apply(await generated(...args, ...(hasPolicies ? [] : ['--no-policy'])))
    await expect.poll(() => may(LABELER, 'patch', 'pods'), PATIENCE).toMatch(/^yes/)
    const labeler = startBuilt(['label', 'web', '--label', KEY], { KUBECONFIG: cluster.kubeconfigFor(LABELER) })
    const labeled = (): Promise<string> => cluster.kubectl(['get', 'pods', '-l', `${KEY}=true`, '-o', 'name'])
    for (const [transitions, name] of ['web-1', 'web-2'].entries()) {
      await expect
        .poll(async () => {
          await renew(`${name}_a`, transitions + 2)
          return labeled()
        }, PATIENCE)
        .toBe(`pod/${name}\n`)
    }
    labeler.kill('SIGTERM')
    await labeler.finished
    expect(audit.requests(LABELER, 'forbidden')).toEqual([])
    const controllers = ['get daemonsets', 'get jobs', 'get replicasets', 'get statefulsets']
    const leases = ['create leases', 'get leases', 'list leases', 'update leases', 'watch leases']
    expect(allowed(LABELER)).toEqual([...controllers, ...leases, 'get pods', 'list pods', 'patch pods'].sort())
  })

  it.each(OTHER_LOCKS)('so does that of an election in a %s', async (lock, resource) => {
    const name = `by-${lock}`
    const user = labelerOf(lock)
    const key = `example.com/${name}`
    const kind = { configmap: 'ConfigMap', endpoints: 'Endpoints' }[lock]
    await apply(await generated('labeler', `${lock}/${name}`, '--label', key, ...(hasPolicies ? [] : ['--no-policy'])))
    await expect.poll(() => may(user, 'patch', 'pods'), PATIENCE).toMatch(/^yes/)
    const labeler = startBuilt(['label', `${lock}/${name}`, '--label', key], { KUBECONFIG: cluster.kubeconfigFor(user) })
    await expect
      .poll(async () => {
        const now = new Date().toISOString()
        const record = { holderIdentity: 'web-1_a', leaseDurationSeconds: 60, leaderTransitions: 1, acquireTime: now, renewTime: now }
        const annotations = { 'control-plane.alpha.kubernetes.io/leader': JSON.stringify(record) }
        await apply(JSON.stringify({ apiVersion: 'v1', kind: kind, metadata: { name, namespace: 'default', annotations } }))
        return cluster.kubectl(['get', 'pods', '-l', `${key}=true`, '-o', 'name'])
      }, PATIENCE)
      .toBe('pod/web-1\n')
    labeler.kill('SIGTERM')
    await labeler.finished
    expect(audit.requests(user, 'forbidden')).toEqual([])
    expect(allowed(user)).toEqual(expect.arrayContaining(['list', 'watch'].map((verb) => `${verb} ${resource}`)))
  })

  it(`its account may change nothing else of a Pod, where there are policies (this is 1.${minor})`, async () => {
    const policies = generated(...args)
    if (!hasPolicies) {
      await expect(policies.then((text) => apply(text))).rejects.toThrow('ValidatingAdmissionPolicy')
      return
    }
    const patch = (metadata: object, more: object = {}): Promise<string> =>
      cluster.kubectl(['patch', 'pod', 'web-0', '--type=merge', '-p', JSON.stringify({ metadata, ...more })], { user: LABELER }).catch(String)
    await expect.poll(() => patch({ labels: { other: 'x' } }), PATIENCE).toContain('may write only the label')
    expect(await patch({ labels: { [KEY]: 'false' } })).toContain('may write only the label')
    expect(await patch({ labels: { app: null } })).toContain('may write only the label')
    expect(await patch({ labels: { app: 'other' } })).toContain('may write only the label')
    expect(await patch({ annotations: { other: 'x' } })).toContain('may write only the annotation')
    expect(await patch({ finalizers: ['example.com/x'] })).toContain('finalizers')
    expect(await patch({ ownerReferences: null })).toContain('owners')
    expect(await patch({}, { spec: { activeDeadlineSeconds: 5 } })).toContain('may not change the spec')
    expect(await patch({ labels: { [KEY]: 'true' }, annotations: { 'fence.leader.kubectl.dev/example.com_leader': '1.1' } })).toContain('patched')
  })
})

describe('with what "generate sidecar --mode=label --labeled-by=sidecar" prints', () => {
  it('a candidate asks for all of it, and for nothing else', async () => {
    const printed = await generated('sidecar', 'own', '--mode=label', `--label=${KEY}-own`, '--labeled-by=sidecar', ...(hasPolicies ? [] : ['--no-policy']))
    await apply(printed)
    await expect.poll(() => may(SIDECAR, 'patch', 'pods'), PATIENCE).toMatch(/^yes/)
    const own = ['--pod', 'web-3', '--label', `${KEY}-own`, '--selector', 'app=web', '--yes', '--max-hold=0']
    const candidate = startBuilt(['join', 'own', ...own], { KUBECONFIG: cluster.kubeconfigFor(SIDECAR) })
    await candidate.printed('Pod web-3')
    // Now and then, it looks at its Pod.
    await expect.poll(() => allowed(SIDECAR), PATIENCE).toContain('get pods')
    candidate.kill('SIGTERM')
    await candidate.finished
    expect(audit.requests(SIDECAR, 'forbidden')).toEqual([])
    const controllers = ['get daemonsets', 'get jobs', 'get replicasets', 'get statefulsets']
    const leases = ['create leases', 'get leases', 'update leases', 'watch leases']
    expect(allowed(SIDECAR)).toEqual(['create events', ...controllers, ...leases, 'get pods', 'list pods', 'patch pods'].sort())
  })
})
