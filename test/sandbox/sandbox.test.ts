import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ADMIN, startSandbox, type Sandbox } from '../../shared/sandbox/index.ts'
import { FakeClock } from '../../shared/time/fake-clock.ts'
import { HttpApi, MERGE_PATCH } from '../support/http-api.ts'

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/default/leases'
const LEASE = 'leases.coordination.k8s.io'
const TABLE = { headers: { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } }

interface Kubeconfig {
  readonly 'current-context': string
  readonly clusters: [{ readonly cluster: { readonly server: string } }]
  readonly contexts: [
    { readonly name: string; readonly context: { readonly user: string; readonly namespace: string } },
  ]
  readonly users: [{ readonly name: string; readonly user: object }]
}

let sandbox: Sandbox
let api: HttpApi
beforeEach(async () => {
  sandbox = await startSandbox({ clock: new FakeClock({ wallMs: Date.UTC(2026, 0, 1) }) })
  api = new HttpApi(sandbox)
})
afterEach(() => sandbox.close())

describe('a sandbox', () => {
  it('listens on loopback, with a token that cannot be guessed', () => {
    expect(sandbox.url).toBe(`http://127.0.0.1:${sandbox.port}`)
    expect(sandbox.token).toMatch(/^[0-9a-f]{32}$/)
  })

  it('has the namespaces of every cluster', async () => {
    const { body } = await api.get('/api/v1/namespaces')
    const names = (body.items as { metadata: { name: string } }[]).map((item) => item.metadata.name)
    expect(names).toEqual(['default', 'kube-node-lease', 'kube-public', 'kube-system'])
  })

  it('tells its time by the clock that it is given', async () => {
    const { body } = await api.post(LEASES, { metadata: { name: 'x' } })
    expect(body.metadata.creationTimestamp).toBe('2026-01-01T00:00:00Z')
  })

  it('keeps its data and its port while it does not listen', async () => {
    await api.post(LEASES, { metadata: { name: 'x' } })
    await sandbox.stopListening()
    // The first request may still go to a connection that is just being broken.
    await expect
      .poll(() => api.get(LEASES).catch((error: unknown) => (error as NodeJS.ErrnoException).code))
      .toBe('ECONNREFUSED')
    await sandbox.listen()
    expect((await api.get(`${LEASES}/x`)).status).toBe(200)
  })

  it('breaks open watches when it stops listening', async () => {
    await api.post(LEASES, { metadata: { name: 'x' } })
    const watch = await api.watch(LEASES)
    await watch.next()
    await sandbox.stopListening()
    await expect(watch.next()).rejects.toThrow()
  })

  it('can be closed more than once', async () => {
    await sandbox.close()
    await sandbox.close()
  })

  it('stores LeaseCandidates, under each version of theirs', async () => {
    const path = (version: string): string => `/apis/coordination.k8s.io/${version}/namespaces/default/leasecandidates`
    const spec = {
      leaseName: 'x',
      binaryVersion: '1.33.0',
      emulationVersion: '1.33.0',
      strategy: 'OldestEmulationVersion',
    }
    expect((await api.post(path('v1alpha2'), { metadata: { name: 'c' }, spec })).status).toBe(201)
    const { body } = await api.get(`${path('v1beta1')}/c`)
    expect([body.apiVersion, body.spec]).toEqual(['coordination.k8s.io/v1beta1', spec])
  })

  it('empties a namespace that is deleted', async () => {
    await api.post('/api/v1/namespaces', { metadata: { name: 'team' } })
    const leases = '/apis/coordination.k8s.io/v1/namespaces/team/leases'
    await api.post(leases, { metadata: { name: 'x' } })
    await api.delete('/api/v1/namespaces/team')
    expect((await api.get('/api/v1/namespaces/team')).status).toBe(404)
    expect((await api.get(leases)).body.items).toEqual([])
  })

  it('counts the generations of a Deployment by its spec', async () => {
    const path = '/apis/apps/v1/namespaces/default/deployments'
    await api.post(path, { metadata: { name: 'd' }, spec: { replicas: 1 } })
    const labelled = await api.patch(MERGE_PATCH, `${path}/d`, { metadata: { labels: { a: 'b' } } })
    const scaled = await api.patch(MERGE_PATCH, `${path}/d`, { spec: { replicas: 2 } })
    expect([labelled, scaled].map((reply) => reply.body.metadata.generation as number)).toEqual([1, 2])
  })

  it('refuses a body of more than 3 MB', async () => {
    const { status, body } = await api.post(LEASES, {
      metadata: { name: 'x', annotations: { a: 'x'.repeat(3 << 20) } },
    })
    expect([status, body.reason]).toEqual([413, 'RequestEntityTooLarge'])
  })

  it('refuses unknown fields where validation is strict, and warns of them where it is not', async () => {
    const sent = { metadata: { name: 'x' }, spec: { holder: 'me' } }
    const strict = await api.post(LEASES, sent, { query: { fieldValidation: 'Strict' } })
    expect([strict.status, strict.body.message]).toEqual([400, expect.stringContaining('unknown field "spec.holder"')])
    const warned = await api.post(LEASES, sent)
    expect([warned.status, warned.headers['warning']]).toEqual([201, '299 - "unknown field \\"spec.holder\\""'])
  })
})

describe('planting', () => {
  it('stores what validation would refuse', async () => {
    sandbox.plant(LEASE, { metadata: { name: 'Bad_Name' }, spec: { leaseDurationSeconds: -1, renewTime: 'never' } })
    const { body } = await api.get(`${LEASES}/Bad_Name`)
    expect(body).toMatchObject({ kind: 'Lease', spec: { leaseDurationSeconds: -1, renewTime: 'never' } })
  })

  it('makes up what metadata lacks, and keeps it when it replaces', () => {
    sandbox.plant(LEASE, { metadata: { name: 'x' }, spec: {} })
    const first = sandbox.peek(LEASE, 'default', 'x') as { metadata: { uid: string } }
    const revision = sandbox.plant(LEASE, { metadata: { name: 'x' }, spec: { holderIdentity: 'a' } })
    const second = sandbox.peek(LEASE, 'default', 'x')
    expect(second).toMatchObject({
      metadata: {
        namespace: 'default',
        uid: first.metadata.uid,
        resourceVersion: revision,
        creationTimestamp: '2026-01-01T00:00:00Z',
      },
      spec: { holderIdentity: 'a' },
    })
  })

  it('is told to watchers, as uprooting is', async () => {
    const watch = await api.watch(LEASES)
    sandbox.plant(LEASE, { metadata: { name: 'x' } })
    expect(sandbox.uproot(LEASE, 'default', 'x')).toBe(true)
    expect(sandbox.uproot(LEASE, 'default', 'x')).toBe(false)
    expect((await watch.take(2)).map((event) => event.type)).toEqual(['ADDED', 'DELETED'])
    watch.close()
  })

  it('of an unknown resource is a mistake', () => {
    expect(() => sandbox.plant('secrets', { metadata: { name: 'x' } })).toThrow(/no resource secrets/)
  })

  const hostile: [string, Record<string, unknown>][] = [
    ['a null spec', { spec: null }],
    ['a spec that is text', { spec: 'text' }],
    ['a holder that is an object', { spec: { holderIdentity: { a: 1 } } }],
    ['null labels', { metadata: { labels: null, annotations: null } }],
    ['a creation that is no time', { metadata: { creationTimestamp: 'never' } }],
    ['no creation', { metadata: { creationTimestamp: null } }],
    ['lists that are none', { metadata: { ownerReferences: 'x', finalizers: 3 } }],
  ]
  it.each(hostile)('does not keep the server from showing %s', async (_what, content) => {
    const { metadata, ...rest } = content
    const labelSelector = { query: { labelSelector: '!nothing' } }
    sandbox.plant(LEASE, { ...rest, metadata: { name: 'x', ...(metadata as object | undefined) } })
    sandbox.plant('pods', { ...rest, metadata: { name: 'x', ...(metadata as object | undefined) }, status: 'text' })
    for (const path of [LEASES, '/api/v1/namespaces/default/pods']) {
      expect((await api.get(path, labelSelector)).body.items).toHaveLength(1)
      expect((await api.get(path, TABLE)).body.rows).toHaveLength(1)
      expect((await api.get(`${path}/x`)).status).toBe(200)
    }
  })
})

describe('users', () => {
  it('may do what their rules say, and nothing else', async () => {
    const rules = [{ verbs: ['get'], apiGroups: ['*'], resources: ['*'], namespaces: ['default'] }]
    const user = api.as(sandbox.addUser({ name: 'reader', rules }))
    expect((await user.get(`${LEASES}/x`)).status).toBe(404)
    expect((await user.get(LEASES)).status).toBe(403)
  })

  it('can be given other rules under the same token', async () => {
    const token = sandbox.addUser({ name: 'u' })
    expect((await api.as(token).get(LEASES)).status).toBe(403)
    expect(sandbox.addUser({ name: 'u', rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] })).toBe(token)
    expect((await api.as(token).get(LEASES)).status).toBe(200)
  })

  it('are shut out once their token is revoked, until they have a new one', async () => {
    const old = sandbox.addUser({ name: 'u', groups: ['system:masters'] })
    sandbox.revokeToken('u')
    expect((await api.as(old).get(LEASES)).status).toBe(401)
    const fresh = sandbox.addUser({ name: 'u', groups: ['system:masters'] })
    expect(fresh).not.toBe(old)
    expect((await api.as(fresh).get(LEASES)).status).toBe(200)
  })

  it('may hold rights on paths that are no resources', async () => {
    const rules = [{ verbs: ['get'], nonResourceURLs: ['/metrics', '/logs/*'] }]
    const user = api.as(sandbox.addUser({ name: 'u', rules }))
    const codes = await Promise.all(
      ['/metrics', '/logs/a', '/debug'].map(async (path) => (await user.get(path)).status),
    )
    expect(codes).toEqual([404, 404, 403])
  })
})

describe('a kubeconfig', () => {
  const config = (options?: Parameters<Sandbox['kubeconfig']>[0]): Kubeconfig =>
    sandbox.kubeconfig(options) as Kubeconfig

  it('is the administrator’s in the namespace default, by default', () => {
    const { contexts, clusters, users, 'current-context': current } = config()
    expect([current, contexts[0].name]).toEqual(['sandbox', 'sandbox'])
    expect(contexts[0].context).toMatchObject({ user: ADMIN, namespace: 'default' })
    // Its secret is in the URL: nobody sends a token over plain HTTP.
    expect(clusters[0].cluster.server).toBe(`${sandbox.url}/${sandbox.token}`)
    expect(users[0].user).toEqual({})
  })

  it('is for whom, where and by what name it is asked for', () => {
    const token = sandbox.addUser({ name: 'u' })
    const { contexts, clusters, 'current-context': current } = config({ user: 'u', namespace: 'n', contextName: 'c' })
    expect([current, contexts[0].context, clusters[0].cluster.server]).toMatchObject([
      'c',
      { user: 'u', namespace: 'n' },
      `${sandbox.url}/${token}`,
    ])
  })

  it('is not to be had for someone unknown', () => {
    expect(() => sandbox.kubeconfig({ user: 'unknown' })).toThrow(/no user unknown/)
  })

  it('has a server that knows its user by the URL alone, since kubectl sends no token over plain HTTP', async () => {
    const { server } = config({ user: ADMIN }).clusters[0].cluster
    const bare = new HttpApi({ url: server, token: null })
    expect((await bare.get(LEASES)).status).toBe(200)
    expect((await bare.get('/version')).status).toBe(200)
    const wrong = new HttpApi({ url: `${sandbox.url}/0123456789abcdef`, token: null })
    expect((await wrong.get(LEASES)).status).toBe(401)
  })

  it('keeps the token out of the log of requests', async () => {
    const { server } = config().clusters[0].cluster
    await new HttpApi({ url: server, token: null }).get(LEASES)
    expect(sandbox.requests.list().map((request) => request.path)).toEqual([LEASES])
  })
})

describe('the log of requests', () => {
  it('says what was asked by whom, and the answer', async () => {
    const user = api.as(sandbox.addUser({ name: 'u' }))
    await api.post(LEASES, { metadata: { name: 'x' } })
    await user.get(LEASES, { query: { limit: 5 } })
    await api.get(LEASES, { headers: { 'Impersonate-User': 'bob' } })
    await api.as('unknown').delete(`${LEASES}/x`)
    expect([...sandbox.requests]).toEqual([
      { method: 'POST', path: LEASES, user: ADMIN, verb: 'create', code: 201 },
      { method: 'GET', path: `${LEASES}?limit=5`, user: 'u', verb: 'list', code: 403 },
      { method: 'GET', path: LEASES, user: 'bob', verb: 'list', code: 403 },
      { method: 'DELETE', path: `${LEASES}/x`, user: '', verb: 'delete', code: 401 },
    ])
  })

  it('can be searched and cleared', async () => {
    await api.get(LEASES)
    await api.get('/version')
    expect(sandbox.requests.list((request) => request.verb === 'list')).toHaveLength(1)
    sandbox.requests.clear()
    expect([sandbox.requests.list().length, sandbox.requests.total]).toEqual([0, 2])
  })

  it('remembers the latest', async () => {
    // Enough for the limit to be reached, with no network in between.
    for (let index = 0; index < 25_000; index++) {
      sandbox.requests.add({ method: 'GET', path: `/${index}`, user: '', verb: 'get', code: 200 })
    }
    const kept = sandbox.requests.list()
    expect(kept.at(-1)!.path).toBe('/24999')
    expect(kept.length).toBeGreaterThanOrEqual(10_000)
    expect(kept.length).toBeLessThanOrEqual(20_000)
  })
})
