import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runBuilt, startBuilt } from '../support/built-cli.ts'
import { startRealCluster } from '../support/real-cluster.ts'
import { freePorts } from '../support/real/ports.ts'
import { AuditLog } from './audit.ts'

/** The exporter and the labeler, with exactly the permissions that their manifests grant. */
const EXPORTER = 'system:serviceaccount:default:leader-exporter'
const LABELER = 'system:serviceaccount:default:web-labeler'
const KEY = 'example.com/leader'
const PATIENCE = { timeout: 60_000, interval: 200 }

const audit = new AuditLog()
const cluster = await startRealCluster({ users: [EXPORTER, LABELER], apiServerFlags: audit.flags })
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
