import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fenceAnnotation } from '../../shared/label/labeled-pods.ts'
import { connect } from '../../shared/cluster/connection/connection.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import type { ClusterError } from '../../shared/cluster/errors.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { runBuilt, startBuilt, type Running } from '../support/built-cli.ts'
import { startRealCluster, type RealCluster } from '../support/real-cluster.ts'
import { ForeignElection } from './elections.ts'
import { PODS, type Pod } from './label-judge.ts'

/** The built program labels Pods on a real kube-apiserver; transitions.real.test.ts judges many of its transitions. */
const KEY = 'example.com/leader'
const NAMES = ['web-0', 'web-1', 'web-2', 'web-3']
const MERGE = 'application/merge-patch+json'

let cluster: RealCluster
let client: ApiClient
let env: NodeJS.ProcessEnv

beforeAll(async () => {
  cluster = await startRealCluster({ users: ['labeler'] })
  client = await connect({ kubeconfig: cluster.kubeconfig }, { env: {}, clock: systemClock, version: 'test' })
  env = { KUBECONFIG: cluster.kubeconfig }
  for (const name of NAMES) await createPod(name)
})

afterAll(async () => {
  client.close()
  await cluster.close()
})

async function createPod(name: string, app = 'web', owner?: object): Promise<void> {
  const metadata = { name, labels: { app }, ...(owner && { ownerReferences: [owner] }) }
  const spec = { containers: [{ name: 'a', image: 'a' }], automountServiceAccountToken: false }
  await client.request({ method: 'POST', path: PODS, body: { metadata, spec }, subject: { verb: 'create' } })
}

const pods = async (): Promise<readonly Pod[]> =>
  (await client.request<{ items: Pod[] }>({ method: 'GET', path: PODS, subject: { verb: 'list' } })).items
const labeledPods = async (): Promise<string[]> => (await pods()).filter(({ metadata }) => metadata.labels?.[KEY] !== undefined).map(({ metadata }) => metadata.name)

async function until(what: string, isSo: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const untilMs = Date.now() + timeoutMs
  while (!(await isSo())) {
    if (Date.now() > untilMs) throw new Error(`${what}: not within ${timeoutMs} ms; labeled: ${(await labeledPods()).join()}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const isLabeled = (...names: readonly string[]) => async (): Promise<boolean> => (await labeledPods()).join() === names.join()
const startLabeler = (name: string, id: string, ...more: readonly string[]): Running =>
  startBuilt(['label', name, '--label', KEY, '-l', 'app=web', '--id', id, ...more], env)

describe('the label', () => {
  it('cannot come late: a write from before the term fails, on each other Pod', async () => {
    using election = new ForeignElection(client, 'default', 'late')
    const before = (await pods()).filter(({ metadata }) => NAMES.includes(metadata.name))
    await election.lead('web-1')
    const writer = startLabeler('late', 'one')
    await until('a label', isLabeled('web-1'))
    for (const { metadata } of before) {
      const body = { metadata: { resourceVersion: metadata.resourceVersion, labels: { [KEY]: 'true' } } }
      const late = client.request({ method: 'PATCH', path: `${PODS}/${metadata.name}`, contentType: MERGE, body, subject: { verb: 'patch' } })
      await expect(late).rejects.toMatchObject({ kind: 'conflict' } satisfies Partial<ClusterError>)
    }
    writer.kill('SIGTERM')
    expect((await writer.finished).code).toBe(143)
    // The next writer moves or removes it.
    expect(await labeledPods()).toEqual(['web-1'])
  })

  it('waits for an election that does not exist: until then, nothing is written', async () => {
    const before = await pods()
    const writer = startLabeler('later', 'one')
    await writer.printed('waiting: the lease "later" in namespace "default" does not exist yet')
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    const versions = (all: readonly Pod[]): readonly unknown[] => all.map(({ metadata }) => [metadata.name, metadata.resourceVersion])
    expect(versions(await pods())).toEqual(versions(before))
    const leases = await cluster.kubectl(['get', 'leases', '-o', 'name'])
    expect(leases).not.toContain('later-labeler')
    using election = new ForeignElection(client, 'default', 'later')
    await election.lead('web-2')
    await until('a label', isLabeled('web-2'))
    writer.kill('SIGTERM')
    await writer.finished
    expect(writer.stdout()).toContain('Pod web-2 keeps the label until another process of this command moves or removes it')
  })

  it('is on no Pod if one cannot be written, and this is said', async () => {
    using election = new ForeignElection(client, 'default', 'partly')
    await client.request({ method: 'PATCH', path: `${PODS}/web-1`, contentType: MERGE, body: { metadata: { labels: { [KEY]: null } } }, subject: { verb: 'patch' } })
    const group = ['rbac.authorization.k8s.io/v1', 'Role', 'partly'] as const
    const rules = [
      { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'list', 'watch', 'create', 'update'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] },
      { apiGroups: [''], resources: ['pods'], resourceNames: ['web-0', 'web-1', 'web-2'], verbs: ['patch'] },
    ]
    const binding = { kind: 'RoleBinding', apiVersion: group[0], metadata: { name: group[2] }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: group[2] }, subjects: [{ kind: 'User', name: 'labeler', apiGroup: 'rbac.authorization.k8s.io' }] }
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [{ apiVersion: group[0], kind: group[1], metadata: { name: group[2] }, rules }, binding] })
    await cluster.kubectl(['apply', '-f', '-'], { input })
    await election.lead('web-0')
    const writer = startBuilt(['label', 'partly', '--label', KEY, '-l', 'app=web', '-o', 'json'], { KUBECONFIG: cluster.kubeconfigFor('labeler') })
    await writer.printed('"type":"refused"')
    expect(writer.stdout()).toMatch(/"refusals":\[\{"pod":"web-3","reason":"You are not allowed to patch pods/)
    expect(await labeledPods()).toEqual([])
    writer.kill('SIGTERM')
    await writer.finished
  })

  it('is not on a Pod that only follows from a guess, nor on one outside of the selector', async () => {
    using election = new ForeignElection(client, 'default', 'guess')
    await createPod('other-0', 'other')
    await election.lead('other-0')
    const writer = startLabeler('guess', 'one', '-o', 'json')
    await writer.printed('"type":"not-selected","pod":"other-0"')
    await election.lead('laptop')
    await writer.printed('"type":"unknown-pod"')
    expect(await labeledPods()).toEqual([])
    writer.kill('SIGTERM')
    await writer.finished
  })

  it('is refused if a controller counts on it', async () => {
    const template = { metadata: { labels: { app: 'web', [KEY]: 'true' } }, spec: { containers: [{ name: 'a', image: 'a' }] } }
    const spec = { selector: { matchLabels: { app: 'web', [KEY]: 'true' } }, template }
    const set = await client.request<Pod & { metadata: { uid: string } }>({ method: 'POST', path: '/apis/apps/v1/namespaces/default/replicasets', body: { metadata: { name: 'web' }, spec }, subject: { verb: 'create' } })
    await createPod('web-9', 'web', { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: set.metadata.uid, controller: true })
    using election = new ForeignElection(client, 'default', 'counted')
    await election.lead('web-0')
    const { code, stderr } = await runBuilt(['label', 'counted', '--label', KEY, '-l', 'app=web'], env)
    expect({ code, stderr }).toEqual({ code: 2, stderr: `Error: The label "${KEY}" is in the selector of ReplicaSet "web". Choose another label.\n` })
    expect((await pods()).find(({ metadata }) => metadata.name === 'web-9')!.metadata.annotations?.[fenceAnnotation(KEY)]).toBeUndefined()
  })
})
