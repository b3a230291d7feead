import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fenceAnnotation } from '../../shared/label/labeled-pods.ts'
import { connect, type ApiClient, type ClusterError } from '../../shared/cluster/index.ts'
import { systemClock } from '../../shared/time/index.ts'
import { runBuilt, startBuilt, type Running } from '../support/built-cli.ts'
import { startRealCluster, type RealCluster } from '../support/real-cluster.ts'

/** The built program labels Pods on a real kube-apiserver; one watch from one revision sees every state that there was. */
const KEY = 'example.com/leader'
const PODS = '/api/v1/namespaces/default/pods'
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/default/leases'
const NAMES = ['web-0', 'web-1', 'web-2', 'web-3']
const TRANSITIONS = 60
const MERGE = 'application/merge-patch+json'

interface Pod {
  readonly metadata: { readonly name: string; readonly resourceVersion: string; readonly labels?: Record<string, string>; readonly annotations?: Record<string, string> }
}

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

/** An election that a test writes by hand: as a leader that renews twice a second. */
class Election implements Disposable {
  readonly #name: string
  readonly #timer: NodeJS.Timeout
  #holder = ''
  #transitions = 0
  #writing: Promise<unknown> = Promise.resolve()

  constructor(name: string) {
    this.#name = name
    this.#timer = setInterval(() => void this.#write().catch(() => undefined), 500)
  }

  async lead(pod: string): Promise<void> {
    this.#holder = pod === '' ? '' : `${pod}_${crypto.randomUUID()}`
    this.#transitions++
    await this.#write()
  }

  #write(): Promise<unknown> {
    return (this.#writing = this.#writing.catch(() => undefined).then(() => this.#send()))
  }

  async #send(): Promise<unknown> {
    const now = new Date().toISOString().replace('Z', '000Z')
    const spec = { holderIdentity: this.#holder, leaseDurationSeconds: this.#holder === '' ? 1 : 15, leaseTransitions: this.#transitions, acquireTime: now, renewTime: now }
    const body = { metadata: { name: this.#name }, spec }
    const path = `${LEASES}/${this.#name}`
    return client
      .request({ method: 'PATCH', path, body, contentType: MERGE, subject: { verb: 'patch' } })
      .catch(() => client.request({ method: 'POST', path: LEASES, body, subject: { verb: 'create' } }))
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}

/** Sees every change of every Pod, from one revision on, in the order of etcd. */
class Judge {
  readonly violations: string[] = []
  events = 0
  readonly #labeled = new Set<string>()
  readonly #over = new AbortController()
  #seen: Promise<void> = Promise.resolve()

  async start(): Promise<void> {
    const list = await client.request<{ metadata: { resourceVersion: string }; items: Pod[] }>({ method: 'GET', path: PODS, subject: { verb: 'list' } })
    for (const pod of list.items) this.#see('ADDED', pod)
    const query = { watch: 1, resourceVersion: list.metadata.resourceVersion, timeoutSeconds: 1_800 }
    const stream = await client.stream({ method: 'GET', path: PODS, query, subject: { verb: 'watch' }, signal: this.#over.signal })
    this.#seen = this.#read(stream.chunks)
  }

  async end(): Promise<void> {
    this.#over.abort()
    await this.#seen
  }

  async #read(chunks: AsyncIterable<Buffer>): Promise<void> {
    let rest = ''
    try {
      for await (const chunk of chunks) {
        const lines = (rest + chunk.toString()).split('\n')
        rest = lines.pop()!
        for (const line of lines) {
          const { type, object } = JSON.parse(line) as { type: string; object: Pod }
          if (type === 'ERROR') this.violations.push('the watch has a gap')
          else this.#see(type, object)
        }
      }
      this.violations.push('the watch has ended')
    } catch (error) {
      if (!this.#over.signal.aborted) throw error
    }
  }

  #see(type: string, { metadata }: Pod): void {
    this.events++
    if (type !== 'DELETED' && metadata.labels?.[KEY] !== undefined) this.#labeled.add(metadata.name)
    else this.#labeled.delete(metadata.name)
    if (this.#labeled.size > 1) this.violations.push(`${[...this.#labeled].join(' and ')} at revision ${metadata.resourceVersion}`)
  }
}

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
  it('follows the leader while writers are stopped and killed, and is never on two Pods', { timeout: 600_000 }, async () => {
    using election = new Election('web')
    const judge = new Judge()
    await election.lead('web-0')
    await judge.start()
    const writers = [startLabeler('web', 'one'), startLabeler('web', 'two')]
    let writer = 2
    try {
      await until('the first label', isLabeled('web-0'))
      for (let transition = 1; transition <= TRANSITIONS; transition++) {
        const next = NAMES[transition % NAMES.length]!
        // The one that writes now is stopped or killed in the middle of it, at times; it may resume after the next has written.
        const victim = writers[transition % 2]!
        if (transition % 10 === 5) {
          victim.kill('SIGSTOP')
          setTimeout(() => victim.kill('SIGCONT'), 20_000)
        } else if (transition % 10 === 0) {
          victim.kill('SIGKILL')
          writers[transition % 2] = startLabeler('web', `writer-${++writer}`)
        }
        if (transition % 7 === 3) {
          const name = `web-new-${transition}`
          await createPod(name)
          await election.lead(name)
          await until(`a label on ${name}`, isLabeled(name))
          await client.request({ method: 'DELETE', path: `${PODS}/${name}`, body: { gracePeriodSeconds: 0 }, subject: { verb: 'delete' } })
        }
        await election.lead(next)
        await until(`transition ${transition}`, isLabeled(next))
      }
      await election.lead('')
      await until('no label after a release', isLabeled())
    } finally {
      for (const each of writers) each.kill('SIGKILL')
      await Promise.all(writers.map(({ finished }) => finished))
      await judge.end()
    }
    expect(judge.violations).toEqual([])
    expect(judge.events).toBeGreaterThan(TRANSITIONS * 2)
  })

  it('cannot come late: a write from before the term fails, on each other Pod', async () => {
    using election = new Election('late')
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

  it('is on no Pod if one cannot be written, and this is said', async () => {
    using election = new Election('partly')
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
    using election = new Election('guess')
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
    using election = new Election('counted')
    await election.lead('web-0')
    const { code, stderr } = await runBuilt(['label', 'counted', '--label', KEY, '-l', 'app=web'], env)
    expect({ code, stderr }).toEqual({ code: 2, stderr: `Error: The label "${KEY}" is in the selector of ReplicaSet "web". Choose another label.\n` })
    expect((await pods()).find(({ metadata }) => metadata.name === 'web-9')!.metadata.annotations?.[fenceAnnotation(KEY)]).toBeUndefined()
  })
})
