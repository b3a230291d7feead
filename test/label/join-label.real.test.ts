import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect } from '../../shared/cluster/connection/connection.ts'
import type { ApiClient } from '../../shared/cluster/client.ts'
import { systemClock } from '../../shared/time/clock.ts'
import { runBuilt } from '../support/built-cli.ts'
import { Joined } from '../support/join-scene.ts'
import { startRealCluster, type RealCluster } from '../support/real-cluster.ts'
import { LabelJudge, PODS, type Pod } from './label-judge.ts'

/** Candidates of the built program label their own Pods on a real kube-apiserver. The Pods are made by hand: no kubelet runs them. */
const KEY = 'example.com/leader'
const QUICK = ['--lease-duration=4s', '--renew-deadline=3s', '--retry-period=500ms'] as const
const TERMS = 12

let cluster: RealCluster
let client: ApiClient

beforeAll(async () => {
  cluster = await startRealCluster({ users: ['reader', 'partly'] })
  client = await connect({ kubeconfig: cluster.kubeconfig }, { env: {}, clock: systemClock, version: 'test' })
})

afterAll(async () => {
  client.close()
  await cluster.close()
})

async function createPod(name: string, app: string, owner?: object): Promise<void> {
  const metadata = { name, labels: { app }, ...(owner && { ownerReferences: [owner] }) }
  const spec = { containers: [{ name: 'a', image: 'a' }], automountServiceAccountToken: false }
  await client.request({ method: 'POST', path: PODS, body: { metadata, spec }, subject: { verb: 'create' } })
}

const deletePod = async (name: string): Promise<unknown> =>
  client.request({ method: 'DELETE', path: `${PODS}/${name}`, body: { gracePeriodSeconds: 0 }, subject: { verb: 'delete' } })

const podNamed = async (name: string): Promise<Pod> => client.request<Pod>({ method: 'GET', path: `${PODS}/${name}`, subject: { verb: 'get' } })

async function labeledPods(app: string): Promise<string[]> {
  const { items } = await client.request<{ items: Pod[] }>({ method: 'GET', path: PODS, query: { labelSelector: `app=${app}` }, subject: { verb: 'list' } })
  return items.filter(({ metadata }) => metadata.labels?.[KEY] !== undefined).map(({ metadata }) => metadata.name)
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAtMs = Date.now() + 60_000
  while (!(await isSo())) {
    if (Date.now() > giveUpAtMs) throw new Error(`It never came to: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
}

/** A candidate as in a Pod: it knows its Pod by the downward API. */
const joinAs = (pod: string, election: string, { env = {}, flags = [] as readonly string[] } = {}): Joined =>
  new Joined([election, '--label', KEY, '-l', `app=${election}`, ...QUICK, '--yes', '-o', 'json', ...flags], {
    KUBECONFIG: cluster.kubeconfig,
    POD_NAME: pod,
    POD_NAMESPACE: 'default',
    ...env,
  })

describe('join --label', () => {
  it('labels the leader, and never two Pods, while candidates are killed, stopped and told to leave', { timeout: 300_000 }, async () => {
    const pods = ['web-0', 'web-1', 'web-2']
    for (const pod of pods) await createPod(pod, 'web')
    const judge = new LabelJudge(client, KEY)
    await judge.start()
    const running = new Map(pods.map((pod) => [pod, joinAs(pod, 'web')]))
    const all = new Set(running.values())
    let leader = ''
    const next = async (): Promise<void> => {
      const before = leader
      await until(`another leader than ${before}`, async () => {
        const [labeled = ''] = await labeledPods('web')
        leader = labeled
        return labeled !== '' && labeled !== before
      })
    }
    try {
      await next()
      for (let term = 1; term <= TERMS; term++) {
        const pod = leader
        const candidate = running.get(pod)!
        const signal = (['SIGTERM', 'SIGKILL', 'SIGSTOP'] as const)[term % 3]!
        candidate.kill(signal)
        await next()
        // It resumes as a leader that does not know of the next.
        candidate.kill(signal === 'SIGSTOP' ? 'SIGCONT' : 'SIGKILL')
        if (signal === 'SIGSTOP') continue
        await candidate.finished
        const again = joinAs(pod, 'web')
        all.add(again)
        running.set(pod, again)
      }
    } finally {
      for (const each of all) each.kill('SIGKILL')
      await Promise.all([...all].map(({ finished }) => finished))
      await judge.end()
    }
    expect(judge.violations).toEqual([])
    expect(judge.events).toBeGreaterThan(TERMS * 3)
  })

  it('removes the label before it releases the lease', async () => {
    await createPod('order-0', 'order')
    const candidate = joinAs('order-0', 'order')
    await candidate.told('labeled')
    candidate.kill('SIGTERM')
    expect(await candidate.finished).toBe(143)
    expect(candidate.types().filter((type) => ['labeled', 'unlabeled', 'stopped-leading', 'released'].includes(type))).toEqual(['labeled', 'unlabeled', 'stopped-leading', 'released'])
    const lease = JSON.parse(await cluster.kubectl(['get', 'lease', 'order', '-o', 'json'])) as Pod & { spec: { holderIdentity: string } }
    expect(lease.spec.holderIdentity).toBe('')
    const pod = await podNamed('order-0')
    expect(pod.metadata.labels).toEqual({ app: 'order' })
    expect(Number(pod.metadata.resourceVersion)).toBeLessThan(Number(lease.metadata.resourceVersion))
  })

  it('removes the label when its command has ended, and when the lease is taken away', async () => {
    await createPod('end-0', 'end')
    const brief = joinAs('end-0', 'end', { flags: ['--', 'sleep', '3'] })
    await brief.told('labeled')
    expect(await brief.finished).toBe(0)
    expect(await labeledPods('end')).toEqual([])
    const taken = joinAs('end-0', 'end')
    await taken.told('labeled')
    await cluster.kubectl(['patch', 'lease', 'end', '--type=merge', '-p', JSON.stringify({ spec: { holderIdentity: 'another', leaseTransitions: 9 } })])
    await taken.told('unlabeled')
    expect(await labeledPods('end')).toEqual([])
    taken.kill('SIGTERM')
    await taken.finished
  })

  it('labels no Pod if one of the others cannot be written, and goes on leading', async () => {
    for (const pod of ['partly-0', 'partly-1']) await createPod(pod, 'partly')
    await grant('partly', [
      { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update', 'watch'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] },
      { apiGroups: [''], resources: ['pods'], resourceNames: ['partly-0'], verbs: ['patch'] },
    ])
    const candidate = joinAs('partly-0', 'partly', { env: { KUBECONFIG: cluster.kubeconfigFor('partly') } })
    const { refusals } = (await candidate.told('not-labeled')) as unknown as { refusals: { pod: string; reason: string }[] }
    expect(refusals).toEqual([{ pod: 'partly-1', reason: expect.stringContaining('not allowed to patch pods') as string }])
    expect(await labeledPods('partly')).toEqual([])
    await grant('partly', [{ apiGroups: [''], resources: ['pods'], verbs: ['patch'] }], 'more')
    await candidate.told('labeled')
    expect(await labeledPods('partly')).toEqual(['partly-0'])
    candidate.kill('SIGTERM')
    await candidate.finished
  })

  it('labels neither a Pod that takes the name of its own, nor fails without it', async () => {
    await createPod('again-0', 'again')
    const candidate = joinAs('again-0', 'again')
    await candidate.told('labeled')
    await deletePod('again-0')
    await createPod('again-0', 'again')
    expect(await candidate.told('error')).toMatchObject({ reason: expect.stringContaining('not the Pod that this candidate found when it joined') as string })
    expect(await labeledPods('again')).toEqual([])
    candidate.kill('SIGTERM')
    expect(await candidate.finished).toBe(143)
  })
})

async function grant(user: string, rules: readonly object[], suffix = 'first'): Promise<void> {
  const apiVersion = 'rbac.authorization.k8s.io/v1'
  const name = `${user}-${suffix}`
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name }
  const subjects = [{ kind: 'User', name: user, apiGroup: 'rbac.authorization.k8s.io' }]
  const items = [
    { apiVersion, kind: 'Role', metadata: { name }, rules },
    { apiVersion, kind: 'RoleBinding', metadata: { name }, roleRef, subjects },
  ]
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) })
}

describe('join --label is refused before it joins', () => {
  const run = (flags: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    runBuilt(['join', 'refused', '--label', KEY, ...flags], { KUBECONFIG: cluster.kubeconfig, ...env })

  beforeAll(async () => {
    await createPod('refused-0', 'refused')
    const spec = { selector: { matchLabels: { app: 'counted' } }, template: { metadata: { labels: { app: 'counted', [KEY]: 'true' } }, spec: { containers: [{ name: 'a', image: 'a' }] } } }
    const set = await client.request<{ metadata: { uid: string } }>({ method: 'POST', path: '/apis/apps/v1/namespaces/default/replicasets', body: { metadata: { name: 'counted' }, spec }, subject: { verb: 'create' } })
    await createPod('counted-0', 'counted', { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'counted', uid: set.metadata.uid, controller: true })
    await grant('reader', [
      { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update', 'watch'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] },
    ])
  })

  it.each([
    ['outside of a Pod', [], {}, 2, "--label needs the name of this candidate's Pod. Set POD_NAME"],
    ['without its Pod', ['--pod', 'nowhere-0'], {}, 2, 'Pod "nowhere-0" does not exist in namespace "default". No changes were made.'],
    ['for a Pod of another namespace', [], { POD_NAME: 'refused-0', POD_NAMESPACE: 'other' }, 2, `Pod is in namespace "other" ($POD_NAMESPACE), but the election is in "default"`],
    ['for a Pod that is not selected', ['-l', 'app=web'], { POD_NAME: 'refused-0' }, 2, 'Pod "refused-0" does not match the selector "app=web"'],
    ['if a controller counts on the label', ['-l', 'app=counted'], { POD_NAME: 'counted-0' }, 2, `The label "${KEY}" is in the Pod template of ReplicaSet "counted".`],
  ])('%s', async (_, flags, env, code, message) => {
    const finished = await run(flags, env)
    expect(finished.stderr).toContain(message)
    expect(finished.code).toBe(code)
  })

  it('without permission to patch Pods', async () => {
    const { code, stderr } = await run(['-l', 'app=refused'], { KUBECONFIG: cluster.kubeconfigFor('reader'), POD_NAME: 'refused-0' })
    expect(stderr).toContain('not allowed to patch pods')
    expect(code).toBe(4)
    await expect(cluster.kubectl(['get', 'lease', 'refused'])).rejects.toThrow('not found')
  })
})
